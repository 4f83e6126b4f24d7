"""mails.py - messages as octets: made for the tests, and taken apart without changing one"""
import itertools
import os
import pathlib
import re

TICKET = re.compile(r"\+([a-z2-7]{32})@")
_numbers = itertools.count(1)


def corpora(file):
    """The folder of the shared corpora that has this file: LISTD_CORPORA, or shared/corpora beside the sources; None: not there."""
    where = os.environ.get("LISTD_CORPORA")
    places = [pathlib.Path(where)] if where else [above / "shared" / "corpora" for above in pathlib.Path(__file__).resolve().parents]
    return next((place for place in places if (place / file).is_file()), None)


def crlf(text):
    octets = text if isinstance(text, bytes) else text.encode()
    return re.sub(rb"\r?\n", b"\r\n", octets)


def address_of(mailbox):
    return mailbox.rpartition("<")[2].rstrip(">")


def compose(author, to, subject="Hello", body="Hello all.\n", extra=(), **fields):
    """A plain post. `extra` are (name, value) pairs on top, `fields` replace the usual ones: message_id=..., None drops."""
    header = {"Date": "Tue, 24 Nov 2026 06:23:01 +0900", "From": author, "To": to, "Subject": subject,
              "Message-ID": f"<{next(_numbers)}.post@{address_of(author).rpartition('@')[2]}>"}
    header.update({name.replace("_", "-"): value for name, value in fields.items()})
    by_lower = {}
    for name, value in header.items():  # message_id=... replaces Message-ID
        key = next((known for known in by_lower if known.lower() == name.lower()), name)
        by_lower[key] = value
    lines = list(extra) + [pair for pair in by_lower.items() if pair[1] is not None]
    head = b"".join(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()) + b"\n"
                    for name, value in lines)
    return crlf(head) + b"\r\n" + crlf(body)


class Mail:
    """A message: its fields as (name, unfolded value), and its body."""

    def __init__(self, octets):
        head, _, self.body = octets.partition(b"\r\n\r\n")
        unfolded = re.sub(rb"\r\n(?=[ \t])", b"", head).decode("utf-8", "surrogateescape")
        self.fields = [(name, value.strip()) for name, _, value in
                       (line.partition(":") for line in unfolded.split("\r\n"))]

    def all(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def get(self, name):
        """The value of a field that stands once; None when there is none."""
        values = self.all(name)
        assert len(values) < 2, f"{name} stands {len(values)} times"
        return values[0] if values else None

    @property
    def names(self):
        return {name.lower() for name, _ in self.fields}


def tickets(text):
    """The tickets in a text, each once, in order."""
    return list(dict.fromkeys(TICKET.findall(text)))


def without_tickets(octets):
    return re.sub(rb"\+[a-z2-7]{32}@", b"+TICKET@", octets)
