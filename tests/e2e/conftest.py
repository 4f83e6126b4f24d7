"""conftest.py - what the tests are given: a sink, a running server, and lists on it

Most tests share one server, each with a list and people of its own; a test that stops, starves or configures a server
makes one for itself with `make_server`. Whatever a test did, at its end the relay must have seen no protocol fault and
the log must tell of no crash.
"""
import re

import pytest

from lab import List
from server import LISTCTL, LISTD, Server
from sink import Sink

CRASH = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error:|GLib-CRITICAL|GLib-WARNING|CRITICAL \*\*")


def pytest_report_header(config):
    return f"listd: {LISTD}, listctl: {LISTCTL}"


@pytest.fixture
def make_sink():
    """A maker of sinks that are closed, and asked for faults, at the end."""
    made = []

    def make(**settings):
        made.append(Sink(**settings))
        return made[-1]
    yield make
    for sink in made:
        sink.close()
    assert [fault for sink in made for fault in sink.faults] == []


@pytest.fixture
def make_server(make_sink):
    """A maker of servers, with a sink each; start=False leaves the start to the test."""
    made = []

    def make(settings=None, sink=None, start=True):
        sink = sink or make_sink()
        server = Server(sink.address, settings)
        server.sink = sink
        made.append(server)
        server.init()
        return server.start() if start else server
    yield make
    for server in made:
        log = server.log()
        server.close()
        assert not CRASH.search(log), CRASH.search(log)


@pytest.fixture(scope="session")
def shared_sink():
    sink = Sink()
    yield sink
    sink.close()


@pytest.fixture(scope="session")
def shared_server(shared_sink):
    server = Server(shared_sink.address).init().start()
    yield server
    server.close()


@pytest.fixture
def sink(shared_sink):
    yield shared_sink
    assert shared_sink.faults == []


@pytest.fixture
def server(shared_server):
    yield shared_server
    assert shared_server.is_running(), shared_server.log()[-4000:]
    assert not CRASH.search(shared_server.log())


@pytest.fixture
def make_list(server, sink):
    """A maker of lists on the shared server."""
    return lambda **settings: List(server, sink, **settings)
