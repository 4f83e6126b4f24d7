"""test_postfix.py - a real Postfix before and behind listd, set up as docs/postfix.md says"""
import contextlib
import re

import pytest

from lab import List, lab_server
from mails import Mail, compose
from people import Person, template
from ports import free_port
from postfix import Postfix, is_installed, page_block, page_settings
from server import DOMAIN, Server
from wait import wait_for

pytestmark = pytest.mark.skipif(not is_installed(), reason="needs root and an installed Postfix")

FORGED = "victim@innocent.example"
OWN = ("hostname", "admin", "smtp", "lmtp", "policy", "relay")  # settings of the page that the lab has its own for


@pytest.fixture(scope="module")
def site():
    """listd and Postfix side by side, as the page describes; returns (server, postfix, sink)."""
    page = page_settings("/etc/listd/listd.conf")
    assert page["deliver"]["relay"] == "127.0.0.1:10025" and page["receive"]["lmtp"] == "127.0.0.1:2524"
    ours = {section: {key: value for key, value in pairs.items() if key not in OWN} for section, pairs in page.items()}
    policy_port = free_port()
    ours["receive"]["policy"] = f"127.0.0.1:{policy_port}"
    with lab_server(ours, start=False) as server:
        with contextlib.closing(Postfix(server.lmtp_port, server.sink.port, policy_port)) as postfix:
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


def test_mail_goes_out_and_comes_back(site):
    """listctl check mail: from the queue to Postfix, and by its transport back to us."""
    server, postfix, _ = site
    told = server.json("check", "mail")
    assert [row["hop"] for row in told["hops"]] == ["queue", "relay", "listd"], told
    assert "queued as" in told["hops"][1]["what"] and told["hops"][2]["what"].startswith("came back as ")
    settle(server, postfix)


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


def test_client_of_postfix_is_known(site, ml):
    """XFORWARD: whom Postfix got the message from is in the log, and what it does is counted with it."""
    server, postfix, _ = site
    with postfix.smtp(source="127.9.0.1") as client:
        assert client.post("a@honest.example", [ml.address], compose("a@honest.example", ml.address))[0].startswith(b"250")
    settle(server, postfix)
    assert " client=127.9.0.1\n" in server.log()


def rcpt(client, address, size=None):
    client.say("RSET")
    client.say("MAIL FROM:<a@spam.example>" + (f" SIZE={size}" if size else ""))
    return client.say(f"RCPT TO:<{address}>")


def test_postfix_refuses_early_what_listd_would(site, ml):
    """The policy service: unknown addresses where they are told, mail that is too large, and denied clients are refused by Postfix at RCPT,
    so that there is nothing to bounce."""
    server, postfix, sink = site
    before = len(sink.copies)
    ml.set("max_size", "32K")
    with postfix.smtp(source="127.9.0.2") as client:
        assert rcpt(client, f"nobody@{DOMAIN}").startswith(b"250")
        assert rcpt(client, ml.address, 100000).startswith(b"552 5.3.4")
        assert rcpt(client, ml.address, 1000).startswith(b"250")
        server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
        assert rcpt(client, f"nobody@{DOMAIN}").startswith(b"550 5.1.1")
        assert rcpt(client, ml.address).startswith(b"250")
        assert rcpt(client, f"{ml.name}-owner@{DOMAIN}").startswith(b"250")
        server.listctl("domain", "set", DOMAIN, "no_bounce", "on")
    with server.reconfigured(guard={"slow": "5", "deny": "10"}):
        with postfix.smtp(source="127.9.0.3") as client:
            answers = [rcpt(client, f"name{number}@{DOMAIN}") for number in range(12)]
            assert answers[0].startswith(b"250") and answers[-1].startswith(b"554 5.7.1"), answers
            assert rcpt(client, ml.address).startswith(b"554 5.7.1")
            assert rcpt(client, f"postmaster@{DOMAIN}").startswith(b"250")
        with postfix.smtp(source="127.10.0.3") as client:
            assert rcpt(client, ml.address).startswith(b"250")
        wait_for(lambda: any(row["who"] == "127.9.0.3/32" for row in server.json("guard", "status")["suspects"]), "the denied client")
    server.listctl("guard", "forgive", "127.9.0.0/24")
    settle(server, postfix)
    assert len(sink.copies) == before and postfix.queue() == []


def test_printed_lines_are_those_of_the_page():
    """listctl mta postfix prints, for the configuration of docs/postfix.md, what docs/postfix.md says."""
    page = page_settings("/etc/listd/listd.conf")
    with contextlib.closing(Server("127.0.0.1:25", page)) as server:
        server.init()
        printed = server.json("mta", "postfix")
        shared = server.listctl("--json", "mta", "postfix", "--shared")

    def settings(text):
        return dict(line.split(" =", 1) for line in text.splitlines())

    assert settings(printed["main_cf"]) == settings(page_block("/etc/postfix/main.cf"))
    assert printed["transport"] == page_block("/etc/postfix/transport")
    assert printed["header_checks"] == page_block("/etc/postfix/header_checks")
    assert printed["master_cf"].split() == page_block("/etc/postfix/master.cf").split()
    assert "lmtp:inet:127.0.0.1:2524" in shared


def test_maps_of_a_shared_domain(site, ml):
    """Each door of each list, with and without a ticket, and nothing else."""
    server, _, _ = site
    maps = server.json("mta", "postfix", "--shared")
    patterns = [re.compile(line.split("/   ")[0].lstrip("/")) for line in maps["recipients"].splitlines()]
    ticket = "a2" * 13
    for local, is_ours in [(ml.name, True), (f"{ml.name}-on", True), (f"{ml.name}+off", True), (f"{ml.name}-confirm+{ticket}", True),
                           (f"{ml.name}+{ticket}", True), (f"bounce+{ticket}", True), (f"{ml.name}-x", False), (f"x{ml.name}", False),
                           ("anna", False)]:
        assert any(pattern.match(f"{local}@{DOMAIN}") for pattern in patterns) == is_ours, local
    assert not any(pattern.match(f"{ml.name}@{DOMAIN.replace('.', 'x')}") for pattern in patterns)
