"""A relay that answers as the test wants, and judges how the client speaks."""

import re
import select
import socket
import threading
from dataclasses import dataclass

from workspace import GUARD

DROP = object()  # an answer: close the connection without a word


@dataclass
class Event:
    verb: str  # GREETING EHLO AUTH MAIL RCPT DATA END RSET QUIT
    argument: str
    nth: int  # of this verb, over all connections, from 1
    connection: int  # from 1
    sender: str = ""
    to: str = ""
    coming: str = ""  # MAIL with PIPELINING: the recipient that stands behind it


@dataclass
class Finished:
    """A message whose final dot has arrived."""

    sender: str
    to: str
    data: bytes  # dots undoubled
    connection: int
    reply: str = ""  # "": none was given

    @property
    def accepted(self):
        return self.reply.startswith("2")


class _Gone(Exception):
    pass


class Relay:
    """answer(event) gives None for the usual reply, a reply (a list: its lines), DROP, or
    (reply, DROP) to close after it. It may block: every connection has a thread of its own."""

    def __init__(self, answer=None, pipelining=True, size=None, extensions=(), trickle=False,
                 watch=0):
        self.answer = answer or (lambda event: None)
        self.pipelining = pipelining
        self.size = size
        self.extensions = list(extensions)
        self.trickle = trickle  # replies leave byte by byte
        self.watch = watch  # so many waits for bytes that come too early
        self.events = []
        self.finished = []
        self.faults = []  # what the client did wrong
        self.chunks = []  # (connection, bytes) as they were received
        self.open_now = 0
        self._counts = {}
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._sockets = []
        self._threads = []
        self._stopped = False
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._spawn(self._accept)

    # --- what a test asks ---------------------------------------------------------------------------
    @property
    def accepted(self):
        with self._lock:
            return [mail for mail in self.finished if mail.accepted]

    def count(self, verb):
        with self._lock:
            return self._counts.get(verb, 0)

    def wait(self, condition):
        """Until condition() holds, which looks at fields of the relay without locking."""
        with self._changed:
            assert self._changed.wait_for(condition, GUARD), "the relay waited in vain"

    def stop(self):
        with self._changed:
            self._stopped = True
            sockets = [self._listener, *self._sockets]
            self._changed.notify_all()
        for sock in sockets:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        for thread in self._threads:
            thread.join(GUARD)
        self._listener.close()

    # --- connections --------------------------------------------------------------------------------
    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        number = 0
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            number += 1
            with self._changed:
                if self._stopped:
                    sock.close()
                    return
                self._sockets.append(sock)
                self.open_now += 1
                self._changed.notify_all()
            self._spawn(self._serve, sock, number)

    def _serve(self, sock, number):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            _Dialogue(self, sock, number).run()
        except (_Gone, OSError):
            pass
        finally:
            with self._changed:
                self._sockets.remove(sock)
                self.open_now -= 1
                self._changed.notify_all()
            sock.close()

    def _ask(self, dialogue, verb, argument):
        with self._changed:
            self._counts[verb] = self._counts.get(verb, 0) + 1
            event = Event(verb, argument, self._counts[verb], dialogue.number, dialogue.sender,
                          dialogue.to, dialogue.coming() if verb == "MAIL" else "")
            self.events.append(event)
            self._changed.notify_all()
        return self.answer(event)

    def _fault(self, text):
        with self._lock:
            self.faults.append(text)


class _Dialogue:
    def __init__(self, relay, sock, number):
        self.relay, self.sock, self.number = relay, sock, number
        self.buffer = b""
        self.sender = self.to = ""
        self.has_mail = self.has_rcpt = False

    # --- bytes --------------------------------------------------------------------------------------
    def read_more(self):
        chunk = self.sock.recv(1 << 20)
        if not chunk:
            raise _Gone
        self.buffer += chunk
        with self.relay._changed:
            self.relay.chunks.append((self.number, chunk))
            self.relay._changed.notify_all()

    def line(self):
        while b"\n" not in self.buffer:
            self.read_more()
        line, _, self.buffer = self.buffer.partition(b"\n")
        if not line.endswith(b"\r") or b"\r" in line[:-1] or b"\0" in line:
            self.relay._fault(f"a bare line end or NUL in a command: {line!r}")
        if len(line) + 1 > 512 + 40:
            self.relay._fault(f"a command of {len(line)} octets")
        return line.rstrip(b"\r").decode("ascii", "replace")

    def content(self):
        while not self.buffer.startswith(b".\r\n") and b"\r\n.\r\n" not in self.buffer:
            self.read_more()
        if self.buffer.startswith(b".\r\n"):
            self.buffer = self.buffer[3:]
            return b""
        data, _, self.buffer = self.buffer.partition(b"\r\n.\r\n")
        return (b"\r\n" + data).replace(b"\r\n.", b"\r\n")[2:] + b"\r\n"

    def coming(self):
        found = re.match(rb"RCPT TO:<([^>]*)>", self.buffer)
        return found[1].decode() if found else ""

    def is_early(self):
        """Whether something arrives that has to wait for our reply."""
        with self.relay._lock:
            if self.relay.watch <= 0:
                return bool(self.buffer)
            self.relay.watch -= 1
        return bool(self.buffer) or bool(select.select([self.sock], [], [], 0.05)[0])

    def say(self, answer, usual):
        """Sends the reply; returns its text."""
        drop = False
        if isinstance(answer, tuple):
            answer, drop = answer[0], True
        if answer is DROP:
            self.close()
        if answer is None:
            answer = usual
        lines = answer if isinstance(answer, list) else [answer]
        data = "".join(f"{line}\r\n" for line in lines).encode("latin-1")
        for piece in [data[i:i + 1] for i in range(len(data))] if self.relay.trickle else [data]:
            self.sock.sendall(piece)
        if drop:
            self.close()
        return lines[-1]

    def close(self):
        """Ends the connection so that what was said before still arrives."""
        self.sock.shutdown(socket.SHUT_WR)
        while select.select([self.sock], [], [], GUARD)[0] and self.sock.recv(1 << 20):
            pass
        raise _Gone

    # --- commands -----------------------------------------------------------------------------------
    def run(self):
        greeting = self.relay._ask(self, "GREETING", "")
        self.say(greeting, "220 relay.example.net ESMTP")
        while True:
            line = self.line()
            verb, _, argument = line.partition(" ")
            verb = verb.upper()
            handler = getattr(self, "on_" + verb.lower(), None)
            if not handler:
                self.relay._fault(f"an unknown command: {line!r}")
                self.say(None, "500 5.5.2 what?")
                continue
            if not self.relay.pipelining and self.is_early():
                self.relay._fault(f"bytes behind {verb} before its reply, without PIPELINING")
            handler(argument)

    def ask(self, verb, argument=""):
        return self.relay._ask(self, verb, argument)

    def on_ehlo(self, argument):
        words = ["PIPELINING"] if self.relay.pipelining else []
        words += [f"SIZE {self.relay.size}"] if self.relay.size is not None else []
        words += self.relay.extensions
        lines = ["relay.example.net", *words]
        usual = [f"250-{word}" for word in lines[:-1]] + [f"250 {lines[-1]}"]
        self.say(self.ask("EHLO", argument), usual)

    def on_auth(self, argument):
        self.say(self.ask("AUTH", argument), "235 2.7.0 welcome")

    def on_mail(self, argument):
        self.sender = argument[argument.find("<") + 1:argument.find(">")]
        self.to = ""
        answer = self.ask("MAIL", argument)
        if self.has_mail:
            self.relay._fault("MAIL inside a transaction")
        reply = self.say(answer, "250 2.1.0 ok")
        self.has_mail, self.has_rcpt = reply.startswith("2"), False

    def on_rcpt(self, argument):
        self.to = argument[argument.find("<") + 1:argument.find(">")]
        reply = self.say(self.ask("RCPT", argument), "250 2.1.5 ok" if self.has_mail else "503 5.5.1 MAIL first")
        self.has_rcpt = self.has_rcpt or (self.has_mail and reply.startswith("2"))

    def on_data(self, argument):
        if self.is_early():
            self.relay._fault("bytes behind DATA before its reply")
        answer = self.ask("DATA", argument)
        reply = self.say(answer, "354 go on" if self.has_rcpt else "554 5.5.1 no valid recipients")
        if not reply.startswith("354"):
            return
        data = self.content()
        if not self.has_rcpt:
            if data:
                self.relay._fault("content without a recipient")
            self.say(None, "554 5.5.1 no valid recipients")
            return
        mail = Finished(self.sender, self.to, data, self.number)
        with self.relay._changed:
            self.relay.finished.append(mail)
            self.relay._changed.notify_all()
        self.has_mail = self.has_rcpt = False
        answer = self.ask("END")
        first = answer[0] if isinstance(answer, tuple) else answer
        if first is not DROP:
            text = first if first is not None else "250 2.0.0 taken"
            mail.reply = text[-1] if isinstance(text, list) else text
        self.say(answer, "250 2.0.0 taken")

    def on_rset(self, argument):
        self.has_mail = self.has_rcpt = False
        self.say(self.ask("RSET", argument), "250 2.0.0 ok")

    def on_quit(self, argument):
        self.say(self.ask("QUIT", argument), "221 2.0.0 bye")
        self.close()
