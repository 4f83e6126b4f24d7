"""test_digest.py - members' digests end to end: asked for by mail, once a day, parsed by another library (A9)"""
import contextlib
import email
import email.policy
import sqlite3

import pytest

from lab import List
from mails import compose
from people import Person

TEXT = ".\n..\n--\nFrom here on\n------------------------------\nthe end\n"


@pytest.fixture
def posting(make_server):
    server = make_server()
    ml = List(server)
    server.restart()  # handle looks once a minute: it has seen the list now
    return server, ml


def ask_for(server, ml, member, words):
    person = Person(server, member)
    person.write(ml.door("request"), words)
    person.reply(person.letters()[-1], "yes")
    server.settle()
    person.letters()


def next_day(server, table="digest"):
    """As if the last digest had gone out a day earlier; the server is started anew."""
    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(server.data / "listd.db", isolation_level=None)) as store:
        store.execute(f"UPDATE {table} SET day = day - 1")
    server.start()
    server.settle()


def read(copy):
    return email.message_from_bytes(copy.data, policy=email.policy.default)


@pytest.mark.parametrize("words, form", [("digest", "multipart/mixed"), ("digest plain", "text/plain")])
def test_digest_of_a_day(posting, words, form):
    """Who asked for digests gets none of the posts, and all of them the day after, each once; the others are not touched by it."""
    server, ml = posting
    anna, ben, carla = ml.members
    ask_for(server, ml, ben, words)
    before = len(server.sink.to(ben))
    for number, charset, body in ((1, "us-ascii", TEXT), (2, "utf-8", "日本語のテスト\n")):
        ml.post(anna, compose(anna, ml.address, subject=f"topic {number}", body=body, mime_version="1.0", message_id=f"<{number}@d.example>",
                              content_type=f"text/plain; charset={charset}"))
    server.sink.wait_to(anna, carla, count=2)
    server.settle()
    assert len(server.sink.to(ben)) == before
    next_day(server)
    server.sink.wait_to(ben, count=before + 1)
    copy = server.sink.to(ben)[-1]
    mail = read(copy)
    assert mail["Subject"] == f"[{ml.name}] Digest 1: 2 posts" and mail.get_content_type() == form
    assert mail["To"] == ml.address and mail["List-Unsubscribe"] and ben not in copy.data.decode("utf-8", "replace")
    if form == "text/plain":
        text = mail.get_content().replace("\r\n", "\n")
        assert text.startswith(f"The Title <{ml.address}>, digest 1\n") and text.rstrip().endswith(f"to {ml.door('request')}.")
        assert text.index("topic 1") < text.index("topic 2") and "日本語のテスト" in text and "\n ------------------------------\n" in text
    else:
        banner, digest, _ = mail.iter_parts()
        assert "topic 1" in banner.get_content() and digest.get_content_type() == "multipart/digest"
        posts = [part.get_content() for part in digest.iter_parts()]
        assert [post["Subject"].split("] ")[1] for post in posts] == ["topic 1", "topic 2"]
        assert posts[0].get_content().replace("\r\n", "\n").startswith(".\n..\n--\nFrom here on\n") and "日本語のテスト" in posts[1].get_content()
    next_day(server)
    assert len(server.sink.to(ben)) == before + 1 and len(server.sink.to(anna)) == 2


def test_past_posts(posting):
    """index and get: to a member's own mailbox, after its answer; strangers learn nothing; what is not kept is told."""
    server, ml = posting
    anna, ben, _ = ml.members
    for number in (1, 2, 3):
        ml.post(anna, compose(anna, ml.address, subject=f"topic {number}", message_id=f"<{number}@g.example>"))
    server.sink.wait_to(anna, count=3)
    server.settle()
    person = Person(server, ben)
    person.letters()
    person.write(ml.door("request"), "index")
    person.reply(person.letters()[-1], "")
    server.settle()
    assert "topic 1" in person.letters()[-1].text
    person.write(ml.door("request"), "get 2-9")
    question = person.letters()[-1]
    assert "2-9" in question.text and "topic" not in question.text
    person.reply(question, "")
    server.settle()
    mail = read(server.sink.to(ben)[-1])
    assert mail["Subject"] == f"[{ml.name}] As you asked: 2 posts" and mail["List-Unsubscribe"]
    person.letters()
    person.write(ml.door("request"), "get 77")
    person.reply(person.letters()[-1], "")
    server.settle()
    assert "not kept" in person.letters()[-1].text
    zoe = Person(server, "zoe@elsewhere.example")
    zoe.write(ml.door("request"), "get 1-3")
    assert not any("topic" in copy.data.decode("utf-8", "replace") for copy in server.sink.to(zoe.address))


def test_killed_while_it_is_sent(posting):
    """handle and deliver are killed around the moment: the digest comes, and once."""
    server, ml = posting
    anna, ben, _ = ml.members
    server.listctl("member", "set", ml.address, ben, "digest", "mime")
    ml.post(anna, compose(anna, ml.address))
    server.sink.wait_to(anna)
    server.settle()
    before = len(server.sink.to(ben))
    next_day(server)
    server.kill("handle")
    server.kill("deliver")
    server.sink.wait_to(ben, count=before + 1)
    server.restart()
    server.settle()
    assert len(server.sink.to(ben)) == before + 1
