"""Receivers that run as processes: hearten's own sink and postfix's smtp-sink."""

import os
import re
import select
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from workspace import GUARD, HEARTEN, ROOT, Result, environment, judge


@dataclass
class Mail:
    """A message as a receiver kept it, CRLF line ends."""

    sender: str
    to: list
    data: bytes


def dead_port():
    """A loopback port on which nothing listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class BuiltinSink:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.args = ["sink", "--listen", "127.0.0.1:0", "--maildir", str(folder)]
        self.process = subprocess.Popen(
            [str(HEARTEN), *self.args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=environment(), cwd="/")
        assert select.select([self.process.stdout], [], [], GUARD)[0], "the sink says nothing"
        line = self.process.stdout.readline().decode()
        found = re.fullmatch(r"listening on (\S+):(\d+)\n", line)
        assert found, (line, self.process.stderr.read() if self.process.poll() is not None else "")
        self.port = int(found[2])

    def mails(self):
        found = []
        for file in sorted((self.folder / "new").iterdir()):
            lines = file.read_bytes().split(b"\r\n")
            sender, to, rest = "", [], 0
            for rest, line in enumerate(lines):
                name, _, value = line.decode("ascii").partition(": ")
                if name == "Return-Path":
                    sender = value.strip("<>")
                elif name == "Delivered-To":
                    to.append(value.strip("<>"))
                else:
                    break
            found.append(Mail(sender, to, b"\r\n".join(lines[rest:])))
        return found

    def stop(self):
        """Ends it and gives what it said last."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=GUARD)
        result = judge(Result(self.process.returncode, out.decode(), err.decode()), self.args)
        return result


class SmtpSink:
    home = ROOT / "build/servers/postfix"

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir()
        os.chmod(self.folder, 0o777)
        for _ in range(20):  # another program may take the port first
            self.port = dead_port()
            if self._start():
                return
        raise AssertionError("smtp-sink did not start")

    def _start(self):
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen(
            [str(self.home / "usr/sbin/smtp-sink"), *user, "-d", f"{self.folder}/mail.",
             f"127.0.0.1:{self.port}", "1000"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
            env={**os.environ, "LD_LIBRARY_PATH": str(self.home / "usr/lib/postfix")})
        for _ in range(GUARD * 20):
            if self.process.poll() is not None:
                return False
            try:
                socket.create_connection(("127.0.0.1", self.port), GUARD).close()
                return True
            except OSError:
                time.sleep(0.05)
        return False

    def mails(self):
        found = []
        for file in sorted(self.folder.iterdir()):
            lines = file.read_bytes().split(b"\n")
            sender, to = "", []
            for at, line in enumerate(lines):
                name, _, value = line.decode("latin-1").partition(": ")
                address = re.search("<([^>]*)>", value)
                if name == "X-Mail-Args":
                    sender = address[1]
                elif name == "X-Rcpt-Args":
                    to.append(address[1])
                elif name == "Received":
                    break
            body = lines[at + 3:]  # behind the three lines of Received
            while body and body[-1] == b"":
                body.pop()
            found.append(Mail(sender, to, b"\r\n".join(body) + b"\r\n"))
        return found

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(GUARD)
