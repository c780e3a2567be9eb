"""A hearten workspace in a temporary folder, and the program at work in it."""

import csv
import datetime
import hashlib
import io
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEARTEN = Path(os.environ.get("HEARTEN", ROOT / "build/san/hearten")).absolute()

GUARD = 180  # seconds; only against a hang, nothing is judged by it
NOW = int(datetime.datetime(2026, 11, 27, 9, 0, tzinfo=datetime.timezone.utc).timestamp())  # a Friday
MINUTE, HOUR, DAY = 60, 3600, 86400

SAMPLE = "the-winter-garden"
FROM = "mira@miravale.example.org"

STATES = ("pending", "claimed", "in_doubt", "sent", "failed", "skipped")
SANITIZER_WORDS = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehavior")

SETTINGS = {
    "newsletter": {
        "name": "Letters from the Garden",
        "from_name": "Mira Vale",
        "from_email": FROM,
        "reply_to": "hello@miravale.example.org",
        "list_id": "letters.miravale.example.org",
        "postal_address": "Mira Vale, 4 Orchard Lane, Little Mere AB1 2CD",
        "website": "https://miravale.example.org",
        "language": "en",
        "timezone": "UTC",
    },
    "optout": {
        "base_url": "https://letters.miravale.example.org",
        "mailto": "unsubscribe+{token}@miravale.example.org",
    },
    "relay test": {"url": "smtp://127.0.0.1:9", "connections": "2"},
    "delivery": {"retry": "5m, 15m, 1h, 4h", "give_up_after": "24h"},
    "schedule": {"day": "friday", "time": "09:00", "not_after": "24h"},
    "sections": {"practice": "Your Gentle Practice This Week", "call": "Your Call to Healing"},
}

SHORT_POST = """---
subject: {{first_name|Dear friend}}, a short letter
preheader: Only a few lines, but from the heart, for the middle of your week.
---
# A short letter

Dear {{first_name|friend}},

This is a letter of only a few lines.

Be well.
"""


@dataclass
class Result:
    code: int
    out: str
    err: str

    @property
    def complaints(self):
        """The lines with which the program speaks up."""
        return [line for line in self.err.splitlines() if line.startswith("hearten:")]

    def json(self):
        return [json.loads(line) for line in self.out.splitlines()]


def environment(clock=None, env=None):
    full = {k: v for k, v in os.environ.items() if k != "HEARTEN_CLOCK"}
    full.setdefault("ASAN_OPTIONS", "detect_leaks=1:abort_on_error=0:exitcode=99")
    full.setdefault("UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")
    if clock is not None:
        full["HEARTEN_CLOCK"] = clock if isinstance(clock, str) else f"@{clock}"
    full.update(env or {})
    return full


def judge(result, args):
    """No run may trouble a sanitizer or die of a signal that the test did not send."""
    if any(word in result.err for word in SANITIZER_WORDS) or result.code in (99, -6, -8, -11):
        raise AssertionError(f"hearten {' '.join(map(str, args))}: {result.code}\n{result.err}")
    return result


def hearten(*args, clock=NOW, env=None, stdin=None, cwd=None, user=None, program=None, stdout=None):
    """Runs the program to its end. stdin is bytes or text."""
    if isinstance(stdin, str):
        stdin = stdin.encode()
    done = subprocess.run(
        [str(program or HEARTEN), *map(str, args)],
        input=stdin if stdin is not None else None,
        stdin=subprocess.DEVNULL if stdin is None else None,
        stdout=stdout if stdout is not None else subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(clock, env),
        cwd=cwd or "/",
        user=user,
        timeout=GUARD,
    )
    out = done.stdout.decode(errors="surrogateescape") if done.stdout is not None else ""
    return judge(Result(done.returncode, out, done.stderr.decode(errors="surrogateescape")), args)


def one_line(result, code, *needles):
    """The program complained in one line, which says all of this."""
    assert result.code == code, result
    assert len(result.complaints) == 1, result
    for needle in needles:
        assert needle in result.err, result
    return result


class Running:
    """The program, still running."""

    def __init__(self, args, clock):
        self.args = args
        self.process = subprocess.Popen(
            [str(HEARTEN), *map(str, args)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(clock),
            cwd="/",
        )

    def finish(self):
        out, err = self.process.communicate(timeout=GUARD)
        result = Result(self.process.returncode, out.decode(), err.decode())
        return result if result.code == -signal.SIGKILL else judge(result, self.args)

    def kill(self):
        self.process.kill()
        return self.finish()


class Workspace:
    def __init__(self, seed=None, name="workspace"):
        self.top = Path(tempfile.mkdtemp(prefix="hearten-"))
        os.chmod(self.top, 0o755)
        self.path = self.top / name
        self.running = []
        self.settings = {section: dict(keys) for section, keys in SETTINGS.items()}
        if seed is not None:
            shutil.copytree(seed, self.path)
            self.configure()

    def remove(self):
        for running in self.running:
            if running.process.poll() is None:
                running.process.kill()
                running.process.communicate()
        shutil.rmtree(self.top, ignore_errors=True)

    # --- settings ---------------------------------------------------------------------------------
    def configure(self, changes=None):
        """Merges {section: {key: value}}; None takes a key or a section away."""
        for section, keys in (changes or {}).items():
            if keys is None:
                self.settings.pop(section, None)
                continue
            here = self.settings.setdefault(section, {})
            for key, value in keys.items():
                if value is None:
                    here.pop(key, None)
                else:
                    here[key] = str(value)
        lines = []
        for section, keys in self.settings.items():
            lines += [f"[{section}]"] + [f"{key} = {value}" for key, value in keys.items()] + [""]
        self.ini.write_text("\n".join(lines), encoding="utf-8")

    @property
    def ini(self):
        return self.path / "config/hearten.ini"

    def relay(self, port, **keys):
        self.configure({"relay test": {"url": f"smtp://127.0.0.1:{port}", **keys}})

    # --- campaigns --------------------------------------------------------------------------------
    def post(self, slug="letter", text=SHORT_POST, name="post.md"):
        folder = self.path / "campaigns" / slug
        folder.mkdir(parents=True, exist_ok=True)
        data = text if isinstance(text, bytes) else text.encode()
        (folder / name).write_bytes(data)
        return slug

    def sample(self):
        """The sample campaign of the repository."""
        return self.post(SAMPLE, (ROOT / "campaigns" / SAMPLE / "post.txt").read_bytes(), "post.txt")

    # --- the program ------------------------------------------------------------------------------
    def hearten(self, *args, **how):
        return hearten("-C", self.path, *args, **how)

    def ok(self, *args, **how):
        result = self.hearten(*args, **how)
        assert result.code == 0, (args, result)
        return result

    def start(self, *args, clock=NOW):
        running = Running(("-C", self.path, *args), clock)
        self.running.append(running)
        return running

    def people(self, *rows):
        """Imports (email, name) pairs or dicts."""
        dicts = [row if isinstance(row, dict) else dict(zip(("email", "name"), row)) for row in rows]
        text = io.StringIO()
        writer = csv.DictWriter(text, list(dicts[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(dicts)
        return self.ok("subscriber", "import", "-", "--consent", "asked", stdin=text.getvalue())

    def readers(self, count):
        """Imports reader1@example.org … and returns their addresses."""
        emails = [f"reader{i}@example.org" for i in range(1, count + 1)]
        self.people(*[(email, f"Reader{i} Test") for i, email in enumerate(emails, 1)])
        return emails

    def status(self, slug="letter"):
        """The account, which has to add up."""
        account = self.ok("--json", "status", slug).json()[0]
        assert account["audience"] == sum(account[state] for state in STATES), account
        return account

    # --- the store, read from a copy so that nothing of it is touched -------------------------------
    def query(self, sql, *values):
        if any(running.process.poll() is None for running in self.running):
            return self.look(sql, *values)
        with tempfile.TemporaryDirectory(prefix="hearten-") as folder:
            for file in self.path.glob("var/hearten.db*"):
                shutil.copy(file, folder)
            db = sqlite3.connect(Path(folder) / "hearten.db")
            db.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in db.execute(sql, values)]
            finally:
                db.close()

    def look(self, sql, *values):
        """Asks the store itself, while others write: a copy of a moving file is no store."""
        db = sqlite3.connect(f"file:{self.path}/var/hearten.db?mode=ro", uri=True, timeout=GUARD)
        db.row_factory = sqlite3.Row
        try:
            return [dict(row) for row in db.execute(sql, values)]
        finally:
            db.close()

    def tamper(self, sql, *values):
        """Writes into the store behind the program's back."""
        db = sqlite3.connect(self.path / "var/hearten.db")
        with db:
            db.execute(sql, values)
        db.close()

    def rows(self, slug="letter"):
        """The delivery rows of a campaign's latest edition by address."""
        found = self.query(
            "SELECT s.email AS email, d.* FROM delivery d JOIN subscriber s ON s.id = d.subscriber"
            " WHERE d.edition = (SELECT max(id) FROM edition WHERE slug = ?)", slug)
        for row in found:
            row["state"] = STATES[row["state"]]
        return {row["email"]: row for row in found}

    def fingerprint(self):
        """What every file of the workspace is, to see that nothing was touched."""
        prints = {}
        for file in sorted(self.path.rglob("*")):
            stat = file.lstat()
            digest = hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""
            prints[str(file.relative_to(self.path))] = (stat.st_mode, digest)
        return prints
