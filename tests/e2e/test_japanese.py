"""test_japanese.py - Japanese lists feel at home: ISO-2022-JP goes out as it came in (A12, A9)"""
import base64
import email.header
import email.policy
import re

from mails import Mail, compose

HELLO = "こんにちは"
BODY = "皆様\n\n例会は来週です。\n.\nよろしく\n"


def encoded(text):
    """An encoded word as Japanese mailers write it (RFC 2047, RFC 1468)."""
    return f"=?ISO-2022-JP?B?{base64.b64encode(text.encode('iso-2022-jp')).decode()}?="


def japanese(ml, subject=None, body=BODY):
    who = ml.person("anna")
    return compose(f"{encoded('山田花子')} <{who}>", ml.address, subject=subject or encoded(HELLO),
                   body=body.encode("iso-2022-jp"), mime_version="1.0", content_type="text/plain; charset=ISO-2022-JP",
                   content_transfer_encoding="7bit")


def body_of(copy):
    return copy.data.partition(b"\r\n\r\n")[2]


def test_octets_stay(make_list):
    """A12: body and subject keep their octets; tag before, footer behind, nothing else."""
    ml = make_list(settings={"subject_tag": "[lab:%05d]", "footer": "The footer"})
    ml.post(ml.person("anna"), japanese(ml))
    for copy in ml.copies():
        mail = Mail(copy.data)
        assert re.search(r"charset=\"?iso-2022-jp", mail.get("Content-Type"), re.IGNORECASE)
        assert mail.get("Subject") == f"[lab:00001] {encoded(HELLO)}"
        assert body_of(copy).startswith(BODY.encode("iso-2022-jp").replace(b"\n", b"\r\n").rstrip(b"\r\n"))
        assert b"The footer" in body_of(copy)
        assert b"\x1b" not in copy.data.partition(b"\r\n\r\n")[0] and max(copy.data) < 0x80


def test_japanese_footer_joins_the_charset(make_list):
    """A12: a footer that fits is written in the charset of the post."""
    ml = make_list(settings={"footer": "一覧の脚注"})
    ml.post(ml.person("anna"), japanese(ml))
    text = body_of(ml.copies()[0]).decode("iso-2022-jp")
    assert text.startswith("皆様\r\n") and "一覧の脚注" in text


def test_footer_that_does_not_fit(make_list):
    """A12: beside a footer outside of ISO-2022-JP the post keeps its octets; the footer is a part of its own."""
    ml = make_list(settings={"footer": "Grüße, 김"})
    ml.post(ml.person("anna"), japanese(ml))
    copy = ml.copies()[0]
    assert BODY.encode("iso-2022-jp").replace(b"\n", b"\r\n").rstrip(b"\r\n") in copy.data
    mail = email.message_from_bytes(copy.data, policy=email.policy.default)
    text = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
    assert "例会は来週です。" in text and "Grüße, 김" in text


def test_vendor_characters_pass(make_list):
    """Circled digits and other CP932 characters in a post that says ISO-2022-JP: never a reason to drop it."""
    ml = make_list()
    body = b"\x1b$B-!F|K\\\x1b(B\n"  # a circled 1 of row 13, then Nihon
    who = ml.person("anna")
    ml.post(who, compose(who, ml.address, body=body, mime_version="1.0",
                         content_type="text/plain; charset=ISO-2022-JP", content_transfer_encoding="7bit"))
    assert b"\x1b$B-!F|K\\\x1b(B" in ml.copies()[0].data


def test_name_is_kept(make_list):
    """L3, A12: the author's name in Japanese, the address nowhere."""
    ml = make_list(settings={"title": "花の会"})
    ml.post(ml.person("anna"), japanese(ml))
    value = Mail(ml.copies()[0].data).get("From")
    name = str(email.header.make_header(email.header.decode_header(value)))
    assert name.startswith(("山田花子 via 花の会", '"山田花子 via 花の会')) and f"<{ml.address}>" in name


def test_subject_of_a_reply(make_list):
    """A12: the tag inside of a Japanese reply is folded as in any other."""
    ml = make_list(settings={"subject_tag": "[lab:%05d]"})
    ml.post(ml.person("anna"), japanese(ml))
    ml.copies()
    ml.post(ml.person("anna"), japanese(ml, subject=f"Re: [lab:00001] {encoded(HELLO)}"))
    subject = Mail(ml.copies(count=2)[-1].data).get("Subject")
    assert subject.count("lab:") == 1 and "[lab:00002]" in subject and encoded(HELLO) in subject
    assert len(re.findall("re:", subject, re.IGNORECASE)) == 1
