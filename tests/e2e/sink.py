"""sink.py - the relay of the tests: an SMTP server that does what it is told and remembers every octet

A Sink listens on loopback, in a thread of its own. What it does to a recipient is scripted beforehand; what it took
stands in `copies`, in order. It is our own, not aiosmtpd's, because its octets are what is tested: it keeps them
exactly, takes thousands of messages a second, answers BDAT, and can vanish in the middle of a transaction.
"""
import asyncio
import re
import threading
from dataclasses import dataclass, field

from ports import free_port
from wait import PATIENCE, wait_for

FOREVER = float("inf")
LINE_MAX = 1000  # RFC 5321 4.5.3.1.6
PATH = re.compile(rb"^(MAIL FROM|RCPT TO):<([^<>\x00-\x20\x7f]*)>(?: (.*))?$", re.IGNORECASE)


@dataclass(frozen=True)
class Copy:
    """What one recipient got: the envelope as it was said, and the octets of the message with dots unstuffed."""
    mail_from: str
    mail_parameters: str
    rcpt: str
    rcpt_parameters: str
    data: bytes
    session: int
    together: int  # recipients of this transaction


@dataclass
class Rule:
    """What happens to a recipient, `left` times: an answer of its own, a pause, or the end of the connection."""
    stage: str  # "rcpt" or "data"
    left: float
    reply: str = ""
    seconds: float = 0
    drop: bool = False


class Script:
    """The rules, by recipient."""

    def __init__(self):
        self.rules = {}

    def add(self, rcpt, rule):
        self.rules.setdefault(rcpt, []).append(rule)

    def take(self, rcpt, stage):
        for rule in self.rules.get(rcpt, ()):
            if rule.stage == stage and rule.left > 0:
                rule.left -= 1
                return rule
        return None


def faults_of(data):
    """What no SMTP client may send (leaks X7, X8; RFC 5321 2.3.8, 4.5.3.1.6)."""
    pairs = data.count(b"\r\n")
    if data.count(b"\n") != pairs:
        yield "bare LF"
    if data.count(b"\r") != pairs:
        yield "bare CR"
    if b"\0" in data:
        yield "NUL"
    if max(map(len, data.split(b"\r\n"))) > LINE_MAX - 2:
        yield "line too long"


class _Session(asyncio.Protocol):
    """One connection. Input is taken a step at a time, so that a pause holds back what was pipelined behind it."""

    def __init__(self, sink):
        self.sink = sink
        self.buffer = bytearray()
        self.busy = False
        self.step = self._line
        self._reset()

    def _reset(self):
        self.mail_from = None
        self.rcpts = []
        self.chunks = b""
        self.searched = 0

    def connection_made(self, transport):
        self.transport = transport
        self.number = self.sink._opened(self)
        self._say("220 sink.example ESMTP")

    def connection_lost(self, _error):
        self.sink._closed(self)

    def data_received(self, data):
        self.buffer += data
        self._run()

    def _run(self):
        while not self.busy and not self.transport.is_closing() and self.step():
            pass

    def _say(self, reply):
        self.transport.write(reply.encode() + b"\r\n")

    def _line(self):
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        verb = line.split(b" ", 1)[0].upper().decode("ascii", "replace")
        getattr(self, f"_do_{verb.lower()}", self._unknown)(line)
        return True

    def _unknown(self, line):
        self.sink.faults.append(f"unknown command {line[:80]!r}")
        self._say("500 what?")

    def _do_ehlo(self, line):
        self.sink.hellos.add(line.decode("ascii", "replace").split()[-1])
        extensions = self.sink.extensions
        for number, word in enumerate(extensions, 1):
            self._say(f"250{' ' if number == len(extensions) else '-'}{word}")

    def _do_helo(self, line):
        self.sink.hellos.add(line.decode("ascii", "replace").split()[-1])
        self._say("250 sink.example")

    def _do_noop(self, _line):
        self._say("250 fine")

    def _do_rset(self, _line):
        self._reset()
        self._say("250 fine")

    def _do_quit(self, _line):
        self._say("221 bye")
        self.transport.close()

    def _path(self, line):
        match = PATH.match(line)
        if match:
            return match[2].decode("utf-8", "surrogateescape"), (match[3] or b"").decode("utf-8", "surrogateescape")
        self.sink.faults.append(f"bad path in {line[:200]!r}")
        self._say("501 bad path")
        return None

    def _do_mail(self, line):
        path = self._path(line)
        if path:
            self._reset()
            self.mail_from = path
            self._say("250 fine")

    def _do_rcpt(self, line):
        path = self._path(line)
        if not path:
            return
        rule = self.sink.script.take(path[0], "rcpt")
        if rule:
            self._refuse(rule)
        else:
            self.rcpts.append(path)
            self._say("250 fine")

    def _refuse(self, rule):
        if rule.drop:
            self.transport.abort()
        else:
            self._say(rule.reply)

    def _do_data(self, _line):
        if not self.rcpts:
            self._say("503 no recipients")
            return
        self.step = self._data
        self._say("354 go on")

    def _data(self):
        # The message may be empty: its end then has no CRLF before the dot but the command line's.
        if self.buffer.startswith(b".\r\n"):
            end, skip = 0, 3
        else:
            end = self.buffer.find(b"\r\n.\r\n", self.searched)
            if end < 0:
                self.searched = max(0, len(self.buffer) - 4)
                return False
            end, skip = end + 2, 3
        message = bytes(self.buffer[:end])
        del self.buffer[: end + skip]
        self.step = self._line
        self._finish(self._unstuff(message))
        return True

    @staticmethod
    def _unstuff(message):
        if message.startswith(b"."):
            message = message[1:]
        return message.replace(b"\r\n.", b"\r\n")

    def _do_bdat(self, line):
        words = line.split()
        self.wanted, self.last = int(words[1]), len(words) > 2
        self.step = self._chunk

    def _chunk(self):
        if len(self.buffer) < self.wanted:
            return False
        self.chunks += bytes(self.buffer[: self.wanted])
        del self.buffer[: self.wanted]
        self.step = self._line
        if not self.rcpts:
            self._say("503 no recipients")
        elif self.last:
            self._finish(self.chunks)
        else:
            self._say("250 fine")
        return True

    def _finish(self, message):
        rules = [rule for rule in (self.sink.script.take(rcpt, "data") for rcpt, _ in self.rcpts) if rule]
        rule = rules[0] if rules else None
        if rule and rule.seconds:
            self.busy = True
            self.sink.loop.call_later(rule.seconds, self._resume, message)
        elif rule:
            self._refuse(rule)
            self._reset()
        else:
            self._take(message)

    def _resume(self, message):
        self.busy = False
        if not self.transport.is_closing():
            self._take(message)
            self._run()

    def _take(self, message):
        self.sink._took(self, message)
        self._reset()
        self._say("250 fine")


@dataclass
class Sink:
    """`copies` grows only; read it at any time. `faults` must stay empty."""
    extensions: tuple = ("sink.example", "PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES", "SIZE 0")
    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    copies: list = field(default_factory=list)
    faults: list = field(default_factory=list)
    script: Script = field(default_factory=Script)
    hellos: set = field(default_factory=set)  # what clients call themselves
    sessions: int = 0
    on_copy: object = None  # called in the sink's thread

    def __post_init__(self):
        self.loop = asyncio.new_event_loop()
        self.open_sessions = set()
        self.listener = None
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.listen()

    @property
    def address(self):
        return f"{self.host}:{self.port}"

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(PATIENCE)

    def listen(self):
        """Begins to listen, or begins again, on the same port."""
        async def begin():
            self.listener = await self.loop.create_server(lambda: _Session(self), self.host, self.port)
        self._call(begin())

    def vanish(self):
        """Stops to listen and breaks what is open; listen() comes back."""
        async def end():
            self.listener.close()
            for session in list(self.open_sessions):
                session.transport.abort()
            await self.listener.wait_closed()
        self._call(end())

    def close(self):
        if self.loop.is_closed():
            return
        self.vanish()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(PATIENCE)
        self.loop.close()

    # --- the script ---------------------------------------------------------

    def refuse(self, rcpt, times=FOREVER, stage="rcpt", reply="550 5.1.1 no such user"):
        self.script.add(rcpt, Rule(stage, times, reply))

    def defer(self, rcpt, times=1, stage="rcpt", reply="451 4.3.0 later"):
        self.script.add(rcpt, Rule(stage, times, reply))

    def drop(self, rcpt, times=1, stage="data"):
        self.script.add(rcpt, Rule(stage, times, drop=True))

    def slow(self, rcpt, seconds, times=FOREVER):
        self.script.add(rcpt, Rule("data", times, seconds=seconds))

    # --- what was seen ------------------------------------------------------

    def _opened(self, session):
        self.open_sessions.add(session)
        self.sessions += 1
        return self.sessions

    def _closed(self, session):
        self.open_sessions.discard(session)

    def _took(self, session, message):
        self.faults += [f"{fault} in a message to {session.rcpts[0][0]}" for fault in faults_of(message)]
        for rcpt in session.rcpts:
            copy = Copy(*session.mail_from, *rcpt, message, session.number, len(session.rcpts))
            self.copies.append(copy)
            if self.on_copy:
                self.on_copy(copy)

    def to(self, *rcpts):
        return [copy for copy in list(self.copies) if copy.rcpt in rcpts]

    def wait_to(self, *rcpts, count=1):
        """The copies to these recipients, as soon as each has at least `count`: in the order of `rcpts`."""
        def have():
            by_rcpt = {rcpt: self.to(rcpt) for rcpt in rcpts}
            enough = all(len(copies) >= count for copies in by_rcpt.values())
            return [copy for copies in by_rcpt.values() for copy in copies] if enough else None
        return wait_for(have, lambda: f"{count} copies to each of {rcpts}; have {[c.rcpt for c in self.copies]}")
