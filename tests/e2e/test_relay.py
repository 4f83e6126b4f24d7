"""test_relay.py - when the relay refuses, defers, breaks off, is slow or is not there: nothing is lost"""
import re

from lab import List
from mails import Mail, compose
from wait import wait_for


def queue(server):
    return server.rows("queue", "ls")


def waits(server, count):
    """Until that many copies were put off."""
    wait_for(lambda: sum(row["deferred"] for row in queue(server)) == count,
             lambda: f"{count} deferred copies: {queue(server)}; the log: {server.log()[-3000:]}")


def flush_until(server, sink, rcpt, count=1):
    """Makes what was put off due, until the copy is there."""
    def there():
        server.listctl("queue", "flush")
        return len(sink.to(rcpt)) >= count
    wait_for(there, lambda: f"a copy to {rcpt}: {queue(server)}; the log: {server.log()[-3000:]}")


def post(ml):
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))


def test_relay_away_at_the_start(make_server):
    """The post is accepted while the relay is away, waits, and goes out when it comes."""
    server = make_server(start=False)
    server.sink.vanish()
    server.start()
    ml = List(server)
    post(ml)
    wait_for(lambda: queue(server), "the post in the queue")
    [row] = queue(server)
    assert row["waiting"] + row["deferred"] == len(ml.readers)
    relay = wait_for(lambda: (told := server.json("status")["relay"])["state"] == "away" and told, "a relay that is away")
    assert relay["since"] < relay["next_try"] and relay["why"]
    assert relay["why"] == server.json("queue", "show", row["id"])["relay_away"]
    server.sink.listen()
    ml.copies()
    server.settle()
    assert server.json("status")["relay"]["state"] == "there"
    assert len(server.sink.copies) == len(ml.readers)


def test_relay_that_goes_and_comes(make_server):
    """A relay that breaks all connections in the middle of a post: every reader gets it, few get it twice."""
    server = make_server()
    ml = List(server, members=[f"m{n}" for n in range(200)] + ["anna"])
    half = len(ml.readers) // 2

    def leave_at_half(_copy):
        if len(server.sink.copies) == half:
            server.sink.loop.call_soon(server.sink.listener.close)
            for session in list(server.sink.open_sessions):
                session.transport.abort()
    server.sink.on_copy = leave_at_half
    post(ml)
    wait_for(lambda: len(server.sink.copies) >= half, "half of the copies")
    wait_for(lambda: not server.sink.open_sessions, "broken connections")
    server.sink.on_copy = None
    server.sink.listen()
    wait_for(lambda: not any(row["waiting"] for row in queue(server)), "the copies that were not in flight")
    server.listctl("queue", "flush")
    ml.copies()
    server.settle()
    assert len(server.sink.copies) - len(ml.readers) <= 4  # what was in flight in 4 sessions


def test_refused_recipient_is_recorded(make_list, sink, server):
    """5xx: recorded at the member with code and text, not tried again; the others have their copies."""
    ml = make_list()
    ben = ml.person("ben")
    sink.refuse(ben, reply="550 5.1.1 no mailbox here")
    post(ml)
    sink.wait_to(ml.person("anna"), ml.person("carla"), ml.owner)
    server.settle()
    member = server.json("member", "show", ml.address, ben)
    assert member["failures"] == 1 and member["failed_code"] == 550 and "no mailbox here" in member["failed_text"]
    assert server.json("member", "show", ml.address, ml.person("anna"))["failures"] == 0
    assert sink.to(ben) == []


def test_refused_after_data_is_recorded(make_list, sink, server):
    """554 to the message itself counts as a failure of that copy only."""
    ml = make_list()
    sink.refuse(ml.person("ben"), stage="data", reply="554 5.6.0 not this one")
    post(ml)
    sink.wait_to(ml.person("anna"), ml.person("carla"), ml.owner)
    server.settle()
    assert server.json("member", "show", ml.address, ml.person("ben"))["failed_code"] == 554


def test_deferred_recipient_is_tried_again(make_list, sink, server):
    """4xx at RCPT and after DATA: tried again until it passes; the others are not disturbed, no one gets it twice."""
    ml = make_list()
    ben, carla = ml.person("ben"), ml.person("carla")
    sink.defer(ben, times=2)
    sink.defer(carla, times=2, stage="data")
    post(ml)
    sink.wait_to(ml.person("anna"), ml.owner)
    waits(server, 2)
    flush_until(server, sink, ben)
    flush_until(server, sink, carla)
    server.settle()
    assert len(sink.to(*ml.readers)) == len(ml.readers)
    assert server.json("member", "show", ml.address, ben)["failures"] == 0


def test_dropped_connection_is_tried_again(make_list, sink, server):
    """The relay vanishes where the answer to DATA is due: unknown, so tried again (libESMTP reports success there)."""
    ml = make_list()
    sink.drop(ml.person("ben"), times=1)
    sink.drop(ml.person("carla"), times=1, stage="rcpt")
    post(ml)
    flush_until(server, sink, ml.person("ben"))
    flush_until(server, sink, ml.person("carla"))
    ml.copies()
    server.settle()
    assert server.json("member", "show", ml.address, ml.person("ben"))["failures"] == 0


def test_queue_names_what_waits(make_list, sink, server):
    """`listctl queue ls` tells list, number and how many wait."""
    ml = make_list()
    sink.defer(ml.person("ben"), times=1000)
    post(ml)
    waits(server, 1)
    [row] = queue(server)
    assert row["list"] == ml.address and row["number"] == 1 and row["deferred"] == 1
    [waits_for] = server.json("queue", "show", row["id"])["waits"]
    assert (waits_for["domain"], waits_for["readers"], waits_for["tries"]) == (ml.people, 1, 1)
    assert waits_for["why"].startswith("4") and waits_for["since"] < waits_for["next_try"]
    sink.script.rules.clear()
    flush_until(server, sink, ml.person("ben"))
    server.settle()


def test_slow_recipient_holds_up_one_session(make_list, sink, server):
    """A10 in small: while one copy is slow, another list's post passes."""
    slow, other = make_list(members=["anna"]), make_list()
    sink.slow(slow.person("anna"), 5, times=1)
    post(slow)
    wait_for(lambda: sink.open_sessions, "a session")
    post(other)
    other.copies()
    assert sink.to(slow.person("anna")) == []
    slow.copies()


def test_chunking_relay_gets_the_same_octets(make_server, make_sink):
    """RFC 3030: a relay that offers CHUNKING gets what others get by DATA, octet for octet."""
    offers = ("sink.example", "PIPELINING", "8BITMIME", "CHUNKING", "SIZE 0")
    bodies = []
    for sink in (make_sink(extensions=offers), make_sink()):
        server = make_server(sink=sink)
        ml = List(server, name="same", owner="olga@people.example", members=[])
        message = compose(ml.owner, ml.address, body=".\n..\n.dots\nend\n", message_id="<one@id.example>")
        ml.post(ml.owner, message)
        bodies.append(re.sub(rb"(?m)^(Message-ID|List-Unsubscribe):.*\r\n", b"", ml.copies()[0].data))
        assert b"\r\n.\r\n..\r\n.dots\r\nend\r\n" in bodies[-1]
    assert bodies[0] == bodies[1]


def test_message_id_is_the_same_after_a_retry(make_list, sink, server):
    """A copy that was tried again is the copy of the first time, but for its ticket."""
    ml = make_list()
    sink.drop(ml.person("ben"), times=2)
    post(ml)
    flush_until(server, sink, ml.person("ben"))
    assert len({Mail(copy.data).get("Message-ID") for copy in ml.copies()}) == 1
