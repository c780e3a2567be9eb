"""The whole way once: a post goes out to a list, and every recipient is accounted for."""

import collections
import email
import email.policy
import html
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

import pytest

from receivers import dead_port
from relay import DROP
from workspace import DAY, HEARTEN, HOUR, MINUTE, NOW, ROOT, SAMPLE, environment, hearten, one_line

STRICT = email.policy.default.clone(raise_on_defect=True)
REAL_POST = ROOT.parent / "shared/posts/being-real.txt"
FURNITURE = ("About Author", "Leave a Reply", "Your email address will not be published", "Akismet")


def parse(data):
    message = email.message_from_bytes(data, policy=STRICT)
    for part in message.walk():
        assert part.defects == [], part.defects
    return message


def as_bytes(data):
    return data.encode() if isinstance(data, str) else data


def parts(data):
    message = parse(data)
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    text, page = (part.get_content() for part in message.iter_parts())
    page = re.sub(r"<(style|title|head)\b.*?</\1>", " ", page, flags=re.S)
    return message, text, html.unescape(re.sub(r"<[^>]*>", " ", page))


def words(text):
    """Letters and digits only: line ends, rules and bullets are the writers' business."""
    return " ".join(re.findall(r"\w+", text))


def sentences(post):
    body = post.split("---\n", 2)[-1] if post.startswith("---\n") else post
    body = body.split("About Author")[0]
    body = re.sub(r"\{\{[^}]*\}\}", "\n", body)
    return [words(line) for line in body.splitlines() if words(line)]


# --- messages -----------------------------------------------------------------------------------------
def posts():
    yield "sample", (ROOT / "campaigns" / SAMPLE / "post.txt").read_text(encoding="utf-8"), "post.txt"
    yield "markdown", ("---\nsubject: A *plain* subject\n---\n# The title\n\nWritten from the heart by "
                       "Mira Vale\n\nOne _soft_ and one **strong** word.\n\n- first thing\n- second "
                       "thing\n\n> A quoted line.\n\n## Your Call to Healing\n\nRest a while.\n"), "post.md"
    if REAL_POST.exists():
        real = REAL_POST.read_text(encoding="utf-8")
        yield "real", "---\nsubject: Being real\n---\n" + real, "post.txt"


@pytest.mark.parametrize("name,post,file", list(posts()), ids=lambda value: str(value)[:12])
def test_every_sentence_is_in_both_parts(ws, name, post, file):
    ws.post("letter", post, file)
    result = ws.ok("preview", "letter")
    data = (ws.path / "var/preview/letter/message.eml").read_bytes()
    message, text, page = parts(data)
    for sentence in sentences(post):
        sentence = sentence.replace("_", "")
        assert sentence in words(text), sentence
        assert sentence in words(page), sentence
    for furniture in FURNITURE:
        assert furniture not in text and furniture not in page
    if "About Author" in post:
        line = post.splitlines().index("About Author") + 1
        assert re.search(rf"post\.txt:{line}: warning: .*{line}.*\[post\.furniture\]", result.out)
    # MM-01, MM-02, MS-08: lines, line ends, ASCII
    assert data.endswith(b"\r\n") and data.count(b"\n") == data.count(b"\r\n") == data.count(b"\r")
    head, _, body = data.partition(b"\r\n\r\n")
    assert data.isascii() and all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    names = [line.split(b":")[0].lower() for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert len(names) == len(set(names)), names  # MM-05
    assert message["To"].addresses[0].addr_spec == "asha@example.org"  # MM-09
    assert re.fullmatch(r"<[0-9a-f]{32}@miravale\.example\.org>", message["Message-ID"])  # MM-08
    assert message["List-Id"] == "Letters from the Garden <letters.miravale.example.org>"  # LH-01


@pytest.mark.parametrize("base_url,mailto", [(True, True), (True, False), (False, True)])
def test_opt_out_modes(ws, base_url, mailto):
    ws.configure({"optout": {"base_url": "https://l.example.org" if base_url else None,
                             "mailto": "off+{token}@example.org" if mailto else None}})
    ws.post()
    ws.ok("preview", "letter")
    message, text, page = parts((ws.path / "var/preview/letter/message.eml").read_bytes())
    uris = re.findall(r"<([^>]*)>", message["List-Unsubscribe"])
    assert [uri.startswith("https://l.example.org/u/") for uri in uris].count(True) == base_url  # UN-02
    assert [uri.startswith("mailto:off+") for uri in uris].count(True) == mailto
    assert message["List-Unsubscribe-Post"] == ("List-Unsubscribe=One-Click" if base_url else None)
    assert uris[0] in text  # MS-14


def test_no_way_to_leave_is_refused(ws):
    ws.configure({"optout": {"base_url": None, "mailto": None}})
    ws.post()
    ws.readers(1)
    result = ws.hearten("send", "letter", "--yes")
    assert result.code == 78 and len(result.complaints) == 1 and "[optout]" in result.err


def test_unknown_tag_has_line_and_column(ws):
    ws.post("letter", "---\nsubject: Hello\n---\n\nDear {{frist_name}},\n", "post.txt")
    result = ws.hearten("check", "letter")
    assert result.code == 1
    assert "campaigns/letter/post.txt:5:6: error: there is no merge tag {{frist_name}}" in result.out
    assert "first_name" in result.out
    assert ws.hearten("send", "letter", "--yes").code == 1


def test_an_attribute_that_nobody_has_is_an_error(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-27-due", "---\nsubject: Hello\n---\nFrom {{attr.ctiy}} and {{attr.dog|far}}.\n")
    ws.people({"email": "a@example.org", "city": "Pune"}, {"email": "b@example.org", "city": ""})
    place = r"post\.md:4:6: .*\{\{attr\.ctiy\}\}.*perhaps \{\{attr\.city\}\}"
    checked = ws.hearten("check", "2026-11-27-due")
    assert checked.code == 1 and re.search(place, checked.out) and "dog" not in checked.out
    sent = ws.hearten("send", "2026-11-27-due", "--yes")
    assert sent.code == 1 and re.search(place, sent.out)
    assert re.search(place, one_line(ws.hearten("run"), 1).err)
    assert sink.mails() == []
    ws.post("2026-11-27-due", "---\nsubject: Hello\n---\nFrom {{attr.city}}.\n")
    warned = ws.ok("check", "2026-11-27-due")
    assert re.search(r"post\.md:4:6: warning: \{\{attr\.city\}\} is empty for 1 of 2", warned.out)
    ws.ok("run")
    assert len(sink.mails()) == 2


def test_what_is_to_be_replaced_is_not_sent(ws, sink):
    ws.relay(sink.port)
    ws.readers(1)
    slug = ws.ok("new", "Today").out.strip()
    post = ws.path / "campaigns" / slug / "post.md"
    post.write_text(post.read_text().replace("draft: true\n", ""))
    assert ws.hearten("send", slug, "--yes").code == 1 and sink.mails() == []


def test_a_preview_that_fails_leaves_no_old_one(ws):
    ws.post()
    ws.ok("preview", "letter")
    ws.post("letter", "---\nsubject: x {{nope}}\n---\nHello there.\n")
    assert ws.hearten("preview", "letter").code == 1
    assert list((ws.path / "var/preview/letter").iterdir()) == []


def test_one_mistake_is_one_finding(ws):
    for head in ("subjct: Hello", "Subject: Hello", "subject: " + "x" * 999, "subject: a\n  b"):
        ws.post("letter", f"---\n{head}\n---\nOnly a paragraph of words, which goes on for a while.\n")
        result = ws.hearten("check", "letter")
        errors = [line for line in result.out.splitlines() if ": error:" in line]
        assert result.code == 1 and len(errors) == 1 and "post.md:2:" in errors[0], result.out


def test_a_folder_that_cannot_be_opened_is_said(ws):
    ws.post()
    folder = ws.path / "campaigns/letter"
    user = "nobody" if os.getuid() == 0 else None  # root may look into everything
    for path in (ws.path, *ws.path.rglob("*")) if user else ():
        os.chown(path, 65534, 65534)
    folder.chmod(0)
    program = shutil.copy(HEARTEN, ws.top / "hearten")  # the checkout may be closed to others
    for command in (("status",), ("run",), ("check", "letter")):
        one_line(ws.hearten(*command, user=user, program=program), 74, "campaigns/letter",
                 "permissions")
    folder.chmod(0o755)


# --- 5,000 recipients ---------------------------------------------------------------------------------
@pytest.mark.parametrize("receiver", ["sink", "smtp_sink"])
def test_five_thousand(ws, receiver, request):
    receiver = request.getfixturevalue(receiver)
    ws.relay(receiver.port, connections=8)
    ws.sample()
    names = ["Asha", "Jörg", "अदिति", "Łucja", "O'Brien \"Bee\", Jr."]
    people = {f"r{i}@example.org": names[i % len(names)] for i in range(5000)}
    ws.people(*people.items())
    left = [address for i, address in enumerate(people) if i % 83 == 7][:60]
    for address in left[:30]:
        ws.ok("optout", "add", address)
    for address in left[30:]:  # also while they are not on the list under that spelling
        ws.ok("optout", "add", address.upper())
    ws.ok("send", SAMPLE, "--yes")
    account = ws.status(SAMPLE)
    assert account["sent"] == 5000 - 60 and account["state"] == "finished"
    mails = receiver.mails()
    assert collections.Counter(mail.to[0] for mail in mails) == {a: 1 for a in people if a not in left}
    assert all(len(mail.to) == 1 and mail.sender == "mira@miravale.example.org" for mail in mails)
    ids = set()
    for mail in mails:
        message, text, page = parts(mail.data)
        first = people[mail.to[0]].split()[0]
        assert message["Subject"] == f"{first}, let the garden rest"
        assert f"Dear {first}," in text and f"Dear {first}," in page
        assert message["To"].addresses[0].addr_spec == mail.to[0]
        assert message["To"].addresses[0].display_name == people[mail.to[0]]
        ids.add(message["Message-ID"])
    assert len(ids) == len(mails)


def test_two_senders_share_the_work(ws, sink):
    ws.relay(sink.port, connections=4)
    ws.post()
    addresses = ws.readers(2000)
    first = ws.start("send", "letter", "--yes")
    while not ws.query("SELECT 1 FROM edition WHERE number IS NOT NULL"):
        time.sleep(0.02)
    others = [ws.start("run") for _ in range(3)]
    assert first.finish().code in (0, 75)
    for other in others:
        assert other.finish().code == 0
    assert ws.status()["sent"] == 2000
    assert collections.Counter(m.to[0] for m in sink.mails()) == {a: 1 for a in addresses}


def test_what_another_sender_holds_is_not_called_lost(ws, make_relay):
    go_on = threading.Event()
    relay = make_relay(lambda event: go_on.wait(120) and None if event.verb == "END" else None)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(1)
    first = ws.start("send", "letter", "--yes")
    relay.wait(lambda: len(relay.finished) == 1)
    other = ws.hearten("send", "letter", "--yes")
    assert other.code == 75 and "another sender has them on the wire" in other.out
    assert "another sender has them on the wire" in ws.ok("status", "letter").out
    assert ws.hearten("run").complaints == []  # nor does cron hear of it
    first.process.kill()
    first.finish()
    assert "answer never came" in ws.ok("status", "letter").out
    go_on.set()
    assert ws.status()["in_doubt"] == 1


def test_killed_senders_lose_and_double_nobody(ws, sink):
    ws.relay(sink.port, connections=4)
    ws.post()
    addresses = ws.readers(3000)
    running = ws.start("send", "letter", "--yes")
    for round in range(5):
        deadline = time.monotonic() + 60
        while len(list((sink.folder / "new").iterdir())) < 300 * (round + 1):
            assert time.monotonic() < deadline
            time.sleep(0.01)
        running.kill()
        running = ws.start("run")
    running.finish()
    ws.ok("run")
    account = ws.status()
    assert account["pending"] == account["claimed"] == 0 and account["state"] == "finished"
    assert account["in_doubt"] <= 5 * 4 * 2  # connections x 2 for each death
    got = collections.Counter(m.to[0] for m in sink.mails())
    assert set(got.values()) == {1}
    missing = set(addresses) - set(got)
    states = ws.rows()
    assert all(states[address]["state"] == "in_doubt" for address in missing)
    assert account["sent"] + account["in_doubt"] == 3000


# --- verdicts -----------------------------------------------------------------------------------------
def to(address, verb, reply):
    """Answers with reply when that recipient's transaction reaches the verb."""
    return lambda event: reply if event.verb == verb and event.to.startswith(address) else None


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("verb,reply,state", [
    ("RCPT", "550 5.1.1 no such user", "failed"),
    ("RCPT", "450 4.2.0 greylisted", "pending"),
    ("DATA", "451 4.3.0 not now", "pending"),
    ("END", "554 5.6.0 not this", "failed"),
    ("END", "452 4.3.1 no room", "pending"),
    ("RCPT", DROP, "pending"),
    ("DATA", DROP, "pending"),
    ("END", DROP, "in_doubt"),
])
def test_replies(ws, make_relay, pipelining, verb, reply, state):
    relay = make_relay(to("reader2@", verb, reply), pipelining=pipelining)
    ws.relay(relay.port, connections=1)
    ws.post()
    addresses = ws.readers(5)
    result = ws.hearten("send", "letter", "--yes")
    account, rows = ws.status(), ws.rows()
    assert rows["reader2@example.org"]["state"] == state, rows["reader2@example.org"]
    assert account["sent"] == 4 and account[state] == 1
    assert result.code == {"failed": 0, "pending": 75, "in_doubt": 1}[state]
    if isinstance(reply, str):
        row = rows["reader2@example.org"]
        assert (row["reply_code"], row["reply_enhanced"]) == (int(reply[:3]), reply.split()[1])
    if state == "pending":  # tried again when its time has come, not before; then it arrives
        relay.answer = lambda event: None
        ws.ok("run", clock=NOW + MINUTE)
        assert ws.status()["pending"] == 1
        ws.ok("run", clock=NOW + 6 * MINUTE)
        assert ws.status()["sent"] == 5
    else:  # nobody is guessed about, whatever time passes
        ws.ok("run", clock=NOW + 20 * HOUR)
        assert ws.status()[state] == 1
    got = collections.Counter(mail.to for mail in relay.accepted)
    assert set(got.values()) == {1} and set(got) <= set(addresses)


def test_retry_carries_the_same_message_id(ws, make_relay):
    relay = make_relay(lambda event: "451 4.3.0 later" if event.verb == "END" and event.nth == 1 else None)
    ws.relay(relay.port)
    ws.post()
    ws.readers(1)
    assert ws.hearten("send", "letter", "--yes").code == 75
    ws.ok("run", clock=NOW + HOUR)
    ids = [parse(as_bytes(mail.data))["Message-ID"] for mail in relay.finished]
    assert len(ids) == 2 and ids[0] == ids[1]


def test_gives_up_after_a_day(ws, make_relay):
    relay = make_relay(lambda event: "450 4.2.0 greylisted" if event.verb == "RCPT" else None)
    ws.relay(relay.port)
    ws.post()
    ws.readers(1)
    now = NOW
    assert ws.hearten("send", "letter", "--yes").code == 75
    for _ in range(12):
        now += 4 * HOUR + 1
        ws.hearten("run", clock=now)
    row = ws.rows()["reader1@example.org"]
    assert row["state"] == "failed" and row["reply_code"] == 450 and "gave up" in row["reason"]
    assert 5 <= relay.count("RCPT") <= 12


def test_busy_relay_burns_nobody(ws, make_relay):
    relay = make_relay(lambda event: ("421 4.7.0 slow down", DROP) if event.verb == "MAIL" else None)
    ws.relay(relay.port, connections=2)
    ws.post()
    ws.readers(20)
    assert ws.hearten("send", "letter", "--yes").code in (69, 75)
    rows = ws.rows()
    assert all(row["state"] == "pending" and row["tries"] == 0 for row in rows.values())
    relay.answer = lambda event: None
    ws.ok("run", clock=NOW + HOUR)
    assert ws.status()["sent"] == 20


def test_refused_log_in_costs_nobody_an_attempt(ws, make_relay):
    relay = make_relay(lambda event: "530 5.7.0 log in first" if event.verb == "MAIL" else None)
    ws.relay(relay.port)
    ws.post()
    ws.readers(5)
    result = ws.hearten("send", "letter", "--yes")
    assert result.code == 78 and len(result.complaints) == 1 and "530" in result.err
    assert all(r["state"] == "pending" and r["tries"] == 0 for r in ws.rows().values())


def test_refused_content_pauses_the_campaign(ws, make_relay):
    relay = make_relay(lambda event: "550 5.7.26 not authenticated" if event.verb == "END" else None)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(30)
    result = ws.hearten("send", "letter", "--yes")
    assert result.code == 1 and "paused" in result.err and "5.7.26" in result.err
    account = ws.status()
    assert account["state"] == "paused" and account["failed"] == 0 and account["pending"] == 30
    assert relay.count("END") <= 2
    one_line(ws.hearten("run"), 1, "paused")  # said once; a paused campaign stays paused
    assert ws.hearten("run", clock=NOW + 5 * MINUTE).err == "" and relay.count("END") <= 2
    # nobody has the refused text, so the mended one takes its place
    relay.answer = lambda event: None
    ws.post("letter", "---\nsubject: Mended\n---\n# Mended\n\nBetter words.\n")
    ws.ok("send", "letter", "--yes")
    assert ws.status()["sent"] == 30 and len(relay.accepted) == 30
    assert all(parse(as_bytes(mail.data))["Subject"] == "Mended" for mail in relay.accepted)


def test_changed_text_of_a_half_sent_campaign_is_refused(ws, make_relay):
    relay = make_relay(lambda event: "550 5.7.26 no" if event.verb == "END" and event.nth == 3 else None)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(10)
    assert ws.hearten("send", "letter", "--yes").code == 1
    ws.post("letter", "---\nsubject: Other\n---\n# Other\n\nOther words.\n")
    one_line(ws.hearten("send", "letter", "--yes"), 65, "old text")
    ws.post()
    ws.ok("send", "letter", "--yes")
    assert collections.Counter(m.to for m in relay.accepted).most_common(1)[0][1] == 1
    assert ws.status()["sent"] == 10


def test_brake_when_everybody_is_refused(ws, make_relay):
    """Relay access denied is not two hundred dead addresses."""
    relay = make_relay(lambda event: "554 5.7.1 relay access denied" if event.verb == "RCPT" else None)
    ws.relay(relay.port, connections=2)
    ws.post()
    ws.readers(200)
    one_line(ws.hearten("send", "letter", "--yes"), 1, "paused", "5.7.1")
    account = ws.status()
    assert account["state"] == "paused" and account["failed"] == 0 and account["pending"] == 200
    assert 20 <= relay.count("RCPT") <= 20 + 2 * 2
    one_line(ws.hearten("send", "letter", "--yes"), 1, "paused")  # again: nobody is burnt by trying
    assert ws.status()["failed"] == 0
    relay.answer = lambda event: None
    ws.ok("send", "letter", "--yes")
    assert ws.status()["sent"] == 200
    assert collections.Counter(m.to for m in relay.accepted).most_common(1)[0][1] == 1


@pytest.mark.parametrize("reply,state,failed", [
    ("550 5.7.1 your address is on a list", "paused", 0), ("550 5.1.1 no such user", "finished", 3)])
def test_brake_of_a_short_list(ws, make_relay, reply, state, failed):
    """Three readers never make twenty refusals, but nobody at all got it."""
    relay = make_relay(lambda event: reply if event.verb == "RCPT" else None)
    ws.relay(relay.port)
    ws.post()
    ws.readers(3)
    result = ws.hearten("send", "letter", "--yes")
    account = ws.status()
    assert (account["state"], account["failed"]) == (state, failed)
    assert result.code == 1  # either way nobody was reached


def test_readers_refused_before_the_text_is_refused_wait_too(ws, make_relay):
    def answer(event):
        if event.verb == "END":
            return "550 5.7.26 not authenticated" if event.nth == 4 else "554 5.7.1 looks like spam"

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(10)
    one_line(ws.hearten("send", "letter", "--yes"), 1, "5.7.26")
    account = ws.status()
    assert (account["failed"], account["pending"]) == (0, 10)


def test_dead_addresses_do_not_brake(ws, make_relay):
    relay = make_relay(lambda event: "550 5.1.1 no such user" if event.verb == "RCPT" else None)
    ws.relay(relay.port, connections=2)
    ws.post()
    ws.readers(100)
    assert ws.hearten("send", "letter", "--yes").code == 1
    account = ws.status()
    assert (account["state"], account["failed"]) == ("finished", 100)


def test_busy_for_days_gives_nobody_up(ws, make_relay):
    relay = make_relay(lambda event: ("421 4.3.2 busy", DROP) if event.verb == "MAIL" else None)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(3)
    now = NOW
    ws.hearten("send", "letter", "--yes")
    for _ in range(10):
        now += 5 * HOUR
        ws.hearten("run", clock=now)
    assert ws.status()["pending"] == 3
    relay.answer = lambda event: None
    ws.ok("run", clock=now + DAY)
    assert ws.status()["sent"] == 3


def test_reader_at_whom_the_server_hangs_up_is_given_up_alone(ws, make_relay):
    """With PIPELINING the answer to MAIL dies with the server: only step by step it shows of whom."""
    poison = "reader7@example.org"
    relay = make_relay(lambda event: DROP if poison in (event.coming, event.to) else None)
    ws.relay(relay.port, connections=1)
    ws.configure({"delivery": {"retry": "5m", "give_up_after": "1h"}})
    ws.post()
    addresses = ws.readers(12)
    ws.hearten("send", "letter", "--yes")
    for minutes in range(5, 80, 5):
        ws.hearten("run", clock=NOW + minutes * MINUTE)
    rows = ws.rows()
    assert rows[poison]["state"] == "failed" and "gave up" in rows[poison]["reason"]
    assert collections.Counter(m.to for m in relay.accepted) == {
        a: 1 for a in addresses if a != poison}


def test_status_knows_what_was_sent_and_has_no_folder_any_more(ws, relay):
    ws.relay(relay.port)
    ws.post()
    ws.readers(1)
    ws.ok("send", "letter", "--yes")
    for file in sorted((ws.path / "campaigns").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    assert "letter" in ws.ok("status").out
    assert ws.ok("--json", "status").json()[0]["sent"] == 1


def test_dripping_replies_have_an_end(ws, make_relay):
    """Bytes that come one by one do not put the timeout off."""
    stop = threading.Event()

    def answer(event):
        if event.verb == "MAIL":
            stop.wait(20)

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1, reply_timeout_ms=300)
    ws.post()
    ws.readers(2)
    result = ws.hearten("send", "letter", "--yes")
    stop.set()
    assert result.code == 69 and ws.status()["pending"] == 2


def test_the_next_relay_takes_a_test_copy(ws, sink):
    ws.relay(dead_port(), priority=1)
    ws.configure({"relay backup": {"url": f"smtp://127.0.0.1:{sink.port}", "priority": "2"}})
    ws.post()
    ws.ok("send", "letter", "--test", "me@example.org")
    assert [mail.to for mail in sink.mails()] == [["me@example.org"]]


def test_the_next_relay_takes_over(ws, sink):
    ws.relay(dead_port(), priority=1)
    ws.configure({"relay backup": {"url": f"smtp://127.0.0.1:{sink.port}", "priority": "2"}})
    ws.post()
    ws.readers(20)
    ws.ok("send", "letter", "--yes")
    assert len(sink.mails()) == 20


def test_relay_closes_after_each_third_message(ws, make_relay):
    relay = make_relay(lambda event: ("250 2.0.0 ok", DROP) if event.verb == "END" and event.nth % 3 == 0
                       else None)
    ws.relay(relay.port, connections=2)
    ws.post()
    addresses = ws.readers(30)
    ws.ok("send", "letter", "--yes")
    assert collections.Counter(m.to for m in relay.accepted) == {a: 1 for a in addresses}


def test_replies_byte_by_byte(ws, make_relay):
    relay = make_relay(trickle=True)
    ws.relay(relay.port)
    ws.post()
    ws.readers(5)
    ws.ok("send", "letter", "--yes")
    assert ws.status()["sent"] == 5


def test_opt_out_while_sending_is_honoured(ws, make_relay):
    """Committed before the point of no return: not mailed."""
    reached, go_on = threading.Event(), threading.Event()

    def answer(event):
        if event.verb == "END" and event.nth == 1:
            reached.set()
            assert go_on.wait(60)

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(10)
    running = ws.start("send", "letter", "--yes")
    assert reached.wait(60)
    ws.ok("optout", "add", "reader9@example.org")
    go_on.set()
    assert running.finish().code == 0
    row = ws.rows()["reader9@example.org"]
    assert (row["state"], row["reason"]) == ("skipped", "opted_out")
    assert ws.status()["skipped_by"] == {"opted_out": 1}
    assert "reader9@example.org" not in [mail.to for mail in relay.finished]


# --- hostile values -----------------------------------------------------------------------------------
def test_hostile_rows_are_named_and_the_rest_goes_in(ws, sink):
    ws.relay(sink.port)
    ws.post("letter", "---\nsubject: Hi {{name|friend}}\n---\n# Hi\n\nFrom {{attr.city|afar}} we came.\n")
    rows = [b'email,name,city',
            b'good@example.org,Good One,Pune',
            b'"bad\r\nRCPT TO:<x@y.org>@example.org",Bad,Pune',
            b'lf@example.org,"Two\nLines",Pune',
            b'cr@example.org,"Car\rriage",Pune',
            b'nul@example.org,N\x00ul,Pune',
            b'big@example.org,' + b'x' * 10240 + b',Pune',
            b'attr@example.org,Ok,"a\r\nBcc: evil@example.org"',
            b'long' + b'x' * 10240 + b'@example.org,Long,Pune',
            b'latin@example.org,J\xf6rg,Pune',
            b'encoded@example.org,=?utf-8?Q?=0D=0ABcc:_x@y.org?=,<b>&"']
    result = ws.hearten("subscriber", "import", "-", stdin=b"\r\n".join(rows) + b"\r\n")
    assert result.code == 1
    lines = [int(m) for m in re.findall(r"^hearten: -:(\d+): ", result.err, flags=re.M)]
    assert lines == [3, 5, 7, 9, 10, 11, 13, 14], result.err
    listed = {person["email"] for person in ws.ok("--json", "subscriber", "list").json()}
    assert listed == {"good@example.org", "encoded@example.org"}
    for arguments in (["a b@example.org"], ["x@example.org\r\nDATA"], ["x@example.org", "--name", "a\nb"],
                      ["x@example.org", "--attr", "city=a\rb"], ["x@example.org", "--name", "y" * 10240]):
        refused = ws.hearten("subscriber", "add", *arguments)
        assert refused.code == 65 and len(refused.complaints) == 1, refused
    ws.ok("send", "letter", "--yes")
    for mail in sink.mails():
        message, text, page = parts(mail.data)
        assert "Bcc" not in message
        if mail.to == ["encoded@example.org"]:
            assert message["To"].addresses[0].display_name == "=?utf-8?Q?=0D=0ABcc:_x@y.org?="
            assert '<b>&"' in text and '<b>&"' in page


def test_hostile_subject_and_settings(ws):
    ws.post("letter", b"---\nsubject: a\x0bb\n---\n# x\n\ny\n")
    assert ws.hearten("check", "letter").code == 1
    ws.post("letter", b"---\nsubject: ok\n---\n# x\n\na\x00b \x01" b"3t\x02 \xff\n")
    result = ws.hearten("check", "letter")
    assert result.code == 1 and re.search(r"post\.md:6:2: error", result.out)
    ws.configure({"newsletter": {"from_name": "Mira\x07"}})
    result = ws.hearten("status")
    assert result.code == 78 and re.search(r"hearten\.ini:\d+: .*control character", result.err)


# --- subscribers --------------------------------------------------------------------------------------
def test_csv_as_it_comes(ws):
    data = ('\ufeffEmail,Name,Home Town\r\n"ann@example.org","Ann ""The"" Lee","Pune, India"\r\n'
            'bob@example.org,,\r\n').encode()
    assert ws.ok("--json", "subscriber", "import", "-", stdin=data).json()[0]["added"] == 2
    ann = ws.ok("--json", "subscriber", "show", "ann@example.org").json()[0]
    assert ann["name"] == 'Ann "The" Lee' and ann["attributes"] == {"home_town": "Pune, India"}
    assert [entry["action"] for entry in ann["log"]] == ["subscribed"]
    again = ws.ok("--json", "subscriber", "import", "-", "--dry-run", stdin=data).json()[0]
    assert (again["added"], again["unchanged"]) == (0, 2)


def test_options_that_a_verb_does_not_take_are_refused(ws):
    ws.readers(1)
    one_line(ws.hearten("subscriber", "remove", "reader1@example.org", "--dry-run"), 64, "--dry-run")
    one_line(ws.hearten("subscriber", "add", "x@example.org", "--dry-run"), 64)
    one_line(ws.hearten("optout", "add", "x@example.org", "--consent", "y"), 64)
    assert [p["email"] for p in ws.ok("--json", "subscriber", "list").json()] == ["reader1@example.org"]


def test_who_was_removed_has_a_story_still(ws):
    ws.readers(1)
    ws.ok("subscriber", "remove", "reader1@example.org")
    log = ws.ok("--json", "subscriber", "show", "reader1@example.org").json()[0]["log"]
    assert [entry["action"] for entry in log] == ["subscribed", "removed"]
    one_line(ws.hearten("subscriber", "show", "nobody@example.org"), 65, "not on the list")


def test_an_import_that_breaks_off_says_what_is_in(ws):
    """The list may grow to 2 MB; then the disk is full, and the same import again does the rest."""
    rows = "email,name\n" + "".join(f"r{i}@example.org,{'x' * 200}\n" for i in range(20000))
    limit = f"ulimit -f 2000; exec '{HEARTEN}' -C '{ws.path}' subscriber import -"
    done = subprocess.run(["bash", "-c", limit], input=rows.encode(), capture_output=True,
                          env=environment(NOW), preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    counted = int(re.search(rb"(\d+) added", done.stdout)[1])
    assert done.returncode == 74 and 0 < counted < 20000
    assert b"the same import again" in done.stderr and done.stderr.count(b"hearten:") == 1
    assert len(ws.ok("--json", "subscriber", "list").json()) == counted
    assert ws.ok("--json", "subscriber", "import", "-", stdin=rows).json()[0]["added"] == 20000 - counted
    none = ws.hearten("subscriber", "import", "-", stdin="name\nx\n")
    assert none.out == "" and len(none.complaints) == 1


def test_who_left_stays_out(ws):
    ws.readers(3)
    ws.ok("optout", "add", "reader1@example.org", "--reason", "asked")
    ws.ok("optout", "add", "stranger@example.org")
    ws.ok("subscriber", "remove", "reader2@example.org")
    result = ws.ok("--json", "subscriber", "import", "-",
                   stdin="email\nREADER1@example.org\nstranger@EXAMPLE.org\nreader3@example.org\n")
    assert result.json()[0]["left"] == 2
    assert ws.hearten("subscriber", "add", "Reader1@example.org").code == 65
    statuses = {p["email"]: p["status"] for p in ws.ok("--json", "subscriber", "list").json()}
    assert statuses == {"reader1@example.org": "unsubscribed", "reader3@example.org": "subscribed"}
    assert ws.hearten("optout", "remove", "reader1@example.org").code == 64
    ws.ok("optout", "remove", "reader1@example.org", "--consent", "wrote on Monday")
    log = ws.ok("--json", "subscriber", "show", "reader1@example.org").json()[0]["log"]
    assert [entry["action"] for entry in log][-1] == "unsuppressed" and log[-1]["evidence"] == "wrote on Monday"


@pytest.mark.parametrize("base_url,mailto", [
    ("https://l.example.org", None), (None, "leave+{token}@example.org"),
    (None, "leave-{token}@example.org"), (None, "leave@example.org")])
def test_what_an_opt_out_brings_is_taken(ws, sink, base_url, mailto):
    """The link, or the address or subject with the token in it: who left is known by it."""
    ws.relay(sink.port, connections=1)
    ws.configure({"optout": {"base_url": base_url, "mailto": mailto}})
    ws.post()
    ws.readers(3)
    ws.ok("send", "letter", "--yes")
    mail = next(m for m in sink.mails() if m.to == ["reader2@example.org"])
    uri = re.search(r"<([^>]*)>", parse(mail.data)["List-Unsubscribe"])[1]
    brought = uri if base_url or "{token}" in mailto else uri.split("subject=")[1].replace("%20", " ")
    forged = brought[:-4] + ("aaaa" if not brought.endswith("aaaa") else "bbbb")
    if mailto and "{token}" in mailto:
        brought = brought.removeprefix("mailto:").split("?")[0]
        forged = brought.replace("@", "a@")
    one_line(ws.hearten("optout", "add", forged), 65)
    assert "reader2@example.org opted out" in ws.ok("optout", "add", brought).out
    assert "already" in ws.ok("optout", "add", brought.upper() if not base_url else brought).out
    statuses = {p["email"]: p["status"] for p in ws.ok("--json", "subscriber", "list").json()}
    assert statuses == {"reader1@example.org": "subscribed", "reader2@example.org": "unsubscribed",
                        "reader3@example.org": "subscribed"}
    log = ws.ok("--json", "subscriber", "show", "reader2@example.org").json()[0]["log"]
    assert log[-1]["action"] == "unsubscribed" and "link" in log[-1]["evidence"]


def test_a_reader_whose_address_looks_like_our_own_can_leave(ws):
    ws.configure({"optout": {"base_url": None, "mailto": "u{token}@example.org"}})
    ws.ok("subscriber", "add", "ursula@example.org")
    one_line(ws.hearten("optout", "add", "uaeaqcaaax33ytcfb@example.org"), 65, "token")
    assert "ursula@example.org opted out" in ws.ok("optout", "add", "ursula@example.org").out


def test_a_made_up_readers_link_opts_nobody_out(ws):
    ws.post()
    ws.readers(1)
    ws.ok("preview", "letter")
    mail = parse((ws.path / "var/preview/letter/message.eml").read_bytes())
    link = re.search(r"<(https://[^>]*)>", mail["List-Unsubscribe"])[1]
    one_line(ws.hearten("optout", "add", link), 65, "preview")


def test_terminal_escapes_are_not_printed(ws):

    ws.ok("subscriber", "add", "a@example.org", "--name", "plain")
    ws.tamper("UPDATE subscriber SET name = ?", "evil \x1b[31m name")
    assert "\x1b" not in ws.hearten("subscriber", "list").out


# --- nothing is touched -------------------------------------------------------------------------------
def test_looking_changes_nothing(ws):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        ws.relay(listener.getsockname()[1])
        ws.sample()
        ws.readers(20)
        ws.ok("optout", "add", "reader7@example.org")
        before = ws.fingerprint()
        result = ws.ok("send", SAMPLE, "--dry-run")
        assert "19 of 20" in result.out and "reader7@example.org (unsubscribed)" in result.out
        assert ws.ok("--json", "send", SAMPLE, "--dry-run").json()[0]["would_not"] == {"unsubscribed": 1}
        ws.ok("check", SAMPLE)
        ws.ok("status")
        ws.ok("subscriber", "list")
        ws.ok("preview", SAMPLE, "--out", ws.top / "out")
        assert ws.fingerprint() == before
        with pytest.raises(TimeoutError):
            listener.accept()


def test_test_copy_is_not_accounted(ws, sink):
    ws.relay(sink.port)
    ws.post("letter", "---\nsubject: Hello {{first_name}}\ndraft: true\n---\n# Hi\n\nThere.\n")
    ws.readers(2)
    ws.ok("send", "letter", "--test", "reader1@example.org", "--test", "me@example.com")
    assert {m.to[0]: parse(m.data)["Subject"] for m in sink.mails()} == {
        "reader1@example.org": "[TEST] Hello Reader1", "me@example.com": "[TEST] Hello Asha"}
    assert ws.status()["audience"] == 0
    refused = ws.hearten("send", "letter", "--yes")
    assert refused.code == 65 and "draft" in refused.err


# --- cron ---------------------------------------------------------------------------------------------
def test_run(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-27-due")
    ws.post("2026-12-04-later")
    ws.post("2026-11-20-long-ago")
    addresses = ws.readers(50)
    early = ws.hearten("run", clock=NOW - 1)
    assert sink.mails() == [] and early.out == ""
    runs = [ws.start("run") for _ in range(4)]  # overlapping
    for running in runs:
        running.finish()
    ws.hearten("run", clock=NOW + 2 * HOUR)
    assert collections.Counter(m.to[0] for m in sink.mails()) == {a: 1 for a in addresses}
    assert ws.status("2026-11-27-due")["state"] == "finished"
    assert ws.status("2026-12-04-later")["state"] == "scheduled"


def test_run_is_silent_when_all_is_well(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-27-due")
    ws.readers(3)
    for clock in (NOW - HOUR, NOW, NOW + HOUR):
        result = ws.ok("run", clock=clock)
        assert (result.out, result.err) == ("", "")
    assert ws.status("2026-11-27-due")["sent"] == 3


def test_due_and_nobody_on_the_list_is_said(ws, sink):
    """A list that is not there yet, or not any more, must not use the campaign up."""
    ws.relay(sink.port)
    ws.post("2026-11-27-due")
    one_line(ws.hearten("run"), 65, "no subscribers")
    assert ws.hearten("run", clock=NOW + 5 * MINUTE).err == ""
    ws.readers(2)
    ws.ok("run", clock=NOW + 10 * MINUTE)
    assert ws.status("2026-11-27-due")["sent"] == 2


def test_a_renamed_campaign_is_not_sent_again(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-27-due")
    ws.readers(2)
    ws.ok("run")
    (ws.path / "campaigns/2026-11-27-due").rename(ws.path / "campaigns/2026-11-27-renamed")
    one_line(ws.hearten("run", clock=NOW + HOUR), 65, "2026-11-27-due", "--again")
    assert len(sink.mails()) == 2


def test_status_tells_when_and_why(ws, make_relay):
    ws.post("2026-12-04-later")
    ws.post("2026-11-20-missed")
    ws.post("by-hand")
    out = ws.ok("status").out
    assert "2026-12-04-later: scheduled for 2026-12-04 09:00" in out
    assert re.search(r"2026-11-20-missed: scheduled for 2026-11-20 09:00.*too long ago", out)
    assert re.search(r"by-hand: unscheduled.*hearten send", out)
    assert ws.ok("--json", "status", "2026-12-04-later").json()[0]["send_at"] == "2026-12-04T09:00:00Z"

    def answer(event):
        if event.verb == "RCPT" and event.argument.startswith("TO:<reader1@"):
            return "550 5.1.1 no such user"
        if event.verb == "RCPT" and event.argument.startswith("TO:<reader2@"):
            return "450 4.2.1 grey\x1b[31mlisted"

    relay = make_relay(answer)
    ws.relay(relay.port)
    ws.post()
    ws.readers(4)
    ws.ok("optout", "add", "reader3@example.org")
    assert ws.hearten("send", "letter", "--yes").code == 75
    table = ws.ok("status", "letter").out
    assert "1  refused: 550 5.1.1" in table and "reader1@example.org" not in table
    told = ws.ok("status", "letter", "-v").out
    assert re.search(r"failed +reader1@example\.org +refused +550 5\.1\.1 no such user", told)
    assert re.search(r"pending +reader2@example\.org +450 4\.2\.1 grey", told)
    assert "reader4@" not in told and "\x1b" not in told
    account, *readers = ws.ok("--json", "status", "letter", "-v").json()
    assert account["failed_by"] == {"refused: 550 5.1.1": 1} and account["next_try_at"]
    assert {r["email"]: r["state"] for r in readers} == {
        "reader1@example.org": "failed", "reader2@example.org": "pending"}


def test_an_interrupted_send_says_how_it_goes_on(ws, make_relay):
    reached, go_on = threading.Event(), threading.Event()

    def answer(event):
        if event.verb == "END" and event.nth == 3:
            reached.set()
            assert go_on.wait(60)

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.post()
    addresses = ws.readers(30)
    running = ws.start("send", "letter", "--yes")
    assert reached.wait(60)
    running.process.send_signal(signal.SIGINT)
    go_on.set()
    one_line(running.finish(), 75, "hearten send letter")
    account = ws.status()
    assert account["in_doubt"] == account["claimed"] == 0 and 3 <= account["sent"] < 30
    ws.ok("send", "letter", "--yes")
    assert collections.Counter(m.to for m in relay.accepted) == {a: 1 for a in addresses}


def test_due_draft_is_said_once_and_not_sent(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-27-due", "---\nsubject: x y\ndraft: true\n---\n# x\n\ny\n")
    ws.readers(3)
    first = ws.hearten("run")
    assert first.code != 0 and len(first.complaints) == 1 and "draft" in first.err
    assert ws.hearten("run", clock=NOW + 5 * MINUTE).err == ""
    assert sink.mails() == []


def test_schedule_line_works(ws, sink):
    line = ws.ok("schedule", "show").out
    fields = line.rstrip("\n").split(" ", 5)
    assert fields[:5] == ["*/5", "*", "*", "*", "*"] and line.count("\n") == 1
    done = os.system(fields[5].replace("\\%", "%") + " >/dev/null 2>&1")
    assert done == 0


def test_claims_of_a_silent_sender_elsewhere_are_freed(ws, sink):
    ws.relay(sink.port)
    ws.post()
    ws.readers(5)
    ws.relay(dead_port())
    ws.hearten("send", "letter", "--yes")
    ws.relay(sink.port)
    ws.tamper("INSERT INTO owner (id, host, boot_id, pid, seen_at) VALUES (999, 'elsewhere', 'x', 1, ?)", NOW)
    ws.tamper("UPDATE delivery SET state = 1, owner = 999, attempt = 77, lease_until = ? WHERE subscriber = 1",
              NOW + 900)
    ws.hearten("run", clock=NOW + 10 * MINUTE)
    assert ws.status()["claimed"] == 1  # perhaps it lives
    ws.ok("run", clock=NOW + 2 * HOUR)
    assert ws.status()["sent"] == 5


# --- errors -------------------------------------------------------------------------------------------
def test_no_relay_loses_nothing(ws):
    ws.relay(dead_port())
    ws.post()
    ws.readers(10)
    one_line(ws.hearten("send", "letter", "--yes"), 69, "relay test")
    account = ws.status()
    assert account["pending"] == 10 and account["claimed"] == 0
    first = ws.hearten("run")
    assert first.code == 69 and len(first.complaints) == 1
    assert ws.hearten("run", clock=NOW + 5 * MINUTE).err == ""  # said once


def test_errors_are_one_line(ws, folder):
    ws.post()
    one_line(ws.hearten("send", "lettre", "--yes"), 65, "letter")
    one_line(ws.hearten("check", "../../etc"), 65)
    one_line(ws.hearten("nonsense"), 64)
    one_line(ws.hearten("subscriber", "import", folder / "none.csv"), 65, "none.csv")
    one_line(hearten("-C", folder, "status"), 78, "hearten init")
    with open("/dev/full", "w") as full:
        one_line(ws.hearten("status", stdout=full), 74)
    ws.ini.write_text(ws.ini.read_text() + "\ncolour = red\n")
    one_line(ws.hearten("status"), 78, "hearten.ini:", "colour")


@pytest.mark.parametrize("arguments,needles", [
    (("stauts",), ("perhaps 'status'",)),
    (("subscriber", "shwo", "a@example.org"), ("perhaps 'subscriber show'",)),
    (("subscriber", "add"), ("subscriber add", "EMAIL")),
    (("subscriber", "list", "x@example.org"), ("subscriber list", "x@example.org")),
    (("subscriber", "frobnicate"), ("add, import, list, show and remove",)),
    (("optout", "frobnicate"), ("add EMAIL",)),
    (("-C",), ("-C",)),
])
def test_wrong_words_are_helped(ws, arguments, needles):
    one_line(ws.hearten(*arguments), 64, *needles)


def test_a_mistake_in_the_settings_is_said_to_cron_once(ws):
    ws.ini.write_text(ws.ini.read_text().replace("from_name", "from_nmae"))
    one_line(ws.hearten("status"), 78, "hearten.ini:", "perhaps 'from_name'")
    one_line(ws.hearten("run"), 78, "from_nmae")
    again = ws.hearten("run", clock=NOW + 5 * MINUTE)
    assert (again.code, again.err) == (78, "")
    one_line(ws.hearten("run", clock=NOW + 2 * DAY), 78, "from_nmae")
    ws.configure()
    ws.ok("run", clock=NOW + 2 * DAY + MINUTE)


def test_everything_speaks_json(ws, sink):
    ws.relay(sink.port)
    ws.readers(1)
    slug = ws.ok("--json", "new", "A quiet title").json()[0]["campaign"]
    assert slug == "2026-12-04-a-quiet-title"
    ws.post()
    files = [line["file"] for line in ws.ok("--json", "preview", "letter").json() if "rule" not in line]
    assert [file.rsplit("/")[-1] for file in files] == ["message.eml", "message.html", "message.txt"]
    assert "hearten" in ws.ok("--json", "schedule", "show").json()[0]["crontab"]
    ws.tamper("UPDATE subscriber SET email = 'ŏ@example.org', email_key = 'ŏ@example.org'")
    assert ws.ok("--json", "send", "letter", "--dry-run").json()[0]["would_get"] == 0


def test_quiet_is_quiet(ws):
    ws.post("letter", "---\nsubject: Hi\npreheader: short\n---\n# Hi\n\nYou.\n")
    assert "warning" in ws.ok("check", "letter").out
    assert ws.ok("-q", "check", "letter").out == ""
    assert ws.ok("-q", "preview", "letter").out == ""


def test_missing_and_foreign_keys(ws, make_workspace):
    ws.post()
    ws.readers(1)
    key = ws.path / "var/keys/suppress.key"
    text = key.read_text()
    key.write_text("0" * 64 + "\n")
    one_line(ws.hearten("subscriber", "list"), 78)
    key.unlink()
    one_line(ws.hearten("subscriber", "list"), 78, "suppress.key")
    key.write_text(text)
    key.chmod(0o600)
    ws.ok("subscriber", "list")


def test_read_only_folder(ws):
    """The store cannot be made: one line, nothing half-done."""
    ws.post()
    ws.configure({"store": {"url": "sqlite:/proc/hearten.db"}})
    result = ws.hearten("subscriber", "add", "a@example.org")
    assert result.code in (73, 74) and len(result.complaints) == 1 and "/proc" in result.err


def test_init_twice_changes_nothing(ws):
    before = ws.fingerprint()
    again = hearten("init", ws.path)
    assert again.code == 0
    after = ws.fingerprint()
    assert {k: v for k, v in after.items() if not k.startswith("campaigns")} == {
        k: v for k, v in before.items() if not k.startswith("campaigns")}


def test_not_after_is_said(ws, sink):
    ws.relay(sink.port)
    ws.post("2026-11-20-missed")
    ws.readers(2)
    result = ws.hearten("run", clock=NOW)
    assert "not_after" in result.err and sink.mails() == []
    assert ws.hearten("run", clock=NOW + 30 * DAY).code == 65
