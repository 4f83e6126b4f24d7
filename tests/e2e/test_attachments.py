"""test_attachments.py - files that a list lets through, what it cuts all the same, and what Outlook packed (A3, L5)"""
import base64
import email
import struct

from mails import Mail, compose

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4
PROGRAM = b"MZ\x90\x00" + bytes(range(256)) * 4


def post_with(ml, *files):
    """A post with files: (type, disposition, octets)."""
    parts = "".join(f"--b\nContent-Type: {kind}\nContent-Disposition: {disposition}\nContent-Transfer-Encoding: base64\n"
                    f"X-Secret: anna-laptop\n\n{base64.encodebytes(octets).decode()}" for kind, disposition, octets in files)
    return compose(f"Anna Ames <{ml.person('anna')}>", ml.address, body=f"--b\n\nSee below.\n{parts}--b--\n", mime_version="1.0",
                   content_type="multipart/mixed; boundary=b")


def copy_of(ml, post):
    """The copy of one reader, as Python's email package reads it."""
    ml.post(ml.person("anna"), post)
    return email.message_from_bytes(ml.copies()[0].data)


def files_of(copy):
    return [(part.get_content_type(), part.get_filename(), part.get_payload(decode=True)) for part in copy.walk()
            if part.get_content_disposition() == "attachment"]


def text_of(copy):
    return b"".join(part.get_payload(decode=True) for part in copy.walk() if part.get_content_type() == "text/plain").decode()


def test_what_is_listed_passes(make_list):
    """A3: a type of attachments_allow arrives whole, under a header that is made anew; another is cut."""
    ml = make_list(settings={"attachments_allow": "image/png, application/pdf"})
    copy = copy_of(ml, post_with(ml, ("image/png", "inline; filename*=utf-8''%E5%9C%B0%E5%9B%B3.png", PNG),
                                 ("image/gif", "attachment; filename=b.gif", b"GIF89a" + PNG)))
    assert files_of(copy) == [("image/png", "地図.png", PNG)]
    assert "See below." in text_of(copy) and "[cut: b.gif (image/gif" in text_of(copy)
    assert b"X-Secret" not in copy.as_bytes() and b"anna-laptop" not in copy.as_bytes()


def test_content_decides(make_list):
    """A3: a program that is called a picture is a program."""
    ml = make_list(settings={"attachments_allow": "image/*"})
    copy = copy_of(ml, post_with(ml, ("image/png", "attachment; filename=a.png", PROGRAM)))
    assert files_of(copy) == [] and "[cut: a.png" in text_of(copy)


def test_all_but_programs(make_list):
    """A3, L5: attachments = allow passes what runs nothing and tells of nobody."""
    ml = make_list(settings={"attachments": "allow"})
    copy = copy_of(ml, post_with(ml, ("application/x-thing", "attachment; filename=thing.bin", b"\x01\x02\x03"),
                                 ("application/octet-stream", "attachment; filename=a.txt.exe", b"text"),
                                 ("text/plain", "attachment; filename=b.txt", PROGRAM),
                                 ("text/vcard", "attachment; filename=anna.vcf", b"BEGIN:VCARD\nEMAIL:anna@home.example\n")))
    assert files_of(copy) == [("application/octet-stream", "thing.bin", b"\x01\x02\x03")]
    assert "anna@home.example" not in copy.as_bytes().decode()


def test_copy_of_a_copy(make_list):
    """A3: a copy that is posted again has the same files."""
    ml = make_list(settings={"attachments": "allow", "footer": "", "subject_tag": ""})
    ml.post(ml.person("anna"), post_with(ml, ("image/png", "attachment; filename=\"../../etc/a b.png\"", PNG)))
    [first, *_] = ml.copies()
    again = Mail(first.data)
    ml.post(ml.person("anna"), compose(f"Anna Ames <{ml.person('anna')}>", ml.address, body=again.body, mime_version="1.0",
                                       content_type=again.get("Content-Type")))
    [_, second] = [copy for copy in ml.copies(count=2) if copy.rcpt == first.rcpt]
    files = [files_of(email.message_from_bytes(copy.data)) for copy in (first, second)]
    assert files[0] == files[1] == [("image/png", "a b.png", PNG)]


def test_what_outlook_packed_is_told(make_list):
    """A3: of a winmail.dat the names within are told, and nothing of it arrives."""
    ml = make_list()

    def attribute(level, kind, octets):
        return struct.pack("<BII", level, kind, len(octets)) + octets + struct.pack("<H", sum(octets) & 0xffff)
    winmail = (b"\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x00089006, b"\x00\x00\x01\x00") + attribute(2, 0x00069002, b"\x01" + bytes(13))
               + attribute(2, 0x00018010, b"plan.doc\x00") + attribute(2, 0x0006800f, b"the plan of the plan"))
    copy = copy_of(ml, post_with(ml, ("application/ms-tnef", "attachment; filename=winmail.dat", winmail)))
    assert "[cut: plan.doc (application/ms-tnef, 20 B)]" in text_of(copy) and "the plan" not in text_of(copy)
