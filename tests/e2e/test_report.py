"""test_report.py - the daily report to the admin: what waits, what happened at the door in words, each day's once"""
import contextlib
import re
import sqlite3

import pytest

from lab import lab_server
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
        assert store.execute("UPDATE report SET day = day - ?, at = at - ? * 86400", (days, days)).rowcount == 1
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
        for number in range(41):
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
