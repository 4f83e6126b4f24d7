"""conftest.py - what the tests are given: a running server with a sink behind it, and lists on it

Most tests share one server, each with a list and people of its own; a test that stops, starves or configures a server
makes one for itself with `make_server`.
"""
import contextlib

import pytest

from disk import Disk
from lab import List, check_health, lab_server
from server import LISTCTL, LISTD
from sink import Sink


def pytest_report_header(config):
    return f"listd: {LISTD}, listctl: {LISTCTL}"


@pytest.fixture
def make_server():
    """A maker of servers of the test's own: what lab_server() takes."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **settings: stack.enter_context(lab_server(*arguments, **settings))


@pytest.fixture
def disk():
    """To be named before what works on it, so that it is taken away last."""
    with contextlib.closing(Disk()) as disk:
        yield disk


@pytest.fixture
def make_sink():
    with contextlib.ExitStack() as stack:
        yield lambda **settings: stack.enter_context(contextlib.closing(Sink(**settings)))


@pytest.fixture(scope="session")
def shared_server():
    with lab_server() as server:
        yield server


@pytest.fixture
def server(shared_server):
    yield shared_server
    assert shared_server.is_running(), shared_server.log()[-4000:]
    check_health(shared_server)


@pytest.fixture
def sink(server):
    return server.sink


@pytest.fixture
def make_list(server):
    """A maker of lists on the shared server."""
    return lambda **settings: List(server, **settings)
