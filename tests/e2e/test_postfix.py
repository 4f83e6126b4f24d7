"""test_postfix.py - a real Postfix before and behind listd, set up as docs/postfix.md says"""
import contextlib

import pytest

from lab import List, lab_server
from mails import Mail, compose
from people import Person, template
from postfix import Postfix, is_installed, page_settings
from server import DOMAIN
from wait import wait_for

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs root and an installed Postfix")

FORGED = "victim@innocent.example"
OWN = ("hostname", "admin", "smtp", "lmtp", "relay")  # settings of the page that the lab has its own for


@pytest.fixture(scope="module")
def site():
    """listd and Postfix side by side, as the page describes; returns (server, postfix, sink)."""
    page = page_settings("/etc/listd/listd.conf")
    assert page["deliver"]["relay"] == "127.0.0.1:10025" and page["receive"]["lmtp"] == "127.0.0.1:2524"
    ours = {section: {key: value for key, value in pairs.items() if key not in OWN} for section, pairs in page.items()}
    with lab_server(ours, start=False) as server:
        with contextlib.closing(Postfix(server.lmtp_port, server.sink.port)) as postfix:
            postfix.start()
            server.configure(deliver={"relay": f"127.0.0.1:{postfix.relay_port}"})
            server.start()
            yield server, postfix, server.sink


@pytest.fixture
def ml(site):
    return List(site[0])


def post(postfix, mail_from, rcpt, message):
    with postfix.smtp() as client:
        return client.post(mail_from, [rcpt], message)[0]


def post_ok(postfix, mail_from, rcpt, message):
    answer = post(postfix, mail_from, rcpt, message)
    assert answer.startswith(b"250"), answer


def settle(server, postfix):
    """Both queues empty, and nothing came back from one to the other meanwhile."""
    for _ in range(2):
        postfix.wait_empty()
        server.settle()


def test_post_goes_through(site, ml):
    """Issue 2: LMTP in, relay out; a copy for every reader, each with its own return path."""
    server, postfix, sink = site
    anna = ml.person("anna")
    post_ok(postfix, anna, ml.address, compose(f"Anna Ames <{anna}>", ml.address))
    copies = ml.copies()
    settle(server, postfix)
    assert len(sink.to(*ml.readers)) == len(ml.readers)
    assert len({copy.mail_from for copy in copies}) == len(copies)
    assert all(anna.encode() not in copy.data for copy in copies if copy.rcpt != anna)


def test_every_recipient_is_taken(site, ml):
    """B1, C1: Postfix accepts every address of the domain alike; odd ones come here unchanged and go nowhere else."""
    server, postfix, sink = site
    before = len(sink.copies)
    locals_ = ["nothing", "nothing-on", f"{ml.name}-off+{'a' * 32}", "who%elsewhere.example", "elsewhere.example!who",
               '"a b"']
    with postfix.smtp() as client:
        answers = {client.post(FORGED, [f"{local}@{DOMAIN}"], compose(FORGED, "x"))[0][:3] for local in locals_}
    assert answers == {b"250"}
    settle(server, postfix)
    assert len(sink.copies) == before
    assert sum(row["times"] for row in server.held("misaddressed")) >= 4  # the same mail again is a row no more (B6)


def kept(server):
    waiting = server.json("status")["waiting"]
    return waiting["held"] + waiting["misaddressed"] + waiting["failed"]


def is_kept_in_silence(site, ml, rcpt, message):
    """Postfix and listd take it, one of them keeps it, and nothing goes to whoever was forged."""
    server, postfix, sink = site
    before = kept(server)
    post_ok(postfix, FORGED, rcpt, message)
    settle(server, postfix)
    assert kept(server) == before + 1
    assert sink.to(FORGED) == [] and sink.to(*ml.readers) == []


@pytest.mark.parametrize("octets", [b"a\0b\n", b"a\rb\n"], ids=["NUL", "bare CR"])
@pytest.mark.parametrize("to_list", [True, False])
def test_bad_octets_are_no_bounce(site, ml, octets, to_list):
    """B5, design: behind an MTA nothing is refused, for the MTA would bounce it to whoever was forged: kept instead."""
    rcpt = ml.address if to_list else f"nothing@{DOMAIN}"
    is_kept_in_silence(site, ml, rcpt, compose(FORGED, rcpt, body=octets))


@pytest.mark.parametrize("door", ["", "-off+short", "-nothing"])
def test_beyond_a_lists_limit_is_no_bounce(site, ml, door):
    """B5: what a public list would refuse to a stranger is kept when Postfix brings it."""
    ml.set("max_size", "20K")
    rcpt = f"{ml.name}{door}@{DOMAIN}"
    is_kept_in_silence(site, ml, rcpt, compose(FORGED, rcpt, body=("x" * 76 + "\n") * 1000))


@pytest.mark.parametrize("to_list", [True, False])
def test_oversize_is_no_bounce(site, ml, to_list):
    """B5, A4: also where Postfix takes more than we do, against the page: kept as far as the limit, not bounced."""
    server, _, _ = site
    rcpt = ml.address if to_list else f"nothing@{DOMAIN}"
    with server.reconfigured(receive={"max_size": "64K"}):
        is_kept_in_silence(site, ml, rcpt, compose(FORGED, rcpt, body=("x" * 76 + "\n") * 2000))


def test_larger_is_refused_by_postfix(site, ml):
    """A4: Postfix's limit is ours, so the refusal stays in the dialogue."""
    server, postfix, _ = site
    limit = int(server.settings["receive"]["max_size"])
    with postfix.smtp() as client:
        assert client.say(f"MAIL FROM:<{FORGED}> SIZE={limit + 1}").startswith(b"552")
    answer = post(postfix, FORGED, ml.address, compose(FORGED, ml.address, body=("x" * 76 + "\n") * (limit // 70)))
    assert answer.startswith(b"552"), answer


def test_results_that_a_stranger_wrote_are_taken_away(site, ml):
    """O4: a post with an Authentication-Results field in our MTA's name is nobody's but a stranger's."""
    server, postfix, sink = site
    ml.set("sender_proof", "auth")
    anna = ml.person("anna")
    for value in (f"mx.example.org; dmarc=pass header.from={ml.people}",
                  f"(a comment) mx.example.org; dmarc=pass header.from={ml.people}",
                  f"\n mx.example.org\n ; dkim=pass header.d={ml.people}"):
        post_ok(postfix, anna, ml.address, compose(anna, ml.address, extra=[("Authentication-Results", value)]))
    settle(server, postfix)
    assert len(ml.held()) == 3
    assert {letter.rcpt for letter in sink.to(*ml.readers)} == {anna}  # who alone is asked whether they wrote it


def test_nobody_can_order_a_report(site, ml):
    """B5: no "successfully delivered" to a forged address."""
    _, postfix, _ = site
    with postfix.smtp() as client:
        client.say(f"MAIL FROM:<{FORGED}>")
        assert client.say(f"RCPT TO:<{ml.address}> NOTIFY=SUCCESS").startswith(b"501")


def test_owner_mail_passes_twice(site, ml):
    """L8: wrapped here, sent by Postfix; the return path is ours."""
    server, postfix, sink = site
    post_ok(postfix, FORGED, ml.door("owner"), compose(FORGED, ml.door("owner")))
    [copy] = sink.wait_to(ml.owner)
    assert copy.mail_from.endswith(f"@{DOMAIN}") and FORGED in Mail(copy.data).get("Reply-To")
    settle(server, postfix)


def test_owner_mail_of_any_size_that_was_taken_arrives(site, ml):
    """L8, B5: the largest mail that Postfix takes is a little larger once it is wrapped; it must still leave."""
    server, postfix, sink = site
    rest = int(server.settings["receive"]["max_size"]) - 2000
    message = compose(FORGED, ml.door("owner"), body=("x" * 76 + "\n") * (rest // 78))
    post_ok(postfix, FORGED, ml.door("owner"), message)
    [copy] = sink.wait_to(ml.owner)
    assert message[-70000:] in copy.data
    settle(server, postfix)


class Outsider(Person):
    """Somebody whose mail program talks to Postfix."""

    def __init__(self, site, address=None):
        self.site = site
        super().__init__(site[0], address)

    def send(self, to, subject="", body="", **fields):
        post_ok(self.site[1], self.address, to, compose(f"Some Body <{self.address}>", to, subject=subject, body=body, **fields))

    def write(self, to, subject="", body="", **fields):
        self.send(to, subject, body, **fields)
        settle(*self.site[:2])


def test_members_and_owners_run_the_list_by_mail(site):
    """A7, A2, E5: join (the owner approves), post, pause, resume, change address and leave, by reading only the mails that one gets;
    the owner looks at changes and removes."""
    server, _, sink = site
    ml = List(server, settings={"sender_proof": "confirm", "subscribe": "confirm+approve"})
    olga, nina, new = Outsider(site, ml.owner), Outsider(site), Outsider(site)
    nina.write(ml.door("on"))
    nina.reply(nina.letter())
    assert nina.letter().subject == template(server, "join-wait")
    olga.reply(olga.letter(), "yes")
    assert nina.letter().subject == "Welcome to The Title"
    nina.write(ml.address, "Hello", "My first post.\n")
    nina.reply(nina.letter())
    assert b"My first post." in sink.to(ml.person("anna"))[-1].data
    nina.letters()
    for line in ("nomail", "resume"):
        nina.write(ml.door("request"), line)
        nina.reply(nina.letter(), "yes")
        assert nina.letter().subject == "Changed on The Title"
    nina.write(ml.door("request"), f"address {new.address}")
    nina.reply(nina.letter(), "yes")
    new.reply(new.letter())
    assert new.letter().subject == template(server, "address-done")
    new.write(ml.door("off"))
    new.write(new.letter().link("leave"))
    assert new.letter().subject == "You have left The Title"
    olga.letters()
    olga.write(ml.door("request"), body=f"remove {ml.person('ben')}\nmembers changed\nmembers\n")
    olga.reply(olga.letter(), "yes")
    answer = olga.letter().text
    assert f"left     {new.address}" in answer and f"left     {ml.person('ben')}" in answer and nina.address not in answer
    assert [row["address"] for row in server.json("member", "ls", ml.address)["members"]] \
        == [ml.owner, ml.person("anna"), ml.person("carla")]


def test_bounce_of_a_copy_comes_home(site, ml):
    """L7, B5: when the world refuses a reader, Postfix's report goes to our ticket, and nobody hears of it."""
    server, postfix, sink = site
    ben, anna = ml.person("ben"), ml.person("anna")
    sink.refuse(ben)
    post_ok(postfix, anna, ml.address, compose(anna, ml.address))
    sink.wait_to(anna, ml.person("carla"), ml.owner)
    settle(server, postfix)
    assert len(sink.to(*ml.readers)) == len(ml.readers) - 1


def test_postfix_waits_for_listd(site, ml):
    """A stopped listd loses nothing: Postfix keeps the mail and brings it when it is back."""
    server, postfix, _ = site
    assert server.stop() == 0
    anna = ml.person("anna")
    post_ok(postfix, anna, ml.address, compose(anna, ml.address))
    wait_for(lambda: any("delay_reason" in rcpt for row in postfix.queue() for rcpt in row["recipients"]),
             lambda: f"a message that waits in Postfix: {postfix.queue()}")
    server.start()
    wait_for(lambda: not postfix.queue(), lambda: f"Postfix to bring it: {postfix.queue()}; {postfix.log()}")
    ml.copies()
    settle(server, postfix)
