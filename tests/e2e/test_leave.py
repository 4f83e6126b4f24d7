"""test_leave.py - ml-off+TICKET@: the one command by mail that asks no question (leaks X4, O3)"""
import re

import pytest

from mails import Mail, compose


def leave_address(copy):
    return re.search(r"<mailto:([^>?]+)", Mail(copy.data).get("List-Unsubscribe"))[1]


def is_member(ml, who):
    return ml.server.listctl("member", "show", ml.address, who, check=False).returncode == 0


def mail_to_leave(ml, address, mail_from):
    with ml.server.smtp() as client:
        client.post(mail_from, [address], compose(mail_from or "who@where.example", address, subject="unsubscribe"))
        heard = client.heard
    ml.server.settle()
    return heard


@pytest.fixture
def posted(make_list):
    ml = make_list()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    return ml, {copy.rcpt: leave_address(copy) for copy in ml.copies()}


@pytest.mark.parametrize("sender", ["ben", ""])
def test_ticket_of_a_copy_leaves(posted, sender):
    """X4: a valid ticket acts, whoever sends it, also a program with a null return path."""
    ml, leave = posted
    ben = ml.person("ben")
    mail_to_leave(ml, leave[ben], ml.person(sender) if sender else "")
    assert not is_member(ml, ben)
    assert is_member(ml, ml.person("anna")) and is_member(ml, ml.person("carla"))
    assert len(ml.sink.to(ben)) == 1  # nothing but the post: no mail says goodbye to an unproven sender
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    ml.sink.wait_to(ml.person("carla"), count=2)
    ml.server.settle()
    assert len(ml.sink.to(ben)) == 1


def test_ticket_survives_case_folding(posted):
    """Some mailers upper-case a local part; the ticket still opens."""
    ml, leave = posted
    local, _, domain = leave[ml.person("ben")].partition("@")
    mail_to_leave(ml, f"{local.upper()}@{domain}", "x@y.example")
    assert not is_member(ml, ml.person("ben"))


def test_leaving_twice_is_leaving(posted):
    """O3: the second time nothing differs."""
    ml, leave = posted
    ben = ml.person("ben")
    assert mail_to_leave(ml, leave[ben], ben) == mail_to_leave(ml, leave[ben], ben)
    assert not is_member(ml, ben)


def test_forged_ticket_does_nothing(posted, make_list):
    """E4, B1: another letter, another kind or another list: the same octets are answered, and nothing happens."""
    ml, leave = posted
    other = make_list()
    good = leave[ml.person("ben")]
    ticket = re.search(r"\+([a-z2-7]{32})@", good)[1]
    bounce = re.search(r"\+([a-z2-7]{32})@", ml.sink.to(ml.person("ben"))[0].mail_from)[1]
    flips = [ticket[:at] + ("a" if ticket[at] != "a" else "b") + ticket[at + 1:] for at in (0, 15, 31)]
    forged = [ml.door("off", flip) for flip in flips] + [ml.door("off", bounce), other.door("off", ticket)]
    heard = {mail_to_leave(ml, address, "x@y.example") for address in forged}
    assert all(is_member(ml, reader) for reader in ml.readers)
    heard.add(mail_to_leave(ml, good, "x@y.example"))
    assert len(heard) == 1, heard
