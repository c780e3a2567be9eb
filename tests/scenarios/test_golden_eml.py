"""Every golden message is read by a foreign parser that forgives nothing."""

import email
import email.policy
import re
from pathlib import Path

import pytest

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MESSAGES = sorted(GOLDEN.rglob("*.eml"))
STRICT = email.policy.default.clone(raise_on_defect=True)

# RFC 5322 3.6: at most one of each; RFC 2919, 2369, 8058 and 2045 ask the same.
ONCE = """Date From Sender Reply-To To Cc Bcc Message-ID In-Reply-To References Subject List-Id
List-Unsubscribe List-Unsubscribe-Post List-Post Precedence MIME-Version Content-Type
Content-Transfer-Encoding""".split()
NEVER = """Bcc Return-Path Received X-Priority X-MSMail-Priority Auto-Submitted
Disposition-Notification-To Return-Receipt-To""".split()


def test_there_are_golden_messages():
    assert len(MESSAGES) >= 4


@pytest.fixture(params=MESSAGES, ids=lambda path: str(path.relative_to(GOLDEN)))
def raw(request):
    return request.param.read_bytes()


@pytest.fixture
def message(raw):
    return email.message_from_bytes(raw, policy=STRICT)


def leaves(message):
    return [part for part in message.walk() if not part.is_multipart()]


def test_bytes(raw):
    """MM-01, MM-02, MM-03."""
    assert raw.endswith(b"\r\n")
    assert b"\0" not in raw and raw.isascii()
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_headers(raw):
    """MM-04, MM-05, MM-10, MM-11, EW-01."""
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii")
    fields = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    names = [field.split(":", 1)[0].lower() for field in fields]
    for name in ONCE:
        assert names.count(name.lower()) <= 1, name
    for name in "Date From To Subject Message-ID MIME-Version Content-Type List-Id".split():
        assert names.count(name.lower()) == 1, name
    for name in NEVER:
        assert name.lower() not in names, name
    for field in fields:
        assert re.match(r"[!-9;-~]+: \S", field), field
        assert not field.rstrip().endswith(";"), field
    for line in head.split("\r\n"):
        assert line == line.rstrip(), "a blank at the end of a header line"
        assert line.strip(), "a folded line of blanks"
        if "=?utf-8?" in line:
            assert len(line) <= 76, line


def test_parses_without_defects(message):
    """MS-16. The policy raises on a defect; headers are parsed when they are asked for."""
    for part in message.walk():
        for name in part.keys():
            assert not part[name].defects, (name, part[name].defects)
        assert not part.defects
    assert len(message["From"].addresses) == 1
    assert len(message["To"].addresses) == 1
    assert message["Date"].datetime.utcoffset() is not None
    assert re.fullmatch(r"<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>", message["Message-ID"])


def test_parts(message):
    """MS-01, MS-05, MS-07, MS-08."""
    assert message.get_content_type() == "multipart/alternative"
    boundary = message.get_boundary()
    assert "=_" in boundary and len(boundary) <= 70
    assert [part.get_content_type() for part in leaves(message)] == ["text/plain", "text/html"]
    for part in leaves(message):
        assert part.get_content_charset() == "utf-8"
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        body = part.get_payload()
        for line in body.splitlines():
            assert len(line) <= 76, line
            assert line == line.rstrip(), "a raw blank before a line end"
            assert not line.startswith((".", "From ")), line
        assert not re.search(r"=(?![0-9A-F]{2}|\r?\n)", body)
        assert "\x01" not in part.get_content() and "\x02" not in part.get_content()


def test_way_out(message):
    """UN-01 to UN-03, UN-14, MS-14, BS-08."""
    links = re.findall(r"<([^<>\s]+)>", message["List-Unsubscribe"])
    web = [link for link in links if link.startswith("https://")]
    assert len(web) <= 1 and all(link.startswith(("https://", "mailto:")) for link in links)
    assert (message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click") == bool(web)
    link = (web or links)[0]
    text, html = (part.get_content() for part in leaves(message))
    assert link in text
    assert f'href="{link.replace("&", "&amp;")}"' in html


def test_goes_through_smtp_as_it_is(raw, message):
    """Written anew under the policy for SMTP, it says the same."""
    again = email.message_from_bytes(message.as_bytes(policy=email.policy.SMTP), policy=STRICT)
    assert [part.get_content() for part in leaves(again)] == [
        part.get_content() for part in leaves(message)]
    assert str(again["Subject"]) == str(message["Subject"])
    assert str(again["To"]) == str(message["To"])
