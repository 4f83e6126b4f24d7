"""lab.py - a server with a sink behind it, and lists with their people on it"""
import contextlib
import itertools
import re

from server import DOMAIN, Server
from sink import Sink

CRASH = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|CRITICAL \*\*|WARNING \*\*|assertion")


def check_health(server):
    """Whatever a test did: the log tells of no crash, and the relay has seen no fault of protocol."""
    crash = CRASH.search(server.log())
    assert not crash, server.log()[crash.start():][:4000]
    assert server.sink.faults == []


@contextlib.contextmanager
def lab_server(settings=None, sink=None, start=True):
    """A server with a sink as its relay: `server.sink`. start=False leaves the start to the test."""
    sink = sink or Sink()
    with contextlib.closing(sink), contextlib.closing(Server(sink.address, settings)) as server:
        server.sink = sink
        server.init()
        if start:
            server.start()
        yield server
        check_health(server)


class List:
    """A list of the test's own; its people have a domain of their own, so that copies are told apart."""
    _numbers = itertools.count(1)

    def __init__(self, server, members=("anna", "ben", "carla"), owner=None, name=None, settings=None, kind=None):
        number = next(List._numbers)
        self.server, self.sink = server, server.sink
        self.name = name or f"l{number}"
        self.address = f"{self.name}@{DOMAIN}"
        self.people = f"people{number}.example"
        self.owner = owner or f"olga@{self.people}"
        self.members = [self.person(member) for member in members]
        server.listctl("list", "add", self.address, "--owner", self.owner, "--title", "The Title", "--report", "off",
                       *(["--type", kind] if kind else []))
        for key, value in {"sender_proof": "none", "held_notice": "off", **(settings or {})}.items():
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
