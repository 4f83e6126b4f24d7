"""test_trace.py - what listctl trace tells of posts and of copies, and where listctl check mail finds that mail sticks"""
import json
import re

from mails import compose
from server import DOMAIN
from sink import Rule, Script
from wait import wait_for


def story(server, ml, what):
    return server.json("trace", ml.address, what)


def words(rows):
    return [row["what"] for row in rows]


def test_post_and_its_copies(server, make_list, sink):
    """The whole way of a post, by its number and by its name in the log; whose copy was put off or refused, and what the relay said."""
    ml = make_list()
    anna, ben, carla = ml.members
    sink.refuse(ben, reply="550 5.1.1 no such mailbox here")
    sink.defer(carla)
    ml.post(anna, compose(anna, ml.address))
    wait_for(lambda: [row for row in server.rows("queue", "ls") if row["list"] == ml.address and row["deferred"] == 1], "a deferred copy")
    told = story(server, ml, 1)
    assert words(told["story"]) == ["received; it went to the door for: post", "accepted as post 1", "queued for the readers"]
    assert {row["address"] for row in told["troubles"]} == {ben, carla}
    [refused] = [row for row in told["troubles"] if row["address"] == ben]
    assert refused["answer"] == "refused: 550 5.1.1 no such mailbox here"
    server.listctl("queue", "flush")
    sink.wait_to(carla)
    server.settle()
    told = story(server, ml, told["story"][0]["msg"])
    assert words(told["story"])[-1] == "the relay has answered for all: 3 taken, 1 times put off, 1 refused"
    assert len(sink.to(carla)) == 1


def test_somebodys_posts_and_copies(server, make_list, sink):
    """By an address: the posts, held ones too, and each copy with the relay's answer; of a stranger the posts alone."""
    ml = make_list(settings={"posting": "moderated"})
    anna = ml.members[0]
    ml.post(anna, compose(anna, ml.address))
    wait_for(ml.held, "the held post")
    server.listctl("held", "accept", ml.held()[0]["id"])
    ml.copies()
    server.settle()
    told = story(server, ml, anna)
    assert told["is_member"] is True
    assert [re.sub(":.*", "", text) for text in words(told["posts"])] == ["held", "decided"]
    assert words(told["posts"])[1].endswith("it is post 1")
    [copy] = told["copies"]
    assert copy["number"] == 1 and copy["what"].startswith("the relay took it: 250 ")
    stranger = "someone@elsewhere.example"
    ml.set("posting", "members")
    ml.post(stranger, compose(stranger, ml.address))
    wait_for(ml.held, "the stranger's post")
    told = story(server, ml, stranger)
    assert told["is_member"] is False and "copies" not in told and words(told["posts"])[0].startswith("held: ")


def test_member_who_gets_no_copy(server, make_list):
    """A paused member is told apart from one whose copy was lost; who joined later is told of no earlier post."""
    ml = make_list()
    anna, ben, _ = ml.members
    server.listctl("member", "set", ml.address, ben, "state", "paused")
    ml.post(anna, compose(anna, ml.address))
    server.sink.wait_to(anna)
    server.settle()
    [copy] = story(server, ml, ben)["copies"]
    assert copy["what"].startswith("none was sent: ")


def test_what_is_not_known(server, make_list):
    ml = make_list()
    for what, status in (("99", 1), ("nobody@elsewhere.example", 1), ("aaaaaaaaaaaa", 1), ("what?", 2)):
        done = server.listctl("trace", ml.address, what, check=False)
        assert done.returncode == status and what in done.stderr, (what, done.stderr)


def test_it_is_in_the_audit_log(server, make_list):
    ml = make_list()
    server.listctl("trace", ml.address, ml.owner)
    last = (server.data / "audit.log").read_text().splitlines()[-1]
    assert 'command="trace"' in last and f"list={ml.address}" in last and ml.owner not in last


def test_nothing_of_another_list(server, make_list):
    """A message to two lists has one name in the log; each list tells its own part."""
    one, two = make_list(), make_list()
    anna = one.members[0]
    with server.smtp() as client:
        client.post(anna, [one.address, two.address], compose(anna, f"{one.address}, {two.address}"))
    one.copies()
    server.settle()
    log_id = story(server, one, 1)["story"][0]["msg"]
    assert "accepted as post 1" in words(story(server, one, log_id)["story"])
    told = words(story(server, two, log_id)["story"])
    assert not any("accepted" in text for text in told) and any(text.startswith("held: ") for text in told)


# --- check mail -----------------------------------------------------------------------------------------


def check_mail(server, *more):
    done = server.listctl("--json", "check", "mail", *more, check=False)
    return done.returncode, json.loads(done.stdout)


def test_mail_that_does_not_come_back(make_server):
    server = make_server()
    status, told = check_mail(server, "--for", "2s")
    assert status == 1 and "it stuck behind the relay" in told["error"]["text"]
    assert [row["hop"] for row in told["hops"]] == ["queue", "relay"]


def test_mail_that_the_relay_refuses(make_server):
    class Nobody(Script):
        def take(self, rcpt, stage):
            return Rule(stage, 1, "554 5.7.1 we do not relay for you") if stage == "rcpt" else None

    server = make_server()
    server.sink.script = Nobody()
    status, told = check_mail(server, "--for", "20s")
    assert status == 1 and "it stuck at the relay" in told["error"]["text"]
    assert told["hops"][-1]["what"] == "554 5.7.1 we do not relay for you"


def test_mail_without_a_relay(make_server):
    server = make_server()
    server.sink.vanish()
    status, told = check_mail(server, "--for", "2s")
    assert status == 1 and "it stuck before the relay" in told["error"]["text"]
    assert server.rows("queue", "ls") == []


def test_mail_without_a_server(make_server):
    server = make_server()
    assert server.stop() == 0
    status, told = check_mail(server, "--for", "1s")
    assert status == 1 and "listd does not run" in told["error"]["text"]
    server.start()


def test_forged_probe(server):
    """Nobody else can make a mail that counts as come back."""
    stranger, forged = "someone@elsewhere.example", f"bounce+{'a' * 32}@{DOMAIN}"
    server.post_ok(stranger, forged, compose(stranger, forged))
    server.settle()
    assert "ticket=invalid" in server.log() and "probe-back" not in server.log()
