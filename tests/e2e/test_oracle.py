"""test_oracle.py - no channel tells who is a member: probes of each class, interleaved, compared by octets and by time (O1-O4, O9)

`make check` compares the octets of what the prober hears and counts the mails that the prober gets, over every channel. The
long form, `make check-oracle` (PROBES=2000), compares times as well: a rank test of each class against the others, which fails
only at p < 0.001 in two runs in a row. Two controls stand beside it: the same class against itself must pass, and a
planted leak of a millisecond must be found.
"""
import os
import random
import re
import time

import pytest

from lab import List
from mails import Mail, compose, tickets
from people import Person, template
from ranks import rank_test

PROBES = int(os.environ.get("PROBES", "25"))
IS_LONG = PROBES >= 1000
CLASSES = ["member", "unknown", "pending", "banned", "left"]
LINES = ["subscribe", "unsubscribe", "off", "nomail", "resume", "vacation until 2030-12-24", "digest", "set name Anna", "lang ja",
         "address new@elsewhere.example", "address also alt@elsewhere.example", "status", "help", "guide", "members", "add x@y.example"]
DOORS = ["on", "off", "digest", "help", "subscribe", "leave"]
TICKETS = ["forged", "of another kind"]
CHANNELS = (["post", "reply"] + LINES + [f"ml-{word}@" for word in DOORS] + [f"ml+{word}@" for word in DOORS]
            + [f"{door}, {kind}" for door in ("confirm", "off", "bounce", "alias") for kind in TICKETS])
PROBER = "prober@probers.example"
ALPHA = 0.001


@pytest.fixture(scope="module")
def room(shared_server):
    """A list with people of each class, and tickets: of a copy, of a letter, used and forged."""
    ml = List(shared_server, members=("anna", "ben"), settings={"held_notice": "on"})
    people = {kind: ml.person(kind) for kind in CLASSES}
    for kind in ("member", "left"):
        shared_server.listctl("member", "add", ml.address, people[kind])
    shared_server.listctl("member", "rm", ml.address, people["left"])
    shared_server.listctl("member", "ban", ml.address, people["banned"])
    pending = Person(shared_server, people["pending"])
    pending.write(ml.door("on"))
    letter = pending.letter()
    ml.post(ml.person("anna"), compose(ml.person("anna"), ml.address))
    [copy] = ml.sink.wait_to(people["member"])
    [off] = tickets(Mail(copy.data).get("List-Unsubscribe"))
    ml.channels = {"post": (ml.address, None), "reply": (letter.reply_to, "hm?")}
    ml.channels.update({line: (ml.door("request"), line) for line in LINES})
    ml.channels.update({f"ml-{word}@": (ml.door(word), None) for word in DOORS})
    ml.channels.update({f"ml+{word}@": (ml.door(word).replace("-", "+", 1), None) for word in DOORS})
    for kind, ticket in zip(TICKETS, ("a" * 30 + "27", ("b" if off[0] != "b" else "c") + off[1:])):
        ml.channels.update({f"{door}, {kind}": (ml.door(door, ticket), "yes") for door in ("confirm", "off", "bounce")})
        ml.channels[f"alias, {kind}"] = (f"{ml.name}+{ticket}@{ml.address.partition('@')[2]}", "yes")
    assert sorted(ml.channels) == sorted(CHANNELS)
    ml.kinds = people
    return ml


class Probe:
    """One session of a prober who claims to be somebody of a class: every octet that is heard, and how long it took until the
    message was answered. (What the server does afterwards costs processor time, which later sessions may feel: ARCHITECTURE.)"""

    def __init__(self, ml, channel, kind, planted=0.0):
        to, line = ml.channels[channel]
        author = ml.kinds[kind]
        message = compose(author, to, subject=line or "Hello", body=f"{line or 'A text of some length, as posts have it.'}\n",
                          message_id=f"<{random.getrandbits(64):x}@probe.example>")
        started = time.perf_counter()
        with ml.server.smtp() as client:
            client.envelope(PROBER, to)
            client.data(message)
            if planted:
                time.sleep(planted)
            self.seconds = time.perf_counter() - started
            client.say("RSET")
            client.say("QUIT")
            self.heard = client.heard


def steady(heard):
    """What is random replaced: there is nothing random in what listd says, and so nothing to replace but numbers of sizes."""
    return re.sub(rb"SIZE \d+", b"SIZE N", heard)


def interleaved(ml, channel, seed, plan):
    """Probes of each name of the plan, PROBES times each, in random order: {name: [Probe]}."""
    order = [name for name in plan for _ in range(PROBES)]
    random.Random(seed).shuffle(order)
    found = {name: [] for name in plan}
    for name in order:
        kind, planted = plan[name]
        found[name].append(Probe(ml, channel, kind, planted))
    return found


def test_octets_and_mails(room):
    """Every channel, every class: the same octets, and no mail to the prober; whatever the requests caused meanwhile."""
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    probes = [(channel, kind) for channel in room.channels for kind in CLASSES for _ in range(max(2, PROBES // 10))]
    random.Random(seed).shuffle(probes)
    heard = {}
    for channel, kind in probes:
        heard.setdefault(steady(Probe(room, channel, kind).heard), []).append((channel, kind))
    assert len(heard) == 1, (seed, {octets: where[:3] for octets, where in heard.items()})
    room.server.settle()
    assert room.sink.to(PROBER) == []


def test_what_each_mailbox_got(room):
    """After thousands of probes: no letter to who is banned, and one at most to anybody in this day (X1)."""
    room.server.settle()
    for kind in CLASSES:
        letters = [copy for copy in room.sink.to(room.kinds[kind]) if b"Auto-Submitted" in copy.data]
        # the channel `reply` answers with a ticket of the one who is pending, again and again
        subjects = [Mail(letter.data).get("Subject") for letter in letters]
        caused = [subject for subject in subjects if subject != template(room.server, "unclear")]
        assert len(caused) <= (kind != "banned"), (kind, caused)


def test_rank_test_finds_what_it_should():
    """The measure itself: equal things pass, a shift of a tenth of the spread in 2,000 is found."""
    dice = random.Random(1)
    draw = lambda shift: [dice.gauss(1 + shift, 0.1) for _ in range(2000)]
    assert rank_test(draw(0), draw(0)) > ALPHA and rank_test(draw(0), draw(0.02)) < ALPHA
    assert rank_test([1, 1, 1], [1, 1, 1]) == 1.0


def differs(room, channel, plan):
    """The names whose times differ from the rest, in two runs in a row."""
    suspects = None
    for _ in range(2):
        seed = random.randrange(1 << 32)
        found = interleaved(room, channel, seed, plan)
        times = {name: [probe.seconds for probe in probes] for name, probes in found.items()}
        # of several comparisons at once each must be so much surer
        low = {name for name in plan
               if rank_test(times[name], [t for other in plan if other != name for t in times[other]]) < ALPHA / len(plan)}
        print(f"{channel}: seed {seed}, differ {sorted(low)}")
        suspects = low if suspects is None else suspects & low
        if not suspects:
            break
    return suspects


if IS_LONG:
    @pytest.mark.parametrize("channel", CHANNELS)
    def test_times(room, channel):
        assert differs(room, channel, {kind: (kind, 0) for kind in CLASSES}) == set()

    def test_controls(room):
        """A/A passes; a planted leak of one millisecond is found."""
        assert differs(room, "ml-on@", {"one": ("member", 0), "same": ("member", 0)}) == set()
        assert differs(room, "ml-on@", {"quick": ("member", 0), "slow": ("member", 0.001)}) == {"quick", "slow"}
