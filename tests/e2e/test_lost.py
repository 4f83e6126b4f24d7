"""test_lost.py - addresses that do not exist: no-bounce mode and its switch, and what becomes of misaddressed mail"""
import pytest

from lab import List, lab_server
from mails import compose
from server import DOMAIN, HOSTNAME, Refused
from smtp import Client
from wait import wait_for

UNKNOWN = b"550 5.1.1 no such address\r\n"
TAKEN = b"250 2.1.5 ok\r\n"
TICKET = "abcdefghijklmnopqrstuvwxyz234567"


@pytest.fixture(scope="module")
def own_server():
    """One whose domains may be switched."""
    with lab_server({"server": {"domains": f"{DOMAIN}, other.example"}}) as server:
        yield server


@pytest.fixture
def switched(own_server):
    """The server, no_bounce off while a test runs."""
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    yield own_server
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "on")


def rcpt(server, local, domain=DOMAIN):
    with Client(("127.0.0.1", server.smtp_port)) as client:
        return client.envelope("anna@people.example", f"{local}@{domain}")[1]


def test_off_tells_what_exists_and_nothing_else(switched):
    """B2: all doors of a list and the site's are taken, tickets by their shape; all else gets one and the same refusal."""
    ml = List(switched)
    doors = ["", "-on", "-off", "-digest", "-help", "-request", "-owner", "+on", f"-confirm+{TICKET}", f"-bounce+{TICKET}",
             f"-off+{TICKET}", f"+{TICKET}"]
    for local in [*(ml.name + door for door in doors), ml.name.upper(), "postmaster", "abuse", "Postmaster", f"bounce+{TICKET}"]:
        assert rcpt(switched, local) == TAKEN, local
    for local in (f"{ml.name}x", f"no-{ml.name}", f"{ml.name}-nosuchdoor", "no-on", f"no+{TICKET}", f"no-bounce+{TICKET}", "root",
                  f"{ml.name}%x", f'" {ml.name}"', '"                   "'):
        assert rcpt(switched, local) == UNKNOWN, local
    assert rcpt(switched, "no", "other.example") == TAKEN  # a domain that was not switched tells nothing


def test_a_running_receiver_sees_the_switch(own_server):
    """B2: in the middle of a session, without a restart; the dates are kept."""
    with Client(("127.0.0.1", own_server.smtp_port)) as client:
        for mode, answer in (("off", UNKNOWN), ("on", TAKEN), ("off", UNKNOWN), ("on", TAKEN)):
            own_server.listctl("domain", "set", DOMAIN, "no_bounce", mode)
            assert client.envelope("a@people.example", f"no-such@{DOMAIN}")[1] == answer
            client.say("RSET")
    rows = {row["domain"]: row for row in own_server.rows("domain", "ls")}
    assert rows[DOMAIN]["no_bounce"] == "on" and rows[DOMAIN]["since"] and rows["other.example"]["since"] is None


def test_new_renamed_and_removed_lists_are_known_at_once(switched):
    ml = List(switched)
    switched.listctl("list", "rename", ml.address, "renamed")
    assert (rcpt(switched, ml.name), rcpt(switched, "renamed")) == (UNKNOWN, TAKEN)
    switched.listctl("list", "rm", f"renamed@{DOMAIN}")
    assert rcpt(switched, "renamed") == UNKNOWN


def test_private_lists_and_off_exclude_each_other(own_server):
    """B1: a private list is not told from an unknown address, so it cannot be where those are told."""
    ml = List(own_server)
    ml.set("visibility", "private")
    with pytest.raises(Refused, match="1 private list"):
        own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    own_server.listctl("domain", "set", "other.example", "no_bounce", "off")
    own_server.listctl("domain", "set", "other.example", "no_bounce", "on")
    ml.set("visibility", "public")
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
    with pytest.raises(Refused, match="refuses unknown addresses"):
        ml.set("visibility", "private")
    own_server.listctl("domain", "set", DOMAIN, "no_bounce", "on")
    ml.set("visibility", "private")
    assert rcpt(own_server, ml.name) == rcpt(own_server, "no-such") == TAKEN
    ml.set("visibility", "public")


def test_a_trusted_client_is_never_told(switched):
    """B5: an MTA would send a bounce; what it brings is kept as misaddressed."""
    with Client(("127.0.0.1", switched.lmtp_port), hello="LHLO mta.example") as client:
        assert client.envelope("a@people.example", f"no-such@{DOMAIN}")[1] == UNKNOWN  # not in trusted_networks
    with lab_server({"server": {"trusted_networks": "127.0.0.1"}}) as server:
        server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
        with Client(("127.0.0.1", server.lmtp_port), hello="LHLO mta.example") as client:
            message = compose("a@people.example", f"no-such@{DOMAIN}")
            assert client.post("a@people.example", [f"no-such@{DOMAIN}"], message) == [b"250 2.0.0 accepted\r\n"]
        server.settle()
        assert [row["to"] for row in server.rows("misaddressed", "ls")] == [f"no-such@{DOMAIN}"]


# --- what becomes of misaddressed mail --------------------------------------------------------


def lost(server, to):
    """The row of what came to an address."""
    [row] = [row for row in server.rows("misaddressed", "ls") if row["to"] == to]
    return row


def groups(server):
    return server.json("misaddressed", "ls")["groups"]


def stranger(server, to, **fields):
    server.post_ok("anna@people.example", to, compose("anna@people.example", to, **fields))
    server.settle()


def test_typo_is_forwarded_in_one_step(make_list, server):
    """B3: "did they mean ml@?"; forward takes what is suggested, and whoever wrote it hears nothing."""
    ml = make_list(name="astronomers")
    anna = ml.person("anna")
    for typo, meant in (("astronomers_owner", ml.door("owner")), ("astronomesr", ml.address)):
        wrong = f"{typo}@{DOMAIN}"
        server.post_ok(anna, wrong, compose(anna, wrong, body=f"For {meant}.\n"))
        server.settle()
        row = lost(server, wrong)
        assert (row["group"], row["did_they_mean"], row["times"]) == ("typo", meant, 1)
        assert meant in server.listctl("misaddressed", "show", row["id"])
        assert server.json("misaddressed", "forward", row["id"]) == {"id": row["id"], "to": meant}
        server.settle()
        assert [row for row in server.rows("misaddressed", "ls") if row["to"] == wrong] == []
    assert any(b"For " + ml.door("owner").encode() in mail.data for mail in ml.sink.to(ml.owner))
    [copy] = ml.sink.to(anna)  # the post reached the list, its author as any member; nothing else was sent to her
    assert b"For " + ml.address.encode() in copy.data


def test_private_list_is_never_suggested(make_list, server):
    """It is not told from an address that does not exist, nor taken by a forward when it became private meanwhile."""
    ml = make_list(name="secretsociety")
    stranger(server, f"secretsocietx@{DOMAIN}")
    row = lost(server, f"secretsocietx@{DOMAIN}")
    assert row["did_they_mean"] == ml.address
    ml.set("visibility", "private")
    with pytest.raises(Refused, match="name it"):
        server.listctl("misaddressed", "forward", row["id"])
    stranger(server, f"secretsociety1@{DOMAIN}")
    row = lost(server, f"secretsociety1@{DOMAIN}")
    assert row["group"] == "other" and row["did_they_mean"] is None


def test_repeats_are_one_row(server):
    """B6: the probe of the seed, whose name was 19 spaces: 4th time, same name."""
    name = '"' + 19 * " " + '"'
    before = groups(server)["probe"]
    for number in range(4):
        server.post_ok(f"x{number}@dial-up{number}.example", f"{name}@{DOMAIN}",
                       compose(f"x{number}@dial-up{number}.example", "you", subject=f"number {number}", body=f"{number}\n"))
        server.settle()
    row = lost(server, f"{name}@{DOMAIN}")
    assert row["group"] == "probe" and row["times"] == 4 and row["repeat"] == "4th time, same name"
    assert row["subject"] == "number 3" and groups(server)["probe"] == before + 1
    assert "4th time, same name" in server.listctl("misaddressed", "ls", "probe")
    server.listctl("misaddressed", "discard", row["id"])
    assert groups(server)["probe"] == before


def test_same_mail_to_many_names_is_a_probe(server):
    """B6: a dictionary is one row, however human its mail looks; what people sent to one of these names stays."""
    body = "We have met at the fair, and I would like to hear from you about the order.\n"
    for number in range(8):
        who = f"x{number}@attacker.example"
        server.post_ok(who, f"victim{number}@{DOMAIN}", compose(who, f"victim{number}@{DOMAIN}", body=body))
        server.settle()
    rows = [row for row in server.rows("misaddressed", "ls") if row["to"].startswith("victim")]
    assert [row["group"] for row in rows] == ["other"] * 3 + ["probe"]
    assert rows[-1]["to"] == f"victim7@{DOMAIN}" and rows[-1]["repeat"] == "8th time, same mail"


def test_what_a_pattern_matched_is_not_lost(server):
    """B6: our host name in a subject is a mark of probes, and what a person may write: it is not given up for what another one wrote."""
    for who in ("anna", "ben"):
        server.post_ok(f"{who}@{who}.example", f"webmaster@{DOMAIN}",
                       compose(f"{who}@{who}.example", "you", subject=f"{HOSTNAME} is slow", body=f"It is {who} who writes this.\n"))
        server.settle()
    rows = [row for row in server.rows("misaddressed", "ls") if row["to"] == f"webmaster@{DOMAIN}"]
    assert [row["group"] for row in rows] == ["probe", "probe"] and "subject-our-name" in rows[0]["reason"]
    assert rows[1]["from"] != rows[0]["from"] and "2nd time, same name" in {row["repeat"] for row in rows}


def test_groups(make_list, server):
    ml = make_list(name="gardeners")
    wrong = f"gardenerz@{DOMAIN}"
    stranger(server, wrong, subject="ADV: buy now")
    assert lost(server, wrong)["group"] == "spam"
    for to, fields, group in ((f"nothing-like-it@{DOMAIN}", {}, "other"), (f"gardenrs@{DOMAIN}", {"auto_submitted": "auto-replied"}, "other"),
                              (f"garde%ners@{DOMAIN}", {}, "probe"), (f"gardners@{DOMAIN}", {}, "typo")):
        stranger(server, to, body=f"To {to}.\n", **fields)
        row = lost(server, to)
        assert row["group"] == group and row["reason"], to
    assert all("@" not in row["reason"] for row in server.rows("misaddressed", "ls"))
    assert ml.sink.to("anna@people.example") == []  # nobody who wrote heard anything


def test_room_is_made_behind_the_door(make_list, server):
    """B2: what a transaction may have is counted alike for what exists and what does not; when misaddressed mail is full, handle
    makes the room (test_people.c:test_misaddressed_is_bounded), and the door never says 452 for it."""
    ml = make_list()
    heard = []
    for locals_ in ([ml.name] * 120, [f"unknown{number}" for number in range(120)]):
        with Client(("127.0.0.1", server.smtp_port)) as client:
            heard.append(client.envelope("", *(f"{local}@{DOMAIN}" for local in locals_)))
    assert heard[0] == heard[1] and heard[0][-1].startswith(b"452 ")


def last_week(server, what, domain=DOMAIN):
    rows = server.json("report", "modes")["trend"]
    [row] = [row for row in rows if row["domain"] == domain and row["what"] == what]
    return int(row["weeks"].split()[-1])


def test_modes_are_compared(switched):
    """B2, D8: what was taken, misaddressed, spam and a probe, and what was refused in the session: by domain and week."""
    def counts():
        return {what: last_week(switched, what) for what in ("taken", "misaddressed", "probes", "spam", "refused")}

    ml = List(switched, settings={"labels": "hold"})
    ml.post("zoe@people.example", compose("zoe@people.example", ml.address, subject="ADV: buy"))
    switched.settle()
    switched.restart()  # what the tests before have refused is counted now
    before, relays = counts(), last_week(switched, "relay attempts", None)
    with Client(("127.0.0.1", switched.smtp_port)) as client:
        answers = client.envelope("anna@people.example", *(f"unknown{number}@{DOMAIN}" for number in range(3)), "x@elsewhere.example")
        assert answers[1:4] == [UNKNOWN] * 3 and answers[4].startswith(b"550 5.7.1")
    wait_for(lambda: counts()["refused"] == before["refused"] + 3, counts)
    wait_for(lambda: last_week(switched, "relay attempts", None) == relays + 1, "the attempt to relay is counted")
    switched.listctl("domain", "set", DOMAIN, "no_bounce", "on")
    for local in ("astronomy", "astro%nomy"):
        stranger(switched, f"{local}@{DOMAIN}", body=f"To {local}.\n")
    after = counts()
    assert {what: after[what] - before[what] for what in after} == {"taken": 2, "misaddressed": 2, "probes": 1, "spam": 0, "refused": 3}
    assert before["spam"] == 1
    report = switched.json("report", "modes")
    assert set(report) == {"periods", "averages", "trend"}
    periods = [row for row in report["periods"] if row["domain"] == DOMAIN]
    assert periods[0] == {"domain": DOMAIN, "no_bounce": "on", "from": None, "to": periods[1]["from"]}
    assert periods[-1]["no_bounce"] == "on" and periods[-1]["to"] is None
    [row] = [row for row in report["averages"] if row["domain"] == DOMAIN and row["no_bounce"] == "off"]
    assert row["days"] == 0 and row["probes"] is None  # no whole day yet
    assert "█" in switched.listctl("report", "modes")
