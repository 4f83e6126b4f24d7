"""people.py - people with a mailbox: they write to listd, read what it writes to them, and answer that"""
import email
import email.policy
import itertools
import re

from mails import compose

LINK = re.compile(r"mailto:([^\s<>]+)")
_numbers = itertools.count(1)


class Letter:
    """A mail of listd to one person."""

    def __init__(self, copy):
        self.copy = copy
        self.mail = email.message_from_bytes(copy.data, policy=email.policy.default)
        self.subject = self.mail["Subject"]
        self.text = self.mail.get_body(("plain",)).get_content()
        self.reply_to = str(self.mail["Reply-To"])

    def link(self, word):
        """The address that stands on the line that begins with this word; "" for the first link of all."""
        for line in self.text.splitlines():
            if line.strip().startswith(word) and LINK.search(line):
                return LINK.search(line)[1]
        raise AssertionError(f"no link '{word}' in {self.text}")

    @property
    def never(self):
        return LINK.findall(self.text)[-1]


class Person:
    def __init__(self, server, address=None):
        self.server = server
        self.address = address or f"person{next(_numbers)}@home.example"
        self.read = 0

    def write(self, to, subject="", body="", **fields):
        """Sends a mail and waits until all that it causes was sent."""
        self.send(to, subject, body, **fields)
        self.server.settle()

    def send(self, to, subject="", body="", **fields):
        self.server.post_ok(self.address, to, compose(f"Some Body <{self.address}>", to, subject=subject, body=body, **fields))

    def letters(self):
        """What came since the last call."""
        copies = self.server.sink.to(self.address)
        new, self.read = copies[self.read:], len(copies)
        return [Letter(copy) for copy in new]

    def letter(self):
        letters = self.letters()
        assert len(letters) == 1, [(letter.subject, letter.text) for letter in letters]
        return letters[0]

    def reply(self, letter, text=""):
        """Answers as a mail program does: above a quotation."""
        quoted = "".join(f"> {line}\n" for line in letter.text.splitlines())
        self.write(letter.reply_to, f"Re: {letter.subject}", f"{text}\n\nOn Thu, 26 Nov 2026, somebody wrote:\n{quoted}")


def template(server, name, lang="en"):
    """What the subject of a letter made from a template begins with."""
    text = server.json("template", "show", name, "--lang", lang)["text"]
    return re.split(r"\$\{who\}", text.splitlines()[0].removeprefix("Subject: ").replace("${title}", "The Title"))[0]
