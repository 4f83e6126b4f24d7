"""test_html.py - HTML posts arrive as text, and nothing in a copy tells a server that it was opened (A3, L10)"""
import re

from mails import Mail, compose

HTML = """<html><head><title>x</title><link rel=stylesheet href="https://t1.example/x.css">
<style>@import url(https://t2.example/y.css); p { background: url(https://t3.example/z.png) }</style></head>
<body background="https://t4.example/b.png" style="background-image:url('https://t5.example/b.png')">
<p>Hello all,</p><p>the plan is <a href="https://people.example/plan">here</a>.</p>
<blockquote>Is there a plan?</blockquote>
<img src="https://t6.example/open.gif?anna" width=1 height=1 alt="pixel"><img src="https://t7.example/m.png" alt="The map">
<object data="https://t8.example/o"></object><iframe src="https://t9.example/f"></iframe>
<video poster="https://t10.example/v"></video><script src="https://t11.example/s.js"></script></body></html>
"""
TEXT = "Hello all,\r\n\r\nthe plan is here [1].\r\n\r\n> Is there a plan?\r\n\r\n[The map]\r\n\r\n[1] https://people.example/plan\r\n"
PLAIN = "The plan is in my mail.\n"


def html_post(ml, body=HTML, content_type="text/html; charset=utf-8"):
    return compose(f"Anna Ames <{ml.person('anna')}>", ml.address, body=body, mime_version="1.0", content_type=content_type)


def alternative(plain):
    return (f"--b\nContent-Type: text/plain; charset=utf-8\n\n{plain}\n"
            f"--b\nContent-Type: text/html; charset=utf-8\n\n{HTML}\n--b--\n")


def copy_of(ml, post):
    ml.post(ml.person("anna"), post)
    return Mail(ml.copies()[0].data)


def test_nothing_loads(make_list):
    """L10: a post of HTML only is text, with nothing of what a mail program would load."""
    ml = make_list()
    mail = copy_of(ml, html_post(ml))
    assert mail.get("Content-Type").lower() == "text/plain; charset=utf-8"
    assert mail.body.startswith(TEXT.encode())
    assert re.findall(rb"https?://[^\s]*", mail.body) == [b"https://people.example/plan"]
    assert not re.search(rb"[<]|cid:|url\(", mail.body)


def test_plain_twin_stays(make_list):
    """A3: where the author's program wrote plain text too, readers get that, and no word of the rest."""
    ml = make_list()
    mail = copy_of(ml, html_post(ml, alternative(PLAIN), "multipart/alternative; boundary=b"))
    assert PLAIN.encode().rstrip() in mail.body and b"Hello all" not in mail.body and b"cut" not in mail.body


def test_excuse_is_no_twin(make_list):
    """A3: a plain form that only points to the HTML makes way for it."""
    ml = make_list()
    mail = copy_of(ml, html_post(ml, alternative("Please view this HTML mail in another program."), "multipart/alternative; boundary=b"))
    assert mail.body.startswith(TEXT.encode()) and b"another program" not in mail.body


def test_html_without_text_is_held(make_list):
    """A3: a pixel is nothing to read."""
    ml = make_list()
    ml.post(ml.person("anna"), html_post(ml, '<p>&nbsp;<img src="https://t.example/x" width=1></p>'))
    ml.post(ml.person("anna"), html_post(ml))
    assert len(ml.copies()) == len(ml.readers) and len(ml.sink.to(*ml.readers)) == len(ml.readers)
