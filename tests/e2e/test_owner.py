"""test_owner.py - mail to the people behind a list: wrapped, so that no bounce shows who they are (leaks L8)"""
import email
import re

import pytest

from mails import Mail, compose
from server import ADMIN, DOMAIN

OUTSIDER = "mallory@strangers.example"


def inner(copy):
    """The message that a wrapped copy carries, octet for octet."""
    mail = email.message_from_bytes(copy.data)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert "message/rfc822" in kinds, kinds
    start = copy.data.index(b"message/rfc822")
    return copy.data[copy.data.index(b"\r\n\r\n", start) + 4:]


def test_owner_mail_arrives_wrapped(make_list):
    """L8: From the alias, Reply-To the outsider, a return path of ours; the message inside as it came."""
    ml = make_list()
    message = compose(f"Mallory <{OUTSIDER}>", ml.door("owner"), body="Please help.\n", extra=[("X-Odd", "stays inside")])
    ml.server.post_ok(OUTSIDER, ml.door("owner"), message)
    [copy] = ml.sink.wait_to(ml.owner)
    mail = Mail(copy.data)
    assert re.search(rf"<{ml.door('owner')}>$", mail.get("From")), mail.get("From")
    assert OUTSIDER in mail.get("Reply-To")
    assert ml.owner not in mail.get("To") and ml.owner.encode() not in copy.data
    assert mail.get("Auto-Submitted") == "auto-generated"
    assert re.fullmatch(rf"{ml.name}-bounce\+[a-z2-7]{{32}}@{DOMAIN}", copy.mail_from)
    assert inner(copy).startswith(message)
    ml.server.settle()
    assert len(ml.sink.to(ml.owner)) == 1 and ml.sink.to(*ml.members, OUTSIDER) == []


@pytest.mark.parametrize("mailbox", ["postmaster", "abuse", "POSTMASTER"])
def test_admin_mail_arrives_wrapped(make_server, mailbox):
    """C8, L8, RFC 5321 4.5.1: postmaster and abuse always reach the admin."""
    server = make_server()
    server.post_ok(OUTSIDER, f"{mailbox}@{DOMAIN}", compose(OUTSIDER, f"{mailbox}@{DOMAIN}", body="Abuse!\n"))
    [copy] = server.sink.wait_to(ADMIN)
    mail = Mail(copy.data)
    assert OUTSIDER in mail.get("Reply-To") and OUTSIDER not in mail.get("From")
    assert copy.mail_from.endswith(f"@{DOMAIN}") and OUTSIDER not in copy.mail_from
    assert b"Abuse!" in inner(copy)


def test_bare_postmaster_is_taken(make_server):
    """RFC 5321 4.5.1: `RCPT TO:<postmaster>`, without a domain."""
    server = make_server()
    server.post_ok(OUTSIDER, "postmaster", compose(OUTSIDER, "postmaster"))
    server.sink.wait_to(ADMIN)


@pytest.mark.parametrize("mail_from, extra", [
    ("", []),
    (OUTSIDER, [("Auto-Submitted", "auto-replied")]),
    (OUTSIDER, [("Precedence", "auto_reply"), ("X-Autoreply", "yes")]),
])
def test_automatic_mail_is_not_passed_on(make_list, mail_from, extra):
    """L8, L11: reports and responders do not reach the owner; no loop between two aliases."""
    ml = make_list()
    ml.server.post_ok(mail_from, ml.door("owner"), compose(OUTSIDER, ml.door("owner"), extra=extra))
    ml.server.settle()
    assert ml.sink.to(ml.owner) == []


def test_owner_of_one_list_only(make_list):
    ml, other = make_list(), make_list()
    ml.server.post_ok(OUTSIDER, ml.door("owner"), compose(OUTSIDER, ml.door("owner")))
    ml.sink.wait_to(ml.owner)
    ml.server.settle()
    assert ml.sink.to(other.owner) == []
