"""test_refresh.py - lists that others keep are fetched anew by themselves, and a web server that fails takes nothing away"""
import contextlib
import threading
import time

import pytest

from lab import List
from mails import compose
from wait import wait_for
from web import Answer, Web

OFTEN = {"fetch": {"refresh": "1s"}}


@pytest.fixture
def web():
    with contextlib.closing(Web()) as web:
        yield web


def put(web, path, text, tag):
    web.answers[path] = Answer(text, headers={"ETag": f'"{tag}"'})


def denied(server):
    return {row["network"] for row in server.rows("deny", "ls", "drop")}


def test_networks_to_deny(make_server, web):
    """Renewed, asked for what has changed only, kept over a failure, and told once."""
    put(web, "/drop", "192.0.2.0/24 ; one\n", 1)
    server = make_server(OFTEN)
    server.listctl("deny", "import", "drop", web.url("/drop"))
    wait_for(lambda: len(web.asked) > 2, "the list to be asked for")
    assert all(headers["If-None-Match"] == '"1"' for _, headers in web.asked[1:])
    assert "refreshed" not in server.log()
    put(web, "/drop", "192.0.2.0/24 ; one\n198.51.100.0/24 ; two\n", 2)
    wait_for(lambda: denied(server) == {"192.0.2.0/24", "198.51.100.0/24"}, "the new list")
    assert "refreshed list=drop is=renewed" in server.log()

    for answer, why in ((Answer(status=500), "the server answered 500"), (Answer("<html>\nsorry\n</html>\n"), "3 of 3 lines are no networks")):
        web.answers["/drop"] = answer
        wait_for(lambda: f'refresh-failed list=drop error="{why}' in server.log(), lambda: f"a word of '{why}': {server.log()[-2000:]}")
        asked = len(web.asked)
        wait_for(lambda: len(web.asked) > asked + 2, "more tries")
        assert denied(server) == {"192.0.2.0/24", "198.51.100.0/24"}
    assert server.log().count("refresh-failed") == 2
    [row] = [row for row in server.json("deny", "review")["lists"] if row["list"] == "drop"]
    assert row["problem"]
    assert "cannot be refreshed: 1" in server.listctl("report", "show", "--site")

    put(web, "/drop", "192.0.2.0/24 ; one\n", 3)
    wait_for(lambda: denied(server) == {"192.0.2.0/24"}, "the list that is back")


def test_free_mail_domains(make_server, web):
    """Into the store by way of two roles: what they bring counts for the next post."""
    put(web, "/domains", "first.example\n", 1)
    server = make_server(OFTEN, start=False)
    server.listctl("freemail", "import", web.url("/domains"))
    server.start()
    ml = List(server, settings={"posting": "anyone", "freemail": "moderate"})
    put(web, "/domains", "second.example\n", 2)
    wait_for(lambda: server.json("freemail", "check", "second.example")["kind"] == "throw-away", "the new list")
    assert server.json("freemail", "check", "first.example")["kind"] is None
    ml.post("zoe@second.example", compose("zoe@second.example", ml.address))
    server.settle()
    assert len(ml.held()) == 1
    web.answers["/domains"] = Answer("<html>\n")
    [row] = wait_for(lambda: [row for row in server.json("freemail", "ls")["sources"] if row["problem"]], "a word of the page that is no list")
    assert row["source"] == "import" and "is no domain" in row["problem"]
    assert server.json("freemail", "check", "second.example")["kind"] == "throw-away"
    assert "cannot be refreshed: 1" in server.listctl("report", "show", "--site")


def test_silent_web_server(make_server, web):
    """It is left at SIGTERM, and costs the others nothing but time."""
    put(web, "/drop", "192.0.2.0/24\n", 1)
    server = make_server(OFTEN)
    server.listctl("deny", "import", "drop", web.url("/drop"))
    never = threading.Event()
    web.answers["/drop"] = Answer("", waits=never)
    asked = len(web.asked)
    wait_for(lambda: len(web.asked) > asked, "a question")
    start = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - start < 20
    never.set()
    server.start()


def test_no_role_for_nothing(make_server):
    """Without mailboxes and with refresh off there is no such process."""
    server = make_server()
    assert "fetch" not in server.roles()
    server.configure(fetch={"refresh": "1d"})
    server.reload()
    wait_for(lambda: "fetch" in server.roles(), "the role")
