"""test_dnsbl.py - DNS blocklists, behind a name server that is not always one's friend (requirement D7)"""
import contextlib

import pytest

from dns import NameServer
from lab import lab_server
from namespace import with_public_loopback
from server import DOMAIN, HOSTNAME
from wait import wait_for

PUBLIC, PUBLIC_V6 = "198.51.100.25", "2001:db8::25"
MODES = ("works", "v4", "all", "empty", "elsewhere", "refuses", "silent", "servfail", "cut")
WORKING = {"works", "v4"}


@pytest.fixture(scope="module")
def names():
    with contextlib.closing(NameServer()) as server:
        for mode in MODES:
            server.zone(f"{mode}.bl.example", mode)
        server.host(HOSTNAME, PUBLIC, PUBLIC_V6, "10.0.0.25")
        yield server


@pytest.fixture(scope="module")
def server(names):
    with lab_server({"guard": {"dns": names.address, "dnsbl": ", ".join(f"{mode}.bl.example" for mode in MODES)}}) as server:
        yield server


def check(server, *zones):
    done = server.listctl("check", "dnsbl", *zones, check=False)
    return done.returncode, done.stdout + done.stderr


def blocklists(server):
    return {row["list"].removesuffix(".bl.example"): row for row in server.json("guard", "status")["blocklists"]}


def test_lists_that_do_not_work_are_switched_off(server, names):
    """One line of the log each, and in `guard status` why; what says yes to everything is asked nothing more."""
    wait_for(lambda: len(blocklists(server)) == len(MODES), lambda: f"all lists tested: {blocklists(server)}")
    rows = blocklists(server)
    assert {mode for mode, row in rows.items() if row["asked"]} == WORKING
    for mode, why in {"all": "says yes to everything", "empty": "dead", "elsewhere": "somebody else answers", "refuses": "127.255.255.254",
                      "silent": "does not answer", "servfail": "does not answer", "cut": "does not answer"}.items():
        assert why in rows[mode]["why"]
    log = server.log()
    for mode in MODES:
        assert log.count(f"list={mode}.bl.example ") == 1
        assert log.count(f"dnsbl-{'on' if mode in WORKING else 'off'} list={mode}.bl.example ") == 1
    assert "no-sandbox" not in log  # else nothing is proved: the questions went out behind it


def test_loopback_is_not_asked_about(server, names):
    """No list hears of a private address, and no session waits for one."""
    before = len(names.asked)
    for _ in range(5):
        server.post_ok("a@elsewhere.example", f"someone@{DOMAIN}", b"From: a@elsewhere.example\r\n\r\nx\r\n")
    assert len(names.asked) == before


def test_check_tells_each_case(server, names):
    status, text = check(server)
    assert status == 1
    lines = {line.split(".bl.example")[0]: line for line in text.split("\n\n")[0].splitlines()}
    assert " yes " in lines["works"] and " no " not in lines["works"]
    assert lines["v4"].split()[1:4] == ["yes", "yes", "no"]
    for mode in set(MODES) - WORKING:
        assert lines[mode].split()[1:4] == ["no", "no", "no"], lines[mode]
    assert "127.255.255.254" in lines["refuses"] and "says yes to everything" in lines["all"]


def test_check_tells_whether_we_are_listed(server, names):
    """What a list says is printed so that it cannot do harm; an answer that does not count is no fault."""
    assert check(server, "works.bl.example")[0] == 0
    names.list("works.bl.example", PUBLIC, "127.0.0.4", "sent \x1b[2J spam, see https://bl.example/why")
    names.list("works.bl.example", PUBLIC_V6, "127.0.0.4")
    status, text = check(server, "works.bl.example")
    assert status == 1 and text.count("LISTED") == 2 and "sent ?[2J spam, see https://bl.example/why" in text
    assert "10.0.0.25" not in text
    status, text = check(server, "works.bl.example=127.0.0.2")
    assert status == 0 and "LISTED" not in text and text.count("listed, as what does not count") == 2
    addresses = server.json("check", "dnsbl", "v4.bl.example")["addresses"]
    assert [(row["address"], row["verdict"]) for row in addresses] == [(PUBLIC, "not listed")]


def test_check_without_lists_or_addresses(server, names):
    conf = server.conf.read_text()
    names.table.pop((HOSTNAME, 1)), names.table.pop((HOSTNAME, 28))
    status, text = check(server, "works.bl.example")
    assert status == 0 and "no public address" in text
    server.conf.write_text(conf.replace("dnsbl =", "#"))
    status, text = check(server)
    assert status == 0 and "dnsbl is empty" in text
    server.conf.write_text(conf)
    assert check(server, "no list")[0] == 2


LISTED, CLEAN = "203.0.113.9", "203.0.113.8"
GUARDED = {"slow": "40", "deny": "80"}


def talk(server, source):
    """A session with a message that is taken."""
    with server.smtp(source=source) as client:
        [answer] = client.post("a@elsewhere.example", [f"someone@{DOMAIN}"], b"From: a@elsewhere.example\r\n\r\nx\r\n")
    assert answer.startswith(b"250 "), answer


def listed_client():
    with contextlib.closing(NameServer()) as names:
        zones = [names.zone(f"{letter}.bl.example") for letter in "abc"]
        for zone in zones:
            names.list(zone, LISTED)
        with lab_server({"guard": {**GUARDED, "dns": names.address, "dnsbl": ", ".join(zones)}}) as server:
            wait_for(lambda: server.log().count(" dnsbl-on ") == 3, "three lists that work")
            for _ in range(10):
                talk(server, LISTED)
                talk(server, CLEAN)
            wait_for(lambda: server.log().count(" dnsbl-listed ") == 3, lambda: f"a client on three lists: {server.log()[-4000:]}")
            talk(server, LISTED)
            wait_for(lambda: server.json("guard", "status")["suspects"], "what the guard makes of it")
            suspects = {row["who"]: row for row in server.json("guard", "status")["suspects"]}
            assert {row["is"] for row in suspects.values()} == {"watched"}
            assert "3 entries in DNS blocklists" in suspects[f"{LISTED}/32"]["why"] and f"{CLEAN}/32" not in suspects
            assert all(names.count(ip, zone) == 1 for ip in (LISTED, CLEAN) for zone in zones)
            assert server.log().count(" dnsbl-listed ") == 3 and "no-sandbox" not in server.log()


def test_listed_client_gets_points_and_no_more():
    """On three lists, and still not even slowed: watched. One question a list, however often it comes."""
    with_public_loopback(listed_client)


def list_that_falls_silent():
    with contextlib.closing(NameServer()) as names:
        zone = names.zone("bl.example")
        with lab_server({"guard": {**GUARDED, "dns": names.address, "dnsbl": zone}}) as server:
            wait_for(lambda: " dnsbl-on " in server.log(), "a list that works")
            names.zones[zone] = "silent"
            for number in range(5):
                talk(server, f"203.0.113.{20 + number}")
            assert " dnsbl-off " not in server.log()  # it takes three seconds to be silent, and nobody has waited for that
            wait_for(lambda: " dnsbl-off " in server.log(), lambda: f"the list to be off: {server.log()[-4000:]}")
            before = len(names.asked)
            talk(server, "203.0.113.30")
            assert len(names.asked) == before
            names.zones[zone] = "works"
            server.reload()
            wait_for(lambda: server.log().count(" dnsbl-on ") == 2, "the list to be on again")


def test_silent_list_costs_no_session_anything():
    """It is switched off after five questions, and nobody waits for one of them."""
    with_public_loopback(list_that_falls_silent)
