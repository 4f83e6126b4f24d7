"""test_smtps.py - TLS from the first octet on to a real Postfix, and readers whose address is not ASCII (RFC 8314, RFC 6531)"""
import contextlib
import re

import pytest

import postfix as mta
from lab import List
from mails import compose
from people import Person
from ports import free_port
from postfix import Postfix
from sink import Sink
from wait import wait_for

JOERG = "jörg"


@pytest.mark.skipif(not mta.is_installed(), reason="needs root and an installed Postfix")
def test_implicit_tls(make_server):
    """Port 465: every copy goes through it, in UTF-8 too; and a certificate of somebody else's ends it before a word of mail."""
    server = make_server(start=False)
    with contextlib.closing(Postfix(server.lmtp_port, server.sink.port, free_port())) as postfix:
        port = postfix.offer_smtps()
        postfix.start()
        server.configure(deliver={"relay": f"127.0.0.1:{port}", "tls": "implicit", "tls_ca": postfix.certificate})
        server.start()
        ml = List(server, members=("anna", "ben", JOERG))
        ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
        ml.copies()
        server.settle()
        assert len(server.sink.copies) == len(ml.readers)
        assert re.search(r" batch .*tls=TLSv1\.[23]", server.log())
        server.configure(deliver={"tls_ca": ""})
        server.restart()
        ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
        relay = wait_for(lambda: (told := server.json("status")["relay"])["state"] == "away" and told, "a relay that is not trusted")
        assert "certificate is not good" in relay["why"]
        assert len(server.sink.copies) == len(ml.readers)


def test_utf8_reader(make_list, sink, server):
    """Gets posts, writes, and is answered; MAIL says SMTPUTF8 for the copy of that one alone."""
    ml = make_list(members=("anna", JOERG, "zoe"))
    joerg = ml.person(JOERG)
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    assert {copy.rcpt: "SMTPUTF8" in copy.mail_parameters for copy in ml.copies()} == {
        reader: reader == joerg for reader in ml.readers}
    person = Person(server, joerg)
    person.letters()
    person.write(ml.door("off"))
    assert person.letter().reply_to.startswith(f"{ml.name}-confirm+")


def test_together(make_list):
    """personal = no: one in UTF-8 is not sent to with the others, who would wait for a relay that can."""
    ml = make_list(members=("anna", "ben", JOERG, "zoe"), settings={"personal": "no"})
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    copies = {copy.rcpt: copy for copy in ml.copies()}
    assert copies[ml.person(JOERG)].together == 1
    assert not any("SMTPUTF8" in copy.mail_parameters for reader, copy in copies.items() if reader != ml.person(JOERG))


def test_relay_without_smtputf8(make_server):
    """The reader is marked with the reason, which is not held against the mailbox; all others have the post."""
    server = make_server(sink=Sink(extensions=("sink.example", "PIPELINING", "8BITMIME", "ENHANCEDSTATUSCODES", "SIZE 0")))
    ml = List(server, members=(JOERG, "anna", "ünal", "ben"))
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    server.sink.wait_to(ml.person("anna"), ml.person("ben"), ml.owner)
    server.settle()
    assert len(server.sink.copies) == 3
    for name in (JOERG, "ünal"):
        member = server.json("member", "show", ml.address, ml.person(name))
        assert member["failed_text"] == "5.6.7 the relay does not offer SMTPUTF8" and member["state"] == "active"
        assert member["failures"] == 1 and not member.get("score")
