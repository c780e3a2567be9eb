"""The list: who comes in, who goes out, and what is kept of it."""

import resource
import shutil
import sqlite3
import subprocess
import time

import pytest

from workspace import HEARTEN, NOW, environment, hearten


def listed(ws):
    return [person["email"] for person in ws.ok("--json", "subscriber", "list").json()]


# An import once held the writer's place while it waited for its pipe: no opt-out could be noted.
def test_an_import_that_waits_for_its_pipe_keeps_nobody_waiting(ws):
    rows = [f"reader{i}@example.org,Reader {i}\n" for i in range(5000)]
    half = next(i for i in range(5000) if sum(map(len, rows[:i])) > 100_000)
    one = subprocess.Popen(
        [str(HEARTEN), "-C", str(ws.path), "subscriber", "import", "-"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(NOW))
    try:
        one.stdin.write(("email,name\n" + "".join(rows[:half])).encode())
        one.stdin.flush()
        deadline = time.monotonic() + 60
        while not (ws.path / "var/hearten.db").exists() or not ws.look(
                "SELECT name FROM sqlite_schema WHERE name = 'subscriber'") or not ws.look(
                "SELECT 1 FROM subscriber LIMIT 1"):
            assert time.monotonic() < deadline and one.poll() is None
            time.sleep(0.05)
        time.sleep(0.5)  # it has taken what there is, and waits
        begun = time.monotonic()
        ws.ok("optout", "add", "gone@example.org")
        assert time.monotonic() - begun < 10  # not the 30 seconds of a writer that is waited for
        assert one.poll() is None
        out, err = one.communicate("".join(rows[half:]).encode(), timeout=60)
    finally:
        one.kill()
        one.wait()
    assert (one.returncode, err) == (0, b"")
    assert b"5000 added" in out
    assert len(listed(ws)) == 5000


# INSERT OR REPLACE once wrote over a line of the log: it asks no DELETE trigger.
@pytest.mark.parametrize("sql", [
    "UPDATE consent_log SET evidence = 'never asked'",
    "DELETE FROM consent_log",
    "INSERT OR REPLACE INTO consent_log (id, at, subscriber, hash, action, way, evidence)"
    " VALUES (1, 0, 1, x'00', 'subscribed', 'cli', 'never asked')",
    "REPLACE INTO consent_log SELECT id, at, subscriber, hash, action, way, 'x' FROM consent_log",
    "INSERT INTO consent_log SELECT * FROM consent_log WHERE 1"
    " ON CONFLICT (id) DO UPDATE SET evidence = 'x'",
])
def test_the_consent_log_only_grows(ws, sql):
    ws.people(("ann@example.org", "Ann"), ("bob@example.org", "Bob"))
    before = ws.query("SELECT * FROM consent_log")
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        ws.tamper(sql)
    assert ws.query("SELECT * FROM consent_log") == before
    ws.ok("optout", "add", "ann@example.org")
    assert len(ws.query("SELECT * FROM consent_log")) == 3


def evidence(ws, email):
    log = ws.ok("--json", "subscriber", "show", email).json()[0]["log"]
    return [(line["action"], line["way"], line["evidence"]) for line in log]


# --consent was once dropped when the subscriber was on the list already.
def test_words_of_consent_are_kept_of_who_is_on_the_list(ws, folder):
    (folder / "fair.csv").write_text("email\nann@example.org\n")
    file = folder / "fair.csv"
    ws.ok("subscriber", "add", "ann@example.org")
    for _ in range(2):
        ws.ok("subscriber", "import", file, "--consent", "signed at the fair")
        ws.ok("subscriber", "import", file)
    for _ in range(2):
        ws.ok("subscriber", "add", "ann@example.org", "--consent", "said it on the phone")
    assert evidence(ws, "ann@example.org") == [
        ("subscribed", "cli", ""),
        ("consent", f"import {file}", "signed at the fair"),
        ("consent", "cli", "said it on the phone"),
    ]


@pytest.mark.parametrize("words", ["x" * 3000, "two\nlines"])
def test_words_of_consent_that_cannot_be_kept_are_one_error(ws, words):
    rows = "email\n" + "".join(f"r{i}@example.org\n" for i in range(50))
    result = ws.hearten("subscriber", "import", "-", "--consent", words, stdin=rows)
    assert (result.code, len(result.complaints), result.out) == (65, 1, "")
    assert "--consent" in result.err
    assert listed(ws) == []


def imported(ws, text, *options):
    """The counts of an import, which its dry run has to foretell."""
    would_be = ws.hearten("--json", "subscriber", "import", "-", "--dry-run", *options, stdin=text)
    result = ws.hearten("--json", "subscriber", "import", "-", *options, stdin=text)
    assert (result.code, result.out, result.err) == (would_be.code, would_be.out, would_be.err)
    counts = result.json()[0]
    assert counts["rows"] == sum(counts.values()) - counts["rows"]
    return result, counts


# Another sender's export has its unsubscribed readers in it; they were once subscribed.
def test_who_is_not_subscribed_elsewhere_is_not_subscribed_here(ws):
    words = ["Unsubscribed", "bounced", "COMPLAINED", "cleaned", "unconfirmed", "suppressed",
             "\u00a0unsubscribed ", "hard bounce", "Non-subscribed"]
    rows = "E-Mail;Status\n" + "".join(f"gone{i}@example.org;{word}\n" for i, word in enumerate(words))
    result, counts = imported(ws, rows + "ann@example.org;subscribed\nbob@example.org;\n")
    assert (result.code, counts["not_subscribed"], counts["added"]) == (0, len(words), 2)
    assert listed(ws) == ["ann@example.org", "bob@example.org"]
    assert ws.query("SELECT * FROM suppression") == []
    assert len(result.complaints) == len(words)
    assert result.complaints[0].startswith("hearten: warning: -:2: gone0@example.org is ")
    assert "9 not subscribed there" in ws.hearten("subscriber", "import", "-", stdin=rows).out
    quiet = ws.hearten("-q", "subscriber", "import", "-", stdin=rows)
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    _, counts = imported(ws, "email,state\nkim@example.org,New York\n")
    assert counts["added"] == 1


def test_cells_as_spreadsheets_and_address_books_write_them(ws):
    text = ("sep=;\r\n\u00a0E-Mail\u200b;\u00a0City\r\n"
            "Ann Bee <ann@example.org>;Rome\r\n"
            '"""Bee, Bob"" <bob@example.org>";Rome\r\n'
            "\u00a0kim@example.org\u200b;Rome\r\n"
            "mailto:eve@example.org;Rome\r\n"
            "<liz@example.org>;Rome\r\n"
            "; \r\n;\r\n\u00a0;\r\n   \r\n")
    result, counts = imported(ws, text)
    assert (result.code, result.err, counts["rows"], counts["added"]) == (0, "", 5, 5)
    people = {p["email"]: p for p in ws.ok("--json", "subscriber", "list").json()}
    assert {p["attributes"]["city"] for p in people.values()} == {"Rome"}
    assert {email: p["name"] for email, p in people.items()} == {
        "ann@example.org": "Ann Bee", "bob@example.org": "Bee, Bob", "eve@example.org": "",
        "kim@example.org": "", "liz@example.org": ""}
    imported(ws, "name,email\nAnna,Ann Bee <ann@example.org>\n")
    assert ws.ok("--json", "subscriber", "show", "ann@example.org").json()[0]["name"] == "Anna"


# If the last row held, the same file again would change it there and back.
def test_an_address_that_comes_twice(ws):
    text = "email,city\nann@example.org,Rome\nAnn@Example.org,Paris\nann@example.org,Rome\n"
    result, counts = imported(ws, text)
    assert (counts["added"], counts["repeated"], result.code) == (1, 2, 0)
    assert len(result.complaints) == 1 and "line 2 already" in result.complaints[0]
    assert result.complaints[0].startswith("hearten: warning: -:3: Ann@Example.org")
    for _ in range(2):
        _, counts = imported(ws, text)
        assert (counts["unchanged"], counts["changed"], counts["repeated"]) == (1, 0, 2)
    assert ws.ok("--json", "subscriber", "list").json()[0]["attributes"] == {"city": "Rome"}
    # A row that was refused holds nothing.
    _, counts = imported(ws, "email,name\nbob@example.org,\"B\nob\"\nbob@example.org,Bob\n")
    assert (counts["bad"], counts["added"]) == (1, 1)


def test_a_dry_run_needs_no_store_and_makes_none(ws):
    before = ws.fingerprint()
    result = ws.ok("--json", "subscriber", "import", "-", "--dry-run", stdin="email\na@example.org\n")
    assert result.json()[0]["added"] == 1
    assert ws.fingerprint() == before


def test_the_same_fault_a_thousand_times_is_a_hundred_lines(ws):
    rows = "email,name,city\n" + "".join(f"nobody{i},x,y\n" for i in range(1000))
    result = ws.hearten("subscriber", "import", "-", stdin=rows)
    assert (result.code, len(result.complaints)) == (1, 102)
    assert result.complaints[99].startswith("hearten: -:101: ")
    assert result.complaints[100] == "hearten: -: and 900 more bad rows"
    assert "1000 rows of - were left out" in result.complaints[101]


def test_names_of_files_are_clean_in_log_and_terminal(ws, folder):
    file = folder / "li\x1b[31mst\n.csv"
    file.write_text("email\nann@example.org\nnobody\n")
    result = ws.hearten("subscriber", "import", file)
    assert result.code == 1 and "\x1b" not in result.out + result.err
    assert len(result.complaints) == len(result.err.splitlines()) == 2
    long = folder / ("ü" * 120) / "x" / ("ü" * 100 + ".csv")
    long.parent.mkdir(parents=True)
    long.write_text("email\nbob@example.org\n")
    ws.ok("subscriber", "import", long)
    for row in ws.query("SELECT CAST(way AS BLOB) AS way FROM consent_log"):
        way = row["way"].decode()  # UTF-8 to the end
        assert way.startswith(f"import {folder}") and way.isprintable()


@pytest.mark.parametrize("attribute, code, needle", [
    (b"city=Rom\xe9", 65, "not UTF-8"),
    (b"city", 64, "KEY=VALUE"),
    (b"=Rome", 64, "KEY=VALUE"),
    (b"x" * 64 + b"=y", 0, ""),
    (b"x" * 65 + b"=y", 65, "at most 64"),
    (b"City=Rome", 65, "small letters"),
])
def test_attributes_by_hand(ws, attribute, code, needle):
    result = ws.hearten("subscriber", "add", "ann@example.org", "--attr", attribute.decode(
        errors="surrogateescape"))
    assert result.code == code and needle in result.err
    assert len(result.complaints) == (code != 0)
    assert len(listed(ws)) == (code == 0)


@pytest.mark.parametrize("words", [("subscriber", "list"), ("--json", "subscriber", "list"),
                                   ("optout", "list")])
def test_a_reader_who_has_seen_enough_is_no_failure(ws, words):
    ws.readers(3000)
    ws.ok("optout", "add", "gone@example.org")
    full = " ".join(["'%s' -C '%s'" % (HEARTEN, ws.path), *words])
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {full} | head -1 | wc -l"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(NOW), timeout=60)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, b"1", b"")
    with open("/dev/full", "w") as no_room:
        result = ws.hearten(*words, stdout=no_room)
    assert (result.code, len(result.complaints)) == (74, 1)


def test_blank_words_bring_nobody_back(ws):
    ws.ok("optout", "add", "ann@example.org")
    for words in ("", " ", "\t\n "):
        result = ws.hearten("optout", "remove", "ann@example.org", "--consent", words)
        assert (result.code, len(result.complaints)) == (64, 1)
    assert ws.hearten("subscriber", "add", "ann@example.org").code == 65


# Two spellings of one address were once two people, and the opt-out of one did not hold the other.
@pytest.mark.parametrize("spelling", ["JÖRG@Example.org", "jo\u0308rg@example.org", "Jörg@example.org"])
def test_one_person_in_other_letters(ws, spelling):
    ws.ok("optout", "add", spelling)
    assert ws.hearten("subscriber", "add", "jörg@example.org").code == 65
    _, counts = imported(ws, f"email\njörg@example.org\n{spelling}\n")
    assert (counts["left"], counts["added"]) == (1, 0)
    hidden = ws.hearten("subscriber", "add", "an\u00adn@example.org")
    assert hidden.code == 65 and "invisible" in hidden.err


# --- the workspace --------------------------------------------------------------------------------

# With a store elsewhere init once made new keys beside a list that was made with others.
@pytest.mark.parametrize("url", ["sqlite:var/hearten.db", "sqlite:list.db", "sqlite:/{top}/else/l.db"])
def test_init_makes_no_keys_beside_a_list(ws, url):
    (ws.top / "else").mkdir()
    ws.configure({"store": {"url": url.format(top=ws.top)}})
    ws.ok("subscriber", "add", "ann@example.org")
    shutil.rmtree(ws.path / "var/keys")
    before = ws.fingerprint()
    result = hearten("init", ws.path)
    assert (result.code, len(result.complaints), result.out) == (78, 1, "")
    assert "has subscribers" in result.err
    assert ws.fingerprint() == before
    assert ws.hearten("init").code == 78


def test_init_in_a_workspace_with_broken_settings_makes_nothing(ws):
    with ws.ini.open("a") as ini:
        ini.write("\n[nonsense]\nkey = value\n")
    shutil.rmtree(ws.path / "var")
    shutil.rmtree(ws.path / "campaigns")
    before = ws.fingerprint()
    result = hearten("init", ws.path)
    assert (result.code, len(result.complaints), result.out) == (78, 1, "")
    assert "hearten.ini:" in result.err and "nonsense" in result.err
    assert ws.fingerprint() == before


def test_init_takes_one_folder(folder):
    for words in (("init", ""), ("-C", "", "init"), ("-C", folder, "init", "other")):
        result = hearten(*words, cwd=folder)
        assert (result.code, len(result.complaints), result.out) == (64, 1, "")
    assert list(folder.iterdir()) == []
    made = hearten("-q", "init", folder / "one")
    assert (made.code, made.out, made.err) == (0, "", "")
    again = hearten("-C", folder / "one", "init")
    assert again.code == 0 and "is a workspace" in again.out and "made" not in again.out
    odd = hearten("init", folder / "two\x1b[31m\n")
    assert odd.code == 0 and "\x1b" not in odd.out and "two?[31m?" in odd.out


# --- the program ----------------------------------------------------------------------------------

@pytest.mark.parametrize("words, option", [
    (("-xv", "status"), "'-x'"), (("-vx", "status"), "'-x'"), (("-x", "status"), "'-x'"),
    (("--nonsense", "status"), "'--nonsense'"),
])
def test_the_option_that_is_not_known_is_named(words, option):
    result = hearten(*words)
    assert (result.code, len(result.complaints)) == (64, 1) and option in result.err


def test_help_of_a_command_in_any_order(ws):
    wanted = hearten("help", "optout")
    assert wanted.code == 0 and wanted.out.startswith("hearten optout add")
    for words in (("optout", "--help"), ("optout", "-h"), ("--help", "optout"), ("-h", "optout"),
                  ("optout", "remove", "ann@example.org", "--help"), ("-v", "--help", "optout")):
        assert hearten(*words) == wanted
        assert ws.hearten(*words) == wanted
    assert hearten("--help") == hearten("help")
    assert hearten("--help", "nonsense").code == 64


def test_a_limit_on_the_size_of_files_is_a_line(ws):
    rows = "email\n" + "".join(f"reader{i}@example.org\n" for i in range(3000))
    done = subprocess.run(
        [str(HEARTEN), "-C", str(ws.path), "subscriber", "import", "-"], input=rows.encode(),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(NOW), timeout=60,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)))
    assert done.returncode == 74
    assert done.stderr.startswith(b"hearten: ") and done.stderr.count(b"\n") == 1
    assert listed(ws) is not None


def test_schedule_line_is_quoted_for_shell_and_cron(make_workspace):
    ws = make_workspace(name="it's 100% mine")
    line = ws.ok("schedule", "show").out
    assert line.endswith(f"'{ws.top}/it'\\''s 100\\% mine' run\n") and line.count("%") == 1
    words = line.rstrip("\n").split(" ", 5)[5].replace("\\%", "%")  # cron's own step
    assert subprocess.run(["sh", "-c", words], env=environment(NOW), timeout=60).returncode == 0
    broken = make_workspace(name="two\nlines")
    result = broken.hearten("schedule", "show")
    assert (result.code, len(result.complaints), result.out) == (65, 1, "")


def test_looking_at_opt_outs_makes_no_store(ws):
    before = ws.fingerprint()
    assert ws.ok("optout", "list").out == ""
    assert ws.fingerprint() == before


def test_who_opted_out_and_was_never_on_the_list_has_a_story(ws):
    ws.ok("optout", "add", "gone@example.org", "--reason", "by phone")
    shown = ws.ok("subscriber", "show", "Gone@example.org").out
    assert "not on the list, never to be mailed (opted out)" in shown and "by phone" in shown
    story = ws.ok("--json", "subscriber", "show", "gone@example.org").json()[0]
    assert story["suppressed"] is True and len(story["log"]) == 1
    ws.tamper("DROP TRIGGER consent_log_stays")
    ws.tamper("DELETE FROM consent_log")  # suppression alone is a story
    assert "never to be mailed" in ws.ok("subscriber", "show", "gone@example.org").out
    result = ws.hearten("subscriber", "show", "nobody@example.org")
    assert (result.code, len(result.complaints)) == (65, 1)
