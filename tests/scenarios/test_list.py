"""The list: who comes in, who goes out, and what is kept of it."""

import sqlite3
import subprocess
import time

import pytest

from workspace import HEARTEN, NOW, environment


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
