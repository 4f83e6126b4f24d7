"""test_html_allowed.py - html = allow: HTML arrives with nothing in it that loads, runs, or tells of people (A3, L5, L10)"""
import email
import html.parser

from mails import compose

HTML = """<html><head><style>@import url(https://t1.example/y.css)</style></head>
<body background="https://t2.example/b.png" onload="x()"><p style="color: red; background-image: url(https://t3.example/x)">Hello <b>all</b>,</p>
<img src="https://t4.example/open.gif?anna" width=1 height=1><img src="https://t5.example/m.png" alt="The map">
<script>x()</script><iframe src="https://t6.example/f"></iframe><a href="javascript:x()">no</a> <a href="https://people.example/plan">the plan</a>
<div>On Monday, Ben &lt;<a href="mailto:ben@people.example">ben@people.example</a>&gt; wrote:<br></div><blockquote>Is there a plan?</blockquote>
</body></html>
"""
TAGS = {"html", "head", "meta", "body", "p", "b", "a", "div", "br", "blockquote"}


class Seen(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= set(attrs)


def forms_of(ml, content_type, body):
    """The text and the HTML of a copy."""
    ml.post(ml.person("anna"), compose(f"Anna Ames <{ml.person('anna')}>", ml.address, body=body, mime_version="1.0", content_type=content_type))
    copy = email.message_from_bytes(ml.copies()[0].data)
    assert copy.get_content_type() == "multipart/alternative"
    return [(part.get_content_type(), part.get_payload(decode=True).decode()) for part in copy.get_payload()]


def check_html(page):
    seen = Seen(page)
    assert seen.tags <= TAGS
    assert seen.attributes == {("charset", "utf-8"), ("style", "color: red"), ("href", "https://people.example/plan"), ("rel", "noopener noreferrer")}
    assert "<b>all</b>" in page and "[The map]" in page and "On Monday, Ben wrote:" in page
    assert ".example/" not in page.replace("https://people.example/plan", "") and "ben@" not in page and "x()" not in page


def test_html_alone(make_list):
    """L5, L10: HTML and a text made of it, and both have the footer."""
    ml = make_list(settings={"html": "allow", "footer": "The last line"})
    [(plain, text), (kind, page)] = forms_of(ml, "text/html; charset=utf-8", HTML)
    assert (plain, kind) == ("text/plain", "text/html")
    assert "Hello all," in text and "The last line" in text and "The last line" in page
    check_html(page)


def test_both_forms(make_list):
    """A3: what the author's program wrote as text stays that text."""
    ml = make_list(settings={"html": "allow"})
    body = f"--b\nContent-Type: text/plain; charset=utf-8\n\nHello in words.\n--b\nContent-Type: text/html; charset=utf-8\n\n{HTML}\n--b--\n"
    [(_, text), (_, page)] = forms_of(ml, "multipart/alternative; boundary=b", body)
    assert text.startswith("Hello in words.") and "Hello all" not in text
    check_html(page)


def test_text_stays_text(make_list):
    """A3: a post without HTML is what it is on any list."""
    ml = make_list(settings={"html": "allow"})
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    assert email.message_from_bytes(ml.copies()[0].data).get_content_type() == "text/plain"


def parts_of(*parts):
    """The parts of a multipart with the boundary of its depth: (depth, type, body or parts)."""
    def write(kind, body, depth):
        if isinstance(body, str):
            return f"Content-Type: {kind}\n\n{body}\n"
        mark = f"b{depth}"
        inner = "".join(f"--{mark}\n{write(*part, depth + 1)}" for part in body)
        return f"Content-Type: {kind}; boundary={mark}\n\n{inner}--{mark}--\n"
    head, _, body = write(*parts, 0).partition("\n\n")
    return head.removeprefix("Content-Type: "), body


PLAIN, PAGE, IMAGE = "text/plain; charset=utf-8", "text/html; charset=utf-8", "image/png"


def test_html_in_pieces(make_list):
    """Apple Mail: a picture cuts the HTML in two; the HTML of the copy is both, and each once."""
    ml = make_list(settings={"html": "allow"})
    content_type, body = parts_of("multipart/alternative", [
        (PLAIN, "First. Second."), ("multipart/mixed", [(PAGE, "<p>First.</p>"), (IMAGE, "x"), (PAGE, "<p>Second.</p>")])])
    [(_, text), (_, page)] = forms_of(ml, content_type, body)
    assert text.count("First.") == text.count("Second.") == page.count("First.") == page.count("Second.") == 1


def test_two_texts_beside_one_html(make_list):
    """What the HTML says of the second text too is not said once more."""
    ml = make_list(settings={"html": "allow"})
    content_type, body = parts_of("multipart/alternative", [
        ("multipart/mixed", [(PLAIN, "First."), (IMAGE, "x"), (PLAIN, "Second.")]), (PAGE, "<p>First.</p><p>Second.</p>")])
    [(_, text), (_, page)] = forms_of(ml, content_type, body)
    assert text.count("First.") == text.count("Second.") == page.count("First.") == page.count("Second.") == 1


def test_text_and_html_of_one_form(make_list):
    """Not two forms of one thing, but two things: both stand in both forms, once."""
    ml = make_list(settings={"html": "allow"})
    content_type, body = parts_of("multipart/alternative", [("multipart/mixed", [(PLAIN, "First."), (PAGE, "<p>Second.</p>")])])
    [(_, text), (_, page)] = forms_of(ml, content_type, body)
    assert text.count("First.") == text.count("Second.") == page.count("First.") == page.count("Second.") == 1
