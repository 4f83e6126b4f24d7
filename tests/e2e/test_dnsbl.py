"""test_dnsbl.py - DNS blocklists, behind a name server that is not always one's friend (requirement D7)"""
import contextlib

import pytest

from dns import NameServer
from lab import lab_server
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
