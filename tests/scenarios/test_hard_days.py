"""Hard days: relays that misbehave, senders that are stopped, clocks that go back. Nobody is lost, nobody
is burnt for a fault that is not theirs, nobody is mailed twice, and cron hears of it once."""

import collections
import json
import signal
import subprocess
import threading

import pytest

from receivers import dead_port
from relay import DROP
from workspace import DAY, HEARTEN, HOUR, MINUTE, NOW, environment, one_line


def got(relay):
    return collections.Counter(mail.to for mail in relay.accepted)


def at(verb, reply, *addresses):
    """The reply when one of the readers (none named: anybody) comes to the verb."""
    def answer(event):
        reader = event.argument if verb == "RCPT" else event.to
        hit = not addresses or any(address in reader for address in addresses)
        return reply if event.verb == verb and hit else None
    return answer


# --- what a reply is about ----------------------------------------------------------------------------
@pytest.mark.parametrize("verb,reply", [
    ("RCPT", "550 5.1.8 sender address rejected: domain not found"),  # Postfix says it at RCPT
    ("RCPT", "553 5.1.7 bad sender"),
    ("MAIL", "550 you are not welcome"),  # MAIL names no reader
    ("MAIL", "501 5.5.4 syntax error in parameters"),
])
def test_a_refusal_of_the_sender_costs_no_reader(ws, make_relay, verb, reply):
    relay = make_relay(at(verb, reply))
    ws.relay(relay.port, connections=2)
    ws.post()
    ws.readers(50)
    one_line(ws.hearten("send", "letter", "--yes"), 1, "paused", reply.split(" ", 1)[1])
    account = ws.status()
    assert (account["state"], account["failed"], account["pending"]) == ("paused", 0, 50)
    assert relay.count(verb) <= 4
    relay.answer = lambda event: None
    ws.ok("send", "letter", "--yes")
    assert got(relay) == {f"reader{i}@example.org": 1 for i in range(1, 51)}


def test_a_share_of_refusals_brakes_and_can_be_got_past(ws, make_relay):
    """One reader in ten gets through, so there are never twenty refusals in a row."""
    def answer(event):
        if event.verb == "RCPT" and not event.argument.endswith("0@example.org>"):
            return "554 5.7.1 blocked"

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(100)
    one_line(ws.hearten("send", "letter", "--yes"), 1, "paused", "of the last", "5.7.1")
    failed = ws.status()["failed"]
    assert 20 <= failed <= 24
    relay.answer = lambda event: None
    ws.ok("send", "letter", "--yes")
    assert ws.status()["sent"] == 100 - failed


def test_a_success_between_begins_the_row_anew(ws, make_relay):
    """With the share out of the way: nineteen refusals, one success, nineteen refusals are no row."""
    def answer(event):
        if event.verb == "RCPT" and not event.argument.endswith("0@example.org>"):
            return "554 5.7.1 blocked"

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.configure({"delivery": {"brake_permanent": "100%"}})
    ws.post()
    ws.readers(60)
    ws.ok("send", "letter", "--yes")
    assert (ws.status()["sent"], ws.status()["failed"]) == (6, 54)


def test_words_alone_can_say_that_an_address_is_dead(ws, make_relay):
    relay = make_relay(at("RCPT", "550 No such user here"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(30)
    ws.hearten("send", "letter", "--yes")
    account = ws.status()
    assert (account["state"], account["failed"]) == ("finished", 30)


def test_a_log_in_that_expires_in_mid_send_costs_no_reader(ws, make_relay):
    relay = make_relay(lambda event: "530 5.7.0 authentication required"
                       if event.verb == "RCPT" and event.nth > 20 else None)
    ws.relay(relay.port, connections=1)
    ws.post()
    addresses = ws.readers(30)
    one_line(ws.hearten("send", "letter", "--yes"), 78, "530")
    account = ws.status()
    assert (account["sent"], account["failed"], account["pending"]) == (20, 0, 10)
    relay.answer = lambda event: None
    ws.ok("send", "letter", "--yes")
    assert got(relay) == {a: 1 for a in addresses}


def test_one_refused_among_greylisted_pauses_nothing(ws, make_relay):
    relay = make_relay(lambda event: None if event.verb != "RCPT" else "550 5.7.1 no"
                       if "reader1@" in event.argument else "450 4.2.0 greylisted")
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(5)
    assert ws.hearten("send", "letter", "--yes").code == 75
    relay.answer = lambda event: None
    ws.ok("run", clock=NOW + HOUR)
    assert ws.status()["sent"] == 4


def test_a_busy_first_relay_starves_nobody(ws, make_relay, sink):
    relay = make_relay(at("MAIL", "451 4.3.0 busy"))
    ws.relay(relay.port, connections=2, priority=1)
    ws.configure({"relay backup": {"url": f"smtp://127.0.0.1:{sink.port}", "priority": "2"}})
    ws.post()
    addresses = ws.readers(40)
    ws.ok("send", "letter", "--yes")
    assert collections.Counter(m.to[0] for m in sink.mails()) == {a: 1 for a in addresses}


def test_two_campaigns_with_the_same_trouble_are_both_said(ws):
    ws.readers(1)
    for slug in ("2026-11-27-one", "2026-11-27-two"):
        ws.post(slug, f"---\nsubject: {slug}\n---\nDear {{{{nobody_knows}}}}.\n")
    result = ws.hearten("run")
    assert "2026-11-27-one" in result.err and "2026-11-27-two" in result.err
    assert ws.hearten("run", clock=NOW + 5 * MINUTE).err == ""


def test_one_message_that_is_too_large_stops_nobody_else(ws, make_relay):
    relay = make_relay(size=9000)
    ws.relay(relay.port, connections=1)
    ws.post("letter", "---\nsubject: Hello\n---\nYour words: {{attr.words|none}}\n")
    long = " ".join(["word"] * 190)
    ws.people(*[{"email": f"r{i}@example.org", "words": long if i == 2 else ""} for i in range(6)])
    size = len((ws.ok("preview", "letter", "--as", "r1@example.org"), ws.path)[1].joinpath(
        "var/preview/letter/message.eml").read_bytes())
    relay.size = size + 300
    ws.ok("send", "letter", "--yes")
    row = ws.rows()["r2@example.org"]
    assert row["state"] == "failed" and row["reason"] == "too large for the relay"
    assert ws.status()["sent"] == 5 and relay.count("MAIL") == 5


def test_a_relay_that_is_busy_with_everybody_is_not_asked_for_everybody(ws, make_relay):
    relay = make_relay(at("MAIL", "450 4.3.2 not now"))
    ws.relay(relay.port, connections=2)
    ws.post()
    ws.readers(200)
    one_line(ws.hearten("send", "letter", "--yes"), 69, "busy", "4.3.2")
    assert relay.count("MAIL") <= 2 * 4
    rows = ws.rows().values()
    assert all(row["state"] == "pending" and row["tries"] == 0 for row in rows)
    relay.answer = lambda event: None
    ws.ok("run", clock=NOW + HOUR)
    assert ws.status()["sent"] == 200


def test_421_after_a_share_of_messages_is_no_busy_relay(ws, make_relay):
    counts = collections.Counter()

    def answer(event):
        if event.verb == "MAIL":
            counts[event.connection] += 1
            if counts[event.connection] > 5:
                return "421 4.7.0 too many messages in this connection", DROP

    relay = make_relay(answer)
    ws.relay(relay.port, connections=2)
    ws.post()
    addresses = ws.readers(60)
    ws.ok("send", "letter", "--yes")
    assert got(relay) == {a: 1 for a in addresses}


def test_a_limit_on_connections_leaves_one_at_work(ws, make_relay):
    relay = make_relay(lambda event: ("554 5.7.1 too many connections", DROP)
                       if event.verb == "GREETING" and event.connection > 1 else None)
    ws.relay(relay.port, connections=4)
    ws.post()
    addresses = ws.readers(40)
    ws.ok("send", "letter", "--yes")
    assert got(relay) == {a: 1 for a in addresses}


def test_messages_per_connection(ws, make_relay):
    relay = make_relay()
    ws.relay(relay.port, connections=1, messages_per_connection=3)
    ws.post()
    ws.readers(10)
    ws.ok("send", "letter", "--yes")
    per = collections.Counter(mail.connection for mail in relay.accepted)
    assert sorted(per.values()) == [1, 3, 3, 3] and relay.count("QUIT") == 4
    assert relay.count("GREETING") == 4


def test_a_refused_log_in_leaves_the_work_to_the_next_relay(ws, make_relay, sink):
    relay = make_relay(at("MAIL", "530 5.7.0 log in first"))
    ws.relay(relay.port, priority=1)
    ws.configure({"relay backup": {"url": f"smtp://127.0.0.1:{sink.port}", "priority": "2"}})
    ws.post()
    ws.readers(10)
    ws.ok("send", "letter", "--yes")
    assert len(sink.mails()) == 10


def test_the_waits_grow(ws, make_relay):
    relay = make_relay(at("RCPT", "450 4.2.0 greylisted"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(1)
    now, waits = NOW, []
    assert ws.hearten("send", "letter", "--yes").code == 75
    for _ in range(5):
        due = ws.rows()["reader1@example.org"]["next_at"]
        waits.append(due - now)
        now = due
        ws.hearten("run", clock=now - 1)
        assert ws.rows()["reader1@example.org"]["next_at"] == due  # not a second before
        ws.hearten("run", clock=now)
    assert waits == [5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 4 * HOUR]


# --- the point of no return ---------------------------------------------------------------------------
CUT = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
static int broken = -1;
ssize_t send(int fd, const void *data, size_t len, int flags)
{
    ssize_t (*real)(int, const void *, size_t, int) =
        (ssize_t (*)(int, const void *, size_t, int))dlsym(RTLD_NEXT, "send");
    const char *dot = memmem(data, len, "\r\n.\r\n", 5);
    if (fd == broken) {
        errno = ECONNRESET;
        return -1;
    }
    if (dot && broken < 0 && (size_t)(dot - (const char *)data) + 5 < len) {
        broken = fd;
        len = (size_t)(dot - (const char *)data) + 5 + 3;
    }
    return real(fd, data, len, flags);
}
"""


def test_a_write_that_breaks_off_behind_the_final_dot_leaves_no_second_copy(ws, make_relay):
    """What the network took before the break counts: the message may have arrived."""
    source, shim = ws.top / "cut.c", ws.top / "cut.so"
    source.write_text(CUT)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"], check=True)
    relay = make_relay()
    ws.relay(relay.port, connections=1)
    ws.post()
    addresses = ws.readers(6)
    options = "detect_leaks=0:abort_on_error=0:exitcode=99:verify_asan_link_order=0"
    ws.hearten("send", "letter", "--yes", env={"LD_PRELOAD": str(shim), "ASAN_OPTIONS": options})
    for minutes in (10, 30):
        ws.hearten("run", clock=NOW + minutes * MINUTE)
    account = ws.status()
    assert account["in_doubt"] == 1 and account["sent"] == 5
    arrived = collections.Counter(mail.to for mail in relay.finished)
    assert arrived == {a: 1 for a in addresses}


def test_cron_hears_once_of_answers_that_never_came(ws, make_relay):
    relay = make_relay(at("END", DROP, "reader2@", "reader4@"))
    ws.relay(relay.port, connections=1)
    ws.post("2026-11-27-due")
    ws.readers(5)
    one_line(ws.hearten("run"), 1, "2 are in doubt", "status -v")
    assert ws.ok("run", clock=NOW + 5 * MINUTE).err == ""
    assert "answer never came" in ws.ok("status", "2026-11-27-due").out


def test_a_text_damaged_in_the_store_is_mailed_to_nobody(ws, make_relay):
    relay = make_relay(at("END", "550 5.7.26 not authenticated"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(3)
    ws.hearten("send", "letter", "--yes")
    relay.answer = lambda event: None
    blob = ws.query("SELECT template FROM edition")[0]["template"]
    where = blob.index(b"short letter")
    ws.tamper("UPDATE edition SET template = ?", blob[:where] + b"S" + blob[where + 1:])
    one_line(ws.hearten("send", "letter", "--yes"), 74, "damaged", "backup")
    assert relay.accepted == []


# --- mended texts -------------------------------------------------------------------------------------
MENDED = "---\nsubject: Mended\n---\n# Mended\n\nBetter words.\n"


def test_a_mended_text_is_asked_for_before_anything_changes(ws, make_relay):
    relay = make_relay(at("END", "550 5.7.26 not authenticated"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(5)
    ws.hearten("send", "letter", "--yes")
    ws.post("letter", MENDED)
    one_line(ws.hearten("send", "letter"), 64, "--yes")
    account = ws.status()
    assert (account["state"], account["pending"]) == ("paused", 5)
    relay.answer = lambda event: None
    ws.ok("send", "letter", "--yes")
    assert len(relay.accepted) == 5 and ws.status()["sent"] == 5
    old = ws.query("SELECT state, count(*) AS n FROM delivery WHERE edition = 1 GROUP BY state")
    assert old == [{"state": 5, "n": 5}]  # the replaced rows are skipped, every one


def test_an_edited_text_of_a_begun_send_is_said(ws, make_relay):
    relay = make_relay(at("RCPT", "450 4.2.0 greylisted", "reader2@"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(3)
    assert ws.hearten("send", "letter", "--yes").code == 75
    relay.answer = lambda event: None
    ws.post("letter", MENDED)
    result = ws.ok("send", "letter", "--yes", clock=NOW + HOUR)
    assert "was changed since" in result.err
    assert all(b"Mended" not in mail.data for mail in relay.accepted) and len(relay.accepted) == 3


# --- senders that stop --------------------------------------------------------------------------------
def test_a_stopped_sender_is_overtaken_after_its_lease(ws, make_relay):
    reached, go_on = threading.Event(), threading.Event()

    def answer(event):
        if event.verb == "END" and event.nth == 1:
            reached.set()
            assert go_on.wait(120)

    relay = make_relay(answer)
    ws.relay(relay.port, connections=1)
    ws.post()
    addresses = ws.readers(40)
    first = ws.start("send", "letter", "--yes")
    assert reached.wait(60)
    first.process.send_signal(signal.SIGSTOP)
    ws.ok("run", clock=NOW + 5 * MINUTE)
    assert ws.status()["claimed"] > 0  # perhaps it only pauses for breath
    ws.ok("run", clock=NOW + HOUR)
    account = ws.status()
    assert account["claimed"] == account["pending"] == 0
    go_on.set()
    first.process.send_signal(signal.SIGCONT)
    first.finish()
    assert got(relay) == {a: 1 for a in addresses}
    assert ws.status()["sent"] == 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_nobody_in_doubt(ws, make_relay, number):
    reached, go_on = threading.Event(), threading.Event()

    def answer(event):
        if event.verb == "END" and event.nth == 2:
            reached.set()
            assert go_on.wait(60)

    relay = make_relay(answer)
    ws.relay(relay.port, connections=2)
    ws.post("2026-11-27-due")
    ws.readers(40)
    running = ws.start("run")
    assert reached.wait(60)
    running.process.send_signal(number)
    go_on.set()
    assert running.finish().code == 0
    account = ws.status("2026-11-27-due")
    assert account["in_doubt"] == account["claimed"] == 0 and account["pending"] > 0
    ws.ok("run", clock=NOW + 5 * MINUTE)
    assert set(got(relay).values()) == {1} and len(got(relay)) == 40


def test_nohup_holds(ws, make_relay):
    """Who was told to outlive the terminal does."""
    relay = make_relay()
    ws.relay(relay.port, connections=1)
    ws.post()
    ws.readers(20)
    done = subprocess.run(
        ["bash", "-c", f"trap '' HUP; '{HEARTEN}' -C '{ws.path}' send letter --yes & "
         "sleep 0.3; kill -HUP $! 2>/dev/null; wait $!"], env=environment(NOW), capture_output=True)
    assert done.returncode == 0 and ws.status()["sent"] == 20


def test_passes_at_the_same_moment_say_nothing(ws, sink):
    ws.relay(sink.port)
    addresses = ws.readers(60)
    for week in range(4):
        ws.post(f"2026-11-27-due-{week}", f"---\nsubject: Week {week}\n---\n# W{week}\n\nHello.\n")
    runs = [ws.start("run") for _ in range(6)]
    for running in runs:
        result = running.finish()
        assert (result.code, result.out, result.err) == (0, "", "")
    assert collections.Counter(m.to[0] for m in sink.mails()) == {a: 4 for a in addresses}


def test_a_clock_that_is_set_back_holds_nobody_up(ws, sink):
    ws.relay(dead_port())
    ws.post()
    ws.readers(5)
    assert ws.hearten("send", "letter", "--yes").code == 69
    ws.relay(sink.port)
    ws.ok("run", clock=NOW - DAY)
    assert ws.status()["sent"] == 5


# --- what cron hears ----------------------------------------------------------------------------------
def test_what_changes_in_a_text_does_not_make_it_new(ws, make_relay):
    relay = make_relay(lambda event: (f"421 4.3.2 busy, id x{event.nth}z, {event.nth} waiting", DROP)
                       if event.verb == "GREETING" else None)
    ws.relay(relay.port, connections=1)
    ws.post("2026-11-27-due")
    ws.readers(2)
    one_line(ws.hearten("run"), 69, "busy")
    for minutes in (5, 10, 15):
        assert ws.hearten("run", clock=NOW + minutes * MINUTE).err == ""
    one_line(ws.hearten("run", clock=NOW + DAY + HOUR), 69, "busy")  # after a day, again
    relay.answer = lambda event: None
    ws.ok("run", clock=NOW + DAY + 2 * HOUR)  # all is well: what comes then is new
    ws.post("2026-11-28-due", "---\nsubject: Two\n---\n# Two\n\nHello.\n")
    relay.answer = lambda event: ("421 4.3.2 busy, id 7, 7 waiting", DROP) if event.verb == "GREETING" else None
    one_line(ws.hearten("run", clock=NOW + DAY + 3 * HOUR), 69, "busy")


def test_going_on_with_the_next_relay_is_said_once(ws, sink):
    ws.relay(dead_port(), priority=1)
    ws.configure({"relay backup": {"url": f"smtp://127.0.0.1:{sink.port}", "priority": "2"}})
    ws.post("2026-11-27-due")
    ws.post("2026-11-27-due-too", "---\nsubject: Two\n---\n# Two\n\nHello.\n")
    ws.readers(2)
    result = ws.ok("run")
    assert len(result.complaints) == 1 and "backup" in result.err, result
    assert len(sink.mails()) == 4


def test_sink_speaks_json_throughout(ws):
    running = ws.start("--json", "sink", "--listen", "[::1]:0")
    line = running.process.stdout.readline().decode()
    running.process.send_signal(signal.SIGTERM)
    result = running.finish()
    assert json.loads(line)["listening"].startswith("[::1]:")
    assert json.loads(result.out)["messages"] == 0


# --- what must not happen by accident -----------------------------------------------------------------
def test_a_store_that_is_gone_is_not_replaced_by_an_empty_one(ws):
    ws.readers(2)
    ws.ok("optout", "add", "reader1@example.org")
    for file in ws.path.glob("var/hearten.db*"):
        file.rename(ws.top / file.name)
    for command in (("status",), ("run",), ("subscriber", "add", "reader1@example.org"),
                    ("subscriber", "list")):
        one_line(ws.hearten(*command), 78, "is gone", "backup")
    for file in ws.top.glob("hearten.db*"):
        file.rename(ws.path / "var" / file.name)
    assert ws.hearten("subscriber", "add", "reader1@example.org").code == 65


def test_settings_of_the_sample_go_to_no_real_reader(ws, sink):
    ws.configure({"newsletter": {"from_email": "you@your-domain.example"},
                  "relay test": {"url": "smtps://smtp.example.net:465"}})
    ws.post("2026-11-27-due")
    ws.readers(1)
    needles = ("config/hearten.ini", "[newsletter] from_email", "sample")
    one_line(ws.hearten("send", "2026-11-27-due", "--yes"), 78, *needles)
    one_line(ws.hearten("run"), 78, *needles)
    ws.relay(sink.port)  # to try it out, on this machine, they will do
    ws.ok("run")
    assert len(sink.mails()) == 1


def test_a_correction_before_anybody_has_it_is_taken(ws, sink):
    ws.relay(dead_port())
    ws.post()
    addresses = ws.readers(10)
    assert ws.hearten("send", "letter", "--yes").code == 69
    ws.relay(sink.port)
    ws.post("letter", MENDED)
    ws.ok("send", "letter", "--yes")
    mails = sink.mails()
    assert collections.Counter(m.to[0] for m in mails) == {a: 1 for a in addresses}
    assert all(b"Better words" in m.data for m in mails)


def test_a_test_copy_and_a_dry_run_find_what_send_finds(ws, sink):
    ws.relay(sink.port)
    ws.post("letter", "---\nsubject: Hello\n---\nFrom {{attr.citty}}.\n")
    ws.people({"email": "a@example.org", "city": "Pune"})
    for arguments in (("--dry-run",), ("--test", "me@example.org"), ("--yes",)):
        assert ws.hearten("send", "letter", *arguments).code == 1
    assert sink.mails() == []


def test_nobody_reached_is_no_success(ws, make_relay):
    relay = make_relay(at("RCPT", "550 5.1.1 no such user"))
    ws.relay(relay.port)
    ws.post()
    ws.readers(3)
    assert ws.hearten("send", "letter", "--yes").code == 1
