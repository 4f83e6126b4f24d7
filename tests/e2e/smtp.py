"""smtp.py - the client of the tests: says lines and keeps every octet that comes back"""
import socket

from wait import PATIENCE


class Closed(ConnectionError):
    """The server ended the connection where an answer was due."""


def stuffed(message):
    """A message as DATA carries it: dots doubled, the end marked."""
    message = message.replace(b"\r\n.", b"\r\n..")
    message = b"." + message if message.startswith(b".") else message
    return message + (b"" if message.endswith(b"\r\n") or not message else b"\r\n") + b".\r\n"


class Client:
    """An SMTP or LMTP session over TCP (host, port) or a unix socket (path); all of 127.0.0.0/8 can be its source."""

    def __init__(self, where, hello="EHLO client.example", timeout=PATIENCE, source=None):
        self.is_lmtp = hello.upper().startswith("LHLO")
        self.socket = socket.socket(socket.AF_UNIX if isinstance(where, str) else socket.AF_INET)
        self.socket.settimeout(timeout)
        if source:
            self.socket.bind((source, 0))
        self.socket.connect(where)
        self.buffer = b""
        self.heard = b""  # every octet of every answer
        self.greeting = self.answer()
        if hello:
            self.extensions = self.say(hello)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, octets):
        self.socket.sendall(octets)

    def _line(self):
        while b"\n" not in self.buffer:
            more = self.socket.recv(65536)
            if not more:
                raise Closed(f"connection closed; had heard {self.heard[-200:]!r}")
            self.buffer += more
        line, _, self.buffer = self.buffer.partition(b"\n")
        self.heard += line + b"\n"
        return line + b"\n"

    def answer(self):
        """One whole answer, its last line after all others."""
        lines = [self._line()]
        while lines[-1][3:4] == b"-":
            lines.append(self._line())
        return b"".join(lines)

    def say(self, line):
        self.send((line if isinstance(line, bytes) else line.encode()) + b"\r\n")
        return self.answer()

    def ends(self):
        """Whether the server closes the connection now, without another word."""
        return self.buffer == b"" and self.socket.recv(1) == b""

    def envelope(self, mail_from, *rcpts, parameters=""):
        """Says MAIL and RCPT; the answers."""
        answers = [self.say(f"MAIL FROM:<{mail_from}>{parameters}")]
        return answers + [self.say(f"RCPT TO:<{rcpt}>") for rcpt in rcpts]

    def data(self, message, answers=1):
        """Says DATA and, when asked to go on, the message; the last answers."""
        go_on = self.say("DATA")
        if not go_on.startswith(b"354"):
            return [go_on]
        self.send(stuffed(message))
        return [self.answer() for _ in range(answers)]

    def post(self, mail_from, rcpts, message):
        """A whole transaction, pipelined as little as can be: the answers to what ended it."""
        parameters = "" if "".join([mail_from, *rcpts]).isascii() else " SMTPUTF8"
        taken = [answer for answer in self.envelope(mail_from, *rcpts, parameters=parameters)[1:] if answer.startswith(b"250")]
        return self.data(message, len(taken) if self.is_lmtp else 1)
