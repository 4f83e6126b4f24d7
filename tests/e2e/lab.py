"""lab.py - a list for one test, and its people"""
import itertools

from server import DOMAIN


class List:
    """A list of the test's own; its people have a domain of their own, so that copies are told apart."""
    _numbers = itertools.count(1)

    def __init__(self, server, sink, members=("anna", "ben", "carla"), owner=None, name=None, settings=None, kind=None):
        number = next(List._numbers)
        self.server, self.sink = server, sink
        self.name = name or f"l{number}"
        self.address = f"{self.name}@{DOMAIN}"
        self.people = f"people{number}.example"
        self.owner = owner or f"olga@{self.people}"
        self.members = [self.person(member) for member in members]
        server.listctl("list", "add", self.address, "--owner", self.owner, *(["--type", kind] if kind else []))
        for key, value in {"title": "The Title", "sender_proof": "none", **(settings or {})}.items():
            self.set(key, value)
        if self.members:
            server.listctl("member", "add", self.address, "--file", "-", stdin="".join(f"{m}\n" for m in self.members))

    def person(self, local):
        return f"{local}@{self.people}"

    @property
    def readers(self):
        return [*self.members, self.owner]

    def door(self, door, ticket=None):
        return f"{self.name}-{door}{f'+{ticket}' if ticket else ''}@{DOMAIN}"

    def set(self, key, value):
        self.server.listctl("list", "set", self.address, key, value)

    def post(self, author, message):
        self.server.post_ok(author, self.address, message)

    def copies(self, count=1):
        """The copies to all readers, once each has that many."""
        return self.sink.wait_to(*self.readers, count=count)

    def held(self, noun="held"):
        return [row for row in self.server.held(noun) if row["list"] == self.address]
