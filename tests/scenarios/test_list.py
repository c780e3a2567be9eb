"""The list: who comes in, who goes out, and what is kept of it."""

import subprocess
import time

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
