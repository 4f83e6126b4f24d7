"""test_report.py - the daily reports: to the admin of the server, and to the owners of each list; each day's once"""
import contextlib
import datetime
import re
import shutil
import sqlite3
import subprocess
import urllib.parse
import zlib

import pytest

from lab import List, lab_server
from mails import compose
from people import Person
from server import ADMIN, DOMAIN
from wait import wait_for


@pytest.fixture
def reporting():
    with lab_server({"guard": {"slow": "40", "deny": "80", "tarpit": "1s"}}) as server:
        yield server


def last_day(server):
    with contextlib.closing(sqlite3.connect(server.data / "listd.db")) as store:
        return next(iter(store.execute("SELECT day FROM report")), None)


def turn_back(server, days):
    """As if the last report had gone out so many days earlier; the server is started anew."""
    wait_for(lambda: last_day(server) is not None, "the first look")
    assert server.stop() == 0
    with contextlib.closing(sqlite3.connect(server.data / "listd.db", isolation_level=None)) as store:
        assert store.execute("UPDATE report SET day = day - ?, at = at - ? * 86400", (days, days)).rowcount >= 1
    server.start()
    server.settle()


def test_nothing_happened(reporting):
    report = reporting.json("report", "show", "--site")
    assert report["subject"] == "[mx.lists.example] nothing to do"
    assert "Nothing waits for you." in report["text"]
    assert "Nobody tested for relaying or collected addresses." in report["text"]
    assert f"{DOMAIN}: no-bounce mode is on" in report["text"]
    assert reporting.sink.to(ADMIN) == []


def test_each_day_once(reporting):
    """Once a day, also after a restart; a missed day is told late, and says so; a clock that went back sends nothing."""
    admin = Person(reporting, ADMIN)
    wait_for(lambda: last_day(reporting) is not None, "the first look")
    reporting.restart()
    reporting.settle()
    assert admin.letters() == []
    turn_back(reporting, 1)
    letter = admin.letter()
    assert letter.subject == "[mx.lists.example] nothing to do" and "late" not in letter.text
    assert letter.mail["Auto-Submitted"] == "auto-generated"
    reporting.restart()
    reporting.settle()
    assert admin.letters() == []
    turn_back(reporting, 3)
    assert admin.letter().text.startswith("This report is late: it tells of everything since ")
    turn_back(reporting, -2)
    assert admin.letters() == []


def test_a_day_under_attack(reporting):
    """C5, D3, D8, B2: relay tests and harvesters in words, with how often; what waits first; in both languages."""
    admin = Person(reporting, ADMIN)
    reporting.listctl("list", "add", f"astronomy@{DOMAIN}", "--owner", "olga@home.example")
    for _ in range(4):
        with reporting.smtp(source="127.8.0.1") as client:
            client.say("MAIL FROM:<sf-rny@hotmail.example>")
            for name in ("frank@aol.example", "ta@yahoo.example"):
                assert client.say(f"RCPT TO:<{name}>").startswith(b"550 5.7.1")
    with reporting.smtp(source="127.8.1.1") as client:
        client.say("MAIL FROM:<a@spam.example>")
        for number in range(46):  # the set of what was tried takes some for others: 40 are to be counted for certain
            client.say(f"RCPT TO:<name{number}@{DOMAIN}>")
    Person(reporting).write(f"astronomi@{DOMAIN}", "The meeting", "Hello all, when do we meet next week? I can bring the telescope.\n")
    reporting.listctl("deny", "add", "192.0.2.0/24", "--reason", "spam", "--for", "2d")
    wait_for(lambda: len(reporting.json("guard", "report")["events"]) == 2, "both events")
    turn_back(reporting, 1)
    letter = admin.letter()
    assert letter.subject == "[mx.lists.example] 2 waiting for you; 2 at the door"
    text = re.sub(r"\s+", " ", letter.text)
    assert "- likely typos, to addresses that do not exist: 1 (listctl misaddressed ls)" in text
    assert "- entries of the deny list that end within a week: 1 (listctl deny review)" in text
    assert re.search(r"Someone at 127\.8\.0\.0/24 tested whether this server relays, for the 4th time \(\d+ attempts; last seen "
                     r"\d{4}-\d\d-\d\d\)\. Nothing was relayed; nothing needs doing\.", text)
    assert re.search(r"Someone at 127\.8\.1\.0/24 tried 4\d addresses, as harvesters do .*so nothing was learnt; nothing needs doing\.", text)
    assert re.search(r"misaddressed \S*[▂-█] 1 this week", text)
    japanese = reporting.json("report", "show", "--site", "--lang", "ja")
    assert japanese["subject"] == "[mx.lists.example] 対応待ち 2 件、接続の出来事 2 件"
    assert "(4 回目)" in japanese["text"] and "今週の拒否リスト" in japanese["text"]


def test_sent_by_hand(reporting):
    admin = Person(reporting, ADMIN)
    assert reporting.json("report", "send", "--site", "--lang", "ja")["to"] == ADMIN
    reporting.settle()
    assert admin.letter().subject == "[mx.lists.example] 対応は不要です"
    refused = reporting.listctl("report", "show", check=False)
    assert refused.returncode == 2 and "--site" in refused.stderr


# --- of a list -------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium")


def listen_to(server):
    ml = List(server)
    server.listctl("list", "set", ml.address, "report", "daily")
    return ml, Person(server, ml.owner)


def test_first_report_of_a_list(reporting):
    """Whoever makes a list gets the first one at once: a welcome, and what it looks like; in the language of the list."""
    address, olga = f"new@{DOMAIN}", Person(reporting)
    reporting.listctl("list", "add", address, "--owner", olga.address, "--lang", "ja", "--title", "天文")
    reporting.settle()
    letter = olga.letter()
    assert letter.subject == "[new] ようこそ。リストができました" and "対応が必要なこと" in letter.text
    assert [part.get_content_type() for part in letter.mail.iter_parts()] == ["text/plain", "text/html"]


def test_owners_know_all_of_a_day(reporting):
    """A5, A6: what waits first, then numbers; members are masked; told once, also after a restart; another list's owner reads none of it."""
    ml, olga = listen_to(reporting)
    anna = ml.members[0]
    ml.post(anna, compose(anna, ml.address))
    stranger = "zoe@elsewhere.example"
    ml.post(stranger, compose(stranger, ml.address))
    reporting.listctl("member", "add", ml.address, "dora@people.example")
    reporting.listctl("member", "rm", ml.address, ml.members[1])
    wait_for(ml.held, "the stranger's post")
    ml.copies()
    reporting.settle()
    olga.letters()
    turn_back(reporting, 1)
    letter = [letter for letter in olga.letters() if letter.mail["Auto-Submitted"]][0]
    assert letter.subject == f"[{ml.name}] 1 post waits for you"
    lines = [line.split() for line in letter.text.splitlines()]
    for row in (["posts", "1"], ["authors", "1"], ["joined", "5"], ["left", "1"]):
        assert any(line[: len(row)] == row for line in lines), (row, letter.text)
    assert "d***@p***.example" in letter.text and "dora@" not in letter.text and anna not in letter.text
    numbers = reporting.json("report", "show", ml.address, "--day", day_of(reporting, ml))
    assert numbers["numbers"]["posts"] == 1 and numbers["held_by"]["posting"] == 1 and numbers["numbers"]["left"] == 1
    reporting.restart()
    reporting.settle()
    assert olga.letters() == []
    assert reporting.json("report", "show", ml.address)["numbers"]["posts"] == 0


def day_of(server, ml):
    with contextlib.closing(sqlite3.connect(server.data / "listd.db")) as store:
        [(day,)] = store.execute("SELECT day FROM report JOIN list ON list.id = list_id WHERE name = ?", (ml.name,))
    return str(datetime.date(1970, 1, 1) + datetime.timedelta(days=day))


def test_one_link_for_changes_only(reporting):
    """The link of the report, and an answer to the question about it, and it comes when something happened only."""
    ml, olga = listen_to(reporting)
    reporting.json("report", "send", ml.address)
    reporting.settle()
    link = urllib.parse.urlsplit(re.search(r"mailto:\S+", olga.letters()[-1].text)[0])
    olga.write(link.path, urllib.parse.unquote(link.query.removeprefix("subject=")))
    olga.reply(olga.letter(), "yes")
    reporting.settle()
    assert "changes" in reporting.json("list", "get", ml.address, "report").values()


def pixels(png):
    """The octets of a picture's lines, as they are filtered."""
    data, at, packed = png.read_bytes(), 8, b""
    while at < len(data):
        length, kind = int.from_bytes(data[at:at + 4]), data[at + 4:at + 8]
        packed += data[at + 8:at + 8 + length] if kind == b"IDAT" else b""
        at += 12 + length
    return zlib.decompress(packed)


@pytest.mark.skipif(not CHROMIUM, reason="there is no chromium")
@pytest.mark.parametrize("lang", ["en", "ja"])
def test_page_in_a_browser(reporting, tmp_path, lang):
    """The HTML is drawn, with text and bars, and asks nobody for anything."""
    ml, _ = listen_to(reporting)
    page, png, net = tmp_path / "report.html", tmp_path / "report.png", tmp_path / "net.json"
    page.write_text(reporting.listctl("report", "show", ml.address, "--html", "--lang", lang), encoding="utf-8")
    subprocess.run([CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=720,1400",
                    f"--user-data-dir={tmp_path / 'profile'}", "--disable-background-networking", "--disable-component-update",
                    "--host-resolver-rules=MAP * ~NOTFOUND", f"--log-net-log={net}", f"--screenshot={png}", page.as_uri()],
                   check=True, capture_output=True, timeout=120)
    drawn = pixels(png)
    assert len(set(drawn)) > 50 and drawn.count(0) < len(drawn) * 0.99, "a blank picture"
    asked = {url for url in re.findall(r'"url":"([^"]+)"', net.read_text(errors="replace")) if url.startswith("http")}
    assert not any("example" in url for url in asked), asked
