"""test_post.py - a member's post: what every reader gets, and what nobody gets"""
import re
import smtplib
import socket
import ssl
import subprocess

from lab import List
from mails import Mail, compose, tickets, without_tickets
from server import DOMAIN, HOSTNAME
from smtp import Client
from wait import PATIENCE

# What may stand in the header of a copy (leaks L1): anything else is a leak until it is written here.
ALLOWED_FIELDS = {
    "from", "to", "reply-to", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted", "precedence",
    "mime-version", "content-type", "content-transfer-encoding",
    "x-ml-name", "x-mail-count",
    "list-id", "list-post", "list-help", "list-unsubscribe", "list-owner",
}

# Each value bears a word that must not be found in the copy (E1, L1, L2, L9).
LEAKS = {
    "X-Originating-IP": "[192.0.2.77]",
    "X-Pop-Account": "leak1@pop.example",
    "X-Pop-Received-Date": "leak2 Tue, 24 Nov 2026 06:00:00 +0900",
    "Received": "from leak3.example ([192.0.2.78]) by leak4.example; Tue, 24 Nov 2026 06:22:00 +0900",
    "User-Agent": "leak5/1.0",
    "X-Mailer": "leak6",
    "X-MailFrom": "leak7@pop.example",
    "X-Mailman-Rule-Misses": "leak8",
    "Disposition-Notification-To": "leak9@pop.example",
    "Return-Receipt-To": "leak10@pop.example",
    "X-Confirm-Reading-To": "leak11@pop.example",
    "X-PMRQC": "leak12",
    "Read-Receipt-To": "leak13@pop.example",
    "Generate-Delivery-Report": "leak14",
    "Return-Path": "<leak15@pop.example>",
    "Sender": "leak16@pop.example",
    "Authentication-Results": "mx.leak17.example; dkim=pass header.d=leak18.example",
    "DKIM-Signature": "v=1; a=rsa-sha256; d=leak19.example; s=s; bh=x; b=x",
    "ARC-Seal": "i=1; d=leak20.example",
    "Autocrypt": "addr=leak21@pop.example; keydata=AAAA",
    "Organization": "leak22",
    "Reply-To": "leak23@pop.example",
    "Resent-From": "leak24@pop.example",
    "Delivered-To": "leak25@pop.example",
    "X-Original-From": "leak26@pop.example",
    "Thread-Topic": "leak27",
    "Face": "leak28",
    "Errors-To": "leak29@pop.example",
    "Bcc": "leak30@pop.example",
    "X-Original-To": "leak31@pop.example",
}


def test_every_reader_gets_one_copy(make_list, server):
    """The main way; L6, L7, L12: a copy for each, with tickets of its own in return path and List-Unsubscribe."""
    ml = make_list(members=["anna", "ben", "carla", "dora", "emil"])
    ml.post(ml.person("anna"), compose(f"Anna Ames <{ml.person('anna')}>", ml.address))
    copies = ml.copies()
    server.settle()
    assert sorted(copy.rcpt for copy in ml.sink.to(*ml.readers)) == sorted(ml.readers)
    assert all(copy.together == 1 for copy in copies)
    paths = [re.fullmatch(rf"{ml.name}-bounce\+([a-z2-7]{{32}})@{re.escape(DOMAIN)}", copy.mail_from) for copy in copies]
    assert all(paths), [copy.mail_from for copy in copies]
    offs = [re.fullmatch(rf"<mailto:{ml.name}-off\+([a-z2-7]{{32}})@{re.escape(DOMAIN)}>.*",
                         Mail(copy.data).get("List-Unsubscribe")) for copy in copies]
    assert all(offs), Mail(copies[0].data).get("List-Unsubscribe")
    found = [match[1] for match in paths + offs]
    assert len(set(found)) == len(found)


def test_copies_differ_in_tickets_only(make_list):
    """O5, O6: what a reader gets depends on nothing but the post; L8: senders' wishes for reports are not passed on."""
    ml = make_list()
    ml.post(ml.person("anna"), compose(f"Anna Ames <{ml.person('anna')}>", ml.address))
    copies = ml.copies()
    assert len({without_tickets(copy.data) for copy in copies}) == 1
    parameters = {copy.mail_parameters + copy.rcpt_parameters for copy in copies}
    assert not re.search("ENVID|RET=|NOTIFY|ORCPT", " ".join(parameters)), parameters


def test_author_is_hidden(make_list):
    """L3: the copy comes from `Name via Title <ml@>`; the author's address stands nowhere in it."""
    ml = make_list()
    author = ml.person("anna")
    ml.post(author, compose(f"Anna Ames <{author}>", ml.address))
    for copy in ml.copies():
        mail = Mail(copy.data)
        assert mail.get("From") in (f"Anna Ames via The Title <{ml.address}>", f'"Anna Ames via The Title" <{ml.address}>')
        assert address_list(mail.get("To")) == [ml.address]
        for word in (author, "anna@", ml.people):
            assert word.encode() not in copy.data.lower()


def address_list(value):
    return re.findall(r"[^<>,\s]+@[^<>,\s]+", value)


def test_name_that_is_an_address_is_replaced(make_list):
    """L3: a display name that holds an address or a domain does not pass."""
    ml = make_list()
    author = ml.person("anna")
    for name in (f'"{author}"', f'"Anna ({ml.people})"'):
        ml.post(author, compose(f"{name} <{author}>", ml.address))
    for copy in ml.copies(count=2):
        assert ml.people.encode() not in copy.data.lower()


def test_header_is_an_allow_list(make_list):
    """E1, L1, L2, L9: of a post full of leaks nothing passes but the fields that may."""
    ml = make_list()
    author = ml.person("anna")
    ml.post(author, compose(f"Anna Ames <{author}>", ml.address, message_id="<leak32@leak33.example>",
                            extra=LEAKS.items()))
    copy = ml.copies()[0]
    assert Mail(copy.data).names <= ALLOWED_FIELDS, Mail(copy.data).names - ALLOWED_FIELDS
    assert not re.search(rb"leak\d|192\.0\.2\.7", copy.data)


def test_list_fields(make_list):
    """A12, L11, RFC 2369, RFC 2919: what a copy says of its list."""
    ml = make_list()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    mail = Mail(ml.copies()[0].data)
    assert mail.get("X-ML-Name") == ml.name
    assert mail.get("X-Mail-Count") == "1" or int(mail.get("X-Mail-Count")) == 1
    assert f"<{ml.name}.{DOMAIN}>" in mail.get("List-Id")
    assert mail.get("List-Post") == f"<mailto:{ml.address}>"
    assert f"<mailto:{ml.door('owner')}>" in mail.get("List-Owner")
    assert f"{ml.name}-" in mail.get("List-Help")
    assert mail.get("Precedence") == "list"


def test_announce_list_takes_no_posts_from_readers(make_list):
    """RFC 2369 3.4: List-Post is NO on a list that readers cannot post to."""
    ml = make_list(kind="announce")
    ml.post(ml.owner, compose(f"Olga <{ml.owner}>", ml.address))
    assert Mail(ml.copies()[0].data).get("List-Post").split()[0] == "NO"


def test_subject_tag_and_number(make_list):
    """A12: the tag bears the number; in a reply it stands once, and so does Re:."""
    ml = make_list(settings={"subject_tag": "[lab:%05d]"})
    author = ml.person("anna")
    subjects = ("Hello", "Re: [lab:00001] Hello", "Re: Re: RE: [lab:00002] Re: [lab:00001] Hello")
    for number, subject in enumerate(subjects, 1):
        ml.post(author, compose(author, ml.address, subject=subject))
        ml.copies(count=number)
    got = [Mail(copy.data).get("Subject") for copy in ml.sink.to(ml.owner)]
    assert got[0] == "[lab:00001] Hello"
    for number, subject in enumerate(got[1:], 2):
        assert subject.count("lab:") == 1 and f"[lab:{number:05d}]" in subject, subject
        assert len(re.findall(r"re:", subject, re.IGNORECASE)) == 1 and subject.endswith("Hello"), subject


def test_threads_stay_whole(make_list):
    """L2: one keyed map of Message-IDs: a reply to what was sent, and to the author's own copy, meets the id sent."""
    ml = make_list()
    anna, ben = ml.person("anna"), ml.person("ben")
    first = compose(anna, ml.address, message_id="<first.secret@people-host.example>")
    ml.post(anna, first)
    sent_id = Mail(ml.copies()[0].data).get("Message-ID")
    assert "secret" not in sent_id and "people-host" not in sent_id
    ml.post(ben, compose(ben, ml.address, subject="Re: Hello", in_reply_to=sent_id, references=sent_id))
    ml.copies(count=2)
    ml.post(ben, compose(ben, ml.address, subject="Re: Hello", in_reply_to="<first.secret@people-host.example>",
                         references="<first.secret@people-host.example>"))
    ml.copies(count=3)
    for copy in ml.sink.to(ml.owner)[1:]:
        mail = Mail(copy.data)
        assert mail.get("In-Reply-To") == sent_id and mail.get("References") == sent_id


def test_date_is_in_the_lists_zone(make_list):
    """L2: where the author lives is not told by the Date."""
    ml = make_list(settings={"timezone": "UTC"})
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address, date="Tue, 24 Nov 2026 06:23:01 +0900"))
    assert re.fullmatch(r"Mon, 23 Nov 2026 21:23:01 (\+0000|GMT)", Mail(ml.copies()[0].data).get("Date"))


def test_quoted_address_is_cut_from_attribution(make_list):
    """L5: `On ... Anna <anna@...> wrote:` loses the address."""
    ml = make_list()
    anna, ben = ml.person("anna"), ml.person("ben")
    body = f"On Tue, 24 Nov 2026, Anna Ames <{anna}> wrote:\n> Hello all.\n\nGood morning.\n"
    ml.post(ben, compose(ben, ml.address, subject="Re: Hello", body=body))
    copy = ml.copies()[0]
    assert anna.encode() not in copy.data and b"Good morning." in copy.data and b"> Hello all." in copy.data


def test_attachment_is_cut_with_a_notice(make_list):
    """A3: what is not text goes, and a line says what it was."""
    ml = make_list()
    author = ml.person("anna")
    body = ("--b\nContent-Type: text/plain; charset=us-ascii\n\nSee the picture.\n--b\n"
            "Content-Type: image/png; name=cat.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n--b--\n")
    ml.post(author, compose(author, ml.address, body=body, mime_version="1.0",
                            content_type="multipart/mixed; boundary=b"))
    copy = ml.copies()[0]
    assert b"See the picture." in copy.data and b"iVBORw0KGgo" not in copy.data
    assert b"image/png" in copy.data and b"cat.png" in copy.data


def test_file_within_text_is_cut_with_a_notice(make_list):
    """A3: uuencode in a text goes, and a line says what it was; text about it stays."""
    ml = make_list()
    author = ml.person("anna")
    body = "begin 644 is how it starts.\n\nbegin 644 cat.png\n%:&5L;&\\\n`\nend\nThat was the picture.\n"
    ml.post(author, compose(author, ml.address, body=body))
    copy = ml.copies()[0]
    assert b"is how it starts." in copy.data and b"That was the picture." in copy.data
    assert b"%:&5L;&" not in copy.data and b"cat.png (application/x-uuencode, " in copy.data


def test_forwarded_message_passes_the_same_allow_list(make_list):
    """A3, L5, L9: the text of a message within a message stays, of its header only who, when and what."""
    ml = make_list()
    author = ml.person("anna")
    body = ("--b\nContent-Type: text/plain; charset=us-ascii\n\nSee below.\n--b\nContent-Type: message/rfc822\n\n"
            "From: Dora Dale <dora@elsewhere.example>\nTo: carla@elsewhere.example\nSubject: Old news\n"
            "Disposition-Notification-To: dora@elsewhere.example\nX-Confirm-Reading-To: dora@elsewhere.example\n\n"
            "It was so.\n--b--\n")
    ml.post(author, compose(author, ml.address, body=body, mime_version="1.0", content_type="multipart/mixed; boundary=b"))
    copy = ml.copies()[0]
    assert all(text in copy.data for text in (b"See below.", b"From: Dora Dale", b"Subject: Old news", b"It was so."))
    assert b"elsewhere.example" not in copy.data and b"Confirm-Reading" not in copy.data and b"Notification" not in copy.data


def test_unsubscribed_ticket_names_nobody(make_list):
    """L6, E4: no member's local part stands in a ticket address, and the tickets of two readers look unrelated."""
    ml = make_list()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    seen = [ticket for copy in ml.copies() for ticket in tickets(copy.mail_from + copy.data.decode("utf-8", "replace"))]
    starts = {ticket[:8] for ticket in seen}
    assert len(starts) == len(seen)


def test_two_lists_do_not_mix(make_list, server):
    """A post of one list reaches no one of another, also when its author is on both."""
    one, two = make_list(members=["anna", "ben"]), make_list(members=["carla"])
    server.listctl("member", "add", two.address, one.person("anna"))
    one.post(one.person("anna"), compose(one.person("anna"), one.address))
    one.copies()
    server.settle()
    assert one.sink.to(*two.readers) == []
    assert len(one.sink.to(one.person("anna"))) == 1


def test_nothing_tells_of_the_host(make_list, server, sink):
    """B4: to the relay and in every copy, listd is its configured host name: no software, version or other host."""
    ml = make_list()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    copy = ml.copies()[0]
    assert sink.hellos == {HOSTNAME}
    assert not re.search(rb"listd|gmime|libesmtp|127\.0\.0\.1|localhost", copy.data, re.IGNORECASE)
    if len(socket.gethostname()) > 3:
        assert socket.gethostname().encode() not in copy.data


def test_post_by_unix_socket(make_server):
    """RFC 2033 over a unix socket, where an MTA on the same host brings its mail."""
    server = make_server(start=False)
    path = str(server.folder / "lmtp")
    server.configure(receive={"lmtp": f"unix:{path}"})
    server.start()
    ml = List(server, members=["anna"])
    anna = ml.person("anna")
    with Client(path, "LHLO mx.example") as client:
        answers = client.post(anna, [ml.address, f"nothing@{DOMAIN}"], compose(anna, ml.address))
    assert [answer[:4] for answer in answers] == [b"250 ", b"250 "]
    ml.copies()


def test_post_over_tls(make_server, tmp_path):
    """RFC 3207: STARTTLS; certificate and key are root's alone, and come to `receive` by descriptor."""
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOSTNAME}",
                    "-keyout", key, "-out", cert], check=True, capture_output=True)
    key.chmod(0o600)
    server = make_server({"receive": {"tls_cert": cert, "tls_key": key}})
    ml = List(server, members=["anna"])
    anna = ml.person("anna")
    context = ssl.create_default_context(cafile=cert)
    with smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=PATIENCE) as client:
        client._host = HOSTNAME  # the name that the certificate must bear
        client.starttls(context=context)
        client.ehlo()
        assert not client.has_extn("starttls")
        client.sendmail(anna, [ml.address], compose(anna, ml.address))
    ml.copies()
    assert re.search(r" receive tls session=\d+ version=TLSv1", server.log())
