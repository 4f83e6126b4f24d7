"""test_deny.py - listctl deny: entries by hand, lists from files and from a web server"""
import contextlib
import sqlite3
import time

import pytest

from web import Answer, Web

DAY = 86400
DROP = "; a list\r\n192.0.2.0/24 ; SBL1\r\n198.51.100.0/24 ; SBL2\r\n2001:db8::/32 ; SBL3\r\n"


@pytest.fixture
def web():
    with contextlib.closing(Web()) as web:
        yield web


def networks(lab, *words):
    return [row["network"] for row in lab.json("deny", "ls", *words)["denied"]]


def change(lab, statement, *values):
    """What time, or a server, would have done."""
    with contextlib.closing(sqlite3.connect(lab.data / "spool" / "spool.db")) as db, db:
        db.execute(statement, values)


# --- by hand ---------------------------------------------------------------------------------------


def test_add_ls_rm(lab):
    added = lab.json("deny", "add", "192.0.2.77/24", "--reason", "tried 2,000 names", "--for", "30d")
    assert added == {"network": "192.0.2.0/24", "label": "admin", "seconds": 30 * DAY, "was_there": False}
    assert "192.0.2.77/24 is taken as 192.0.2.0/24" in lab.run("deny", "add", "192.0.2.77/24", "--reason", "again").stderr
    lab.run("deny", "add", "2001:DB8::7", "--reason", "relay tests", "--label", "tests", "--for", "12h")
    one, other = lab.json("deny", "ls")["denied"]
    assert (one["network"], one["label"], one["is"], one["until"], one["reason"]) == ("192.0.2.0/24", "admin", "denied", None, "again")
    assert (other["network"], other["label"], other["hits"], other["last_hit"]) == ("2001:db8::7/128", "tests", 0, None)
    assert other["until"] and other["evidence"].startswith("by ")
    assert networks(lab, "tests") == ["2001:db8::7/128"]
    assert lab.json("deny", "rm", "2001:db8::7") == {"removed": 1}
    assert "it lies in 192.0.2.0/24 (admin)" in lab.refused("deny", "rm", "192.0.2.8")
    assert lab.json("deny", "rm", "admin") == {"removed": 1}
    assert networks(lab) == []
    assert "nothing has the label admin" in lab.refused("deny", "rm", "admin")


@pytest.mark.parametrize("network, status, said", [
    ("11.0.0.0/7", 1, "too wide: at least /8 for IPv4 and /16 for IPv6"), ("0.0.0.0/0", 1, "too wide"), ("2000::/15", 1, "too wide"),
    ("::/16", 1, "too wide"), ("127.0.0.1", 1, "this machine itself"), ("::1", 1, "this machine itself"),
    ("10.1.2.0/24", 1, "10.1.0.0/16 is in trusted_networks"), ("10.0.0.0/8", 1, "10.1.0.0/16 is in trusted_networks"),
    ("people.example", 2, "is not an IP address or network"), ("192.0.2.0/33", 2, "is not an IP address or network"),
])
def test_what_cannot_be_denied(lab, network, status, said):
    lab.configure(server={"trusted_networks": "10.1.0.0/16"})
    assert said in lab.refused("deny", "add", network, "--reason", "x", status=status)
    assert networks(lab) == []


def test_words_of_add(lab):
    assert "--reason" in lab.refused("deny", "add", "192.0.2.1", status=2)
    for reason in ("", "two\nlines", "x" * 201):
        assert "--reason" in lab.refused("deny", "add", "192.0.2.1", "--reason", reason, status=2)
    for span in ("0", "10000d", "long", "-1d"):
        assert "--for" in lab.refused("deny", "add", "192.0.2.1", "--reason", "x", "--for", span, status=2)
    assert "no label" in lab.refused("deny", "add", "192.0.2.1", "--reason", "x", "--label", "A b", status=2)
    lab.configure(guard={"good_networks": "192.0.2.0/25"})
    assert "good_networks" in lab.run("deny", "add", "192.0.2.0/24", "--reason", "x").stderr


# --- from a file --------------------------------------------------------------------------------------


def test_import_and_refresh_a_file(lab):
    path = lab.file(DROP, "drop.txt")
    done = lab.json("deny", "import", "drop", path, "--for", "2d")
    assert done == {"bad": 0, "refused": 0, "label": "drop", "entries": 3, "added": 3, "removed": 0}
    assert {row["reason"] for row in lab.json("deny", "ls", "drop")["denied"]} == {"SBL1", "SBL2", "SBL3"}
    lab.file("192.0.2.0/24\n203.0.113.0/24\n", "drop.txt")
    [row] = lab.json("deny", "refresh")["lists"]
    assert row == {"label": "drop", "result": "renewed", "entries": 2, "added": 1, "removed": 2, "problem": None}
    path.unlink()
    refused = lab.json("deny", "refresh", "drop", status=1)
    assert refused["lists"][0]["result"] == "failed" and "what there was of them stays" in refused["error"]["text"]
    assert networks(lab, "drop") == ["192.0.2.0/24", "203.0.113.0/24"]
    [row] = lab.json("deny", "review")["lists"]
    assert row["list"] == "drop" and row["entries"] == 2 and row["never_hit"] == 2 and "cannot be read" in row["problem"]
    assert "the copy of 0 days ago is in use" in lab.run("deny", "review").stderr
    assert "is imported" in lab.run("deny", "rm", "192.0.2.0/24").stderr
    assert lab.json("deny", "rm", "drop") == {"removed": 1}
    assert lab.json("deny", "review")["lists"] == []


def test_import_from_standard_input(lab):
    lab.run("deny", "import", "drop", "-", stdin=DROP)
    assert len(networks(lab)) == 3
    assert "import it again" in lab.refused("deny", "refresh", "drop")
    assert lab.json("deny", "refresh")["lists"] == []


def test_bad_lines_are_told(lab):
    lines = [f"192.0.2.{n}" for n in range(60)]
    lines[9], lines[19], lines[29], lines[39] = "what is this", "192.0.2.0 - 192.0.2.9", "0.0.0.0/0", "127.0.0.1 ; us"
    path = lab.file("\n".join(lines), "list")
    done = lab.run("deny", "import", "drop", path)
    for line, said in ((10, "no network"), (20, "a range of addresses"), (30, "too wide"), (40, "that is this machine itself")):
        assert f"{path}:{line}: {said}" in done.stderr
    assert len(networks(lab)) == 56
    lines[1:4] = ["x", "y", "z"]
    assert "5 of 60 lines are no networks" in lab.refused("deny", "import", "drop", lab.file("\n".join(lines), "list"))
    assert len(networks(lab)) == 56


def test_labels_of_lists(lab):
    path = lab.file(DROP)
    for label in ("admin", "guard"):
        assert "of what is denied here" in lab.refused("deny", "import", label, path)
    lab.run("deny", "add", "203.0.113.1", "--reason", "x", "--label", "mine")
    assert "added by hand" in lab.refused("deny", "import", "mine", path)
    lab.run("deny", "import", "drop", path)
    assert "imported list" in lab.refused("deny", "add", "203.0.113.1", "--reason", "x", "--label", "drop")
    assert "no imported list" in lab.refused("deny", "refresh", "mine")
    assert "cannot be read" in lab.refused("deny", "import", "other", "/absent/list")
    for where in ("file:///etc/hosts", "ftp://lists.example/drop", "gopher://x/"):
        assert "https://, http://, a file or -" in lab.refused("deny", "import", "other", where, status=2)


# --- from a web server ------------------------------------------------------------------------------------


def test_fetched_and_asked_again(lab, web):
    """Also: what is said of a copy is said back, and no proxy of the environment is used."""
    web.answers["/drop"] = Answer(DROP, headers={"ETag": '"one"', "Last-Modified": "Fri, 27 Nov 2026 00:00:00 GMT"})
    done = lab.run("deny", "import", "drop", web.url("/drop"), "--for", "2d", env={"http_proxy": "http://127.0.0.1:1/", "ALL_PROXY": "x"})
    assert "3 networks are denied for 2d" in done.stderr and "prefer https://" in done.stderr
    assert "'refresh = 1d' in [fetch]" in done.stderr
    change(lab, "UPDATE deny SET until = until - 3 * 86400")
    assert {row["is"] for row in lab.json("deny", "ls")["denied"]} == {"on probation"}
    [row] = lab.json("deny", "refresh")["lists"]
    assert row["result"] == "unchanged" and row["entries"] == 3
    assert {row["is"] for row in lab.json("deny", "ls")["denied"]} == {"denied"}  # renewed
    (_, first), (_, second) = web.asked
    assert "If-None-Match" not in first and "User-Agent" not in first
    assert (second["If-None-Match"], second["If-Modified-Since"]) == ('"one"', "Fri, 27 Nov 2026 00:00:00 GMT")
    web.answers["/drop"] = Answer("192.0.2.0/24\n", headers={"ETag": '"two"'})
    [row] = lab.json("deny", "refresh", "drop")["lists"]
    assert (row["result"], row["entries"], row["removed"]) == ("renewed", 1, 2)


def failing_answers():
    """What a server may do instead: the answer, and what is said of it."""
    return {
        "gone": (Answer(status=404), "the server answered 404"),
        "broken": (Answer(status=500), "the server answered 500"),
        "no content": (Answer(status=204), "the server answered 204"),
        "empty": (Answer(""), "no network in it"),
        "garbage": (Answer("<html>\n<body>Please log in</body>\n</html>\n"), "it is no such list"),
        "octets": (Answer(bytes(range(256)) * 64), "it is no such list"),
        "says too large": (Answer(DROP, says_length=17 << 20), "larger than"),
        "is too large": (Answer(DROP, endless=True), "larger than"),
        "cut off": (Answer(DROP, says_length=5000), "transfer closed"),
        "to a file": (Answer(status=302, headers={"Location": "file:///etc/hosts"}), "another protocol"),
        "to ftp": (Answer(status=302, headers={"Location": "ftp://127.0.0.1/drop"}), "another protocol"),
        "in circles": (Answer(status=302, headers={"Location": "/drop"}), "redirects"),
        "endless header": (Answer(DROP, headers={f"X-{n}": "x" * 1000 for n in range(90)}), "larger than"),
        "nobody asked": (Answer(status=304), "nobody asked"),
    }


@pytest.mark.parametrize("name", failing_answers())
def test_last_good_copy_stays(lab, web, name):
    web.answers["/drop"] = Answer(DROP)
    lab.run("deny", "import", "drop", web.url("/drop"))
    web.answers["/drop"], said = failing_answers()[name]
    failed = lab.json("deny", "refresh", status=1)
    assert said in failed["lists"][0]["problem"]
    assert len(networks(lab)) == 3
    assert said in lab.json("deny", "review")["lists"][0]["problem"]
    assert said in lab.refused("deny", "import", "other", web.url("/drop"))  # nothing is half done
    assert len(networks(lab)) == 3
    web.answers["/drop"] = Answer(DROP)
    lab.run("deny", "refresh")
    assert lab.json("deny", "review")["lists"][0]["problem"] is None


def test_redirections(lab, web):
    web.answers["/drop"] = Answer(status=301, headers={"Location": "/new", "ETag": '"old"'})
    web.answers["/new"] = Answer(DROP)
    lab.run("deny", "import", "drop", web.url("/drop"))
    lab.run("deny", "refresh")
    assert all("If-None-Match" not in headers for _, headers in web.asked)  # the ETag was that of the redirection
    assert "no address that can be fetched" in lab.refused("deny", "import", "other", "https://x y/", status=2)
    assert lab.refused("deny", "import", "other", web.url("/drop").replace("http:", "https:"))  # no TLS there
    assert lab.refused("deny", "import", "other", web.url("/drop").replace("//", "//user:secret@"))


def test_one_failure_stops_no_other(lab, web):
    for label in ("a", "b", "c"):
        web.answers[f"/{label}"] = Answer(f"192.0.2.{ord(label)}\n")
        lab.run("deny", "import", label, web.url(f"/{label}"))
    del web.answers["/b"]
    web.answers["/c"] = Answer("192.0.2.1\n192.0.2.2\n")
    rows = {row["label"]: row["result"] for row in lab.json("deny", "refresh", status=1)["lists"]}
    assert rows == {"a": "renewed", "b": "failed", "c": "renewed"}
    assert len(networks(lab)) == 4


# --- review -------------------------------------------------------------------------------------------------


def test_review(lab):
    assert "Nothing wants a look." in lab.run("deny", "review").stderr
    now = int(time.time())
    for number, (span, until, added, hits) in enumerate([
            ("30d", now + 3 * DAY, now, 5),         # ends soon
            ("30d", now - 3 * DAY, now, 0),         # on probation
            ("30d", now - 31 * DAY, now, 0),        # gone
            ("30d", 0, now - 91 * DAY, 0),          # idle
            ("30d", 0, now, 7)]):                   # nothing but busy
        lab.run("deny", "add", f"192.0.2.{number}", "--reason", "x", "--for", span)
        change(lab, "UPDATE deny SET until = ?, added = ?, hits = ?, last_hit = ? WHERE network = ?", until, added, hits,
               added if hits else 0, f"192.0.2.{number}/32")
    rows = [(row["why"], row["network"]) for row in lab.json("deny", "review")["entries"]]
    assert rows == [("ends soon", "192.0.2.0/32"), ("on probation", "192.0.2.1/32"), ("refused nobody for long", "192.0.2.3/32"),
                    ("refuses most", "192.0.2.4/32"), ("refuses most", "192.0.2.0/32")]
    said = lab.run("deny", "review").stderr
    assert "ends within a week" in said and "at the first fault" in said and "refused nobody for 90 days" in said
    assert networks(lab) == [f"192.0.2.{number}/32" for number in (0, 1, 3, 4)]


def test_review_of_lists(lab):
    lab.run("deny", "import", "drop", lab.file(DROP))
    change(lab, "UPDATE deny SET hits = 3 WHERE reason = 'SBL2'")
    [row] = lab.json("deny", "review")["lists"]
    assert (row["entries"], row["hits"], row["never_hit"], row["problem"]) == (3, 3, 2, None)
    change(lab, "UPDATE deny_list SET fetched = fetched - 8 * 86400")
    assert "not refreshed for 8 days" in lab.run("deny", "review").stderr


def test_keys_are_not_needed(lab):
    """Whoever fetches from a server has no key in memory."""
    (lab.data / "keys").rename(lab.data / "hidden")
    lab.run("deny", "add", "192.0.2.1", "--reason", "x")
    assert networks(lab) == ["192.0.2.1/32"]
