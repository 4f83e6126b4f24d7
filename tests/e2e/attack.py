"""attack.py - a dictionary attack on a server of 1,000 lists: what it learns, what it costs, and what honest senders feel

    attack.py [--names N] [--networks 1,100,5000] [--seconds S] [--seed S]

The attacker tries names that people give to addresses and lists, the likeliest first, from so many networks at a time. It is slowed and
then refused, and it learns nothing: names that exist are answered as often, with the same octets and as fast as others. Meanwhile 200
honest senders bring a message every few seconds; they lose nothing and wait less than twice as long as without the attack.
Then: 5,000 connections in the tarpit cost less than 16 MiB, and existing and unknown recipients cannot be told by time.
"""
import argparse
import asyncio
import collections
import itertools
import json
import math
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import time

from lab import lab_server
from mails import compose
from ranks import rank_test
from server import DOMAIN

LISTS = 1000
HONEST = 200
HONEST_PAUSE = 3.0       # seconds between two messages of one of them
AT_ONCE = 300            # connections of the attacker
SLOW = 0.7               # seconds: an answer that took longer was slowed ([guard] tarpit = 1s)
TARPITTED = 5000
TARPIT_MIB = 16
TIMED = 10000
ALPHA = 0.001

GIVEN = """james mary john anna peter maria michael linda david susan paul karen mark nancy thomas lisa daniel laura kevin sarah hans ute
    klaus petra wolfgang sabine jean marie pierre claire luigi giulia kenji yoko hiroshi keiko takashi yumi satoshi akira info sales news
    board staff team press office support admin members friends youth choir club chess garden dev test web list all help contact""".split()
FAMILY = """smith miller brown jones wilson taylor davis clark lewis walker hall young king wright hill green baker adams nelson carter
    mueller schmidt weber wagner becker schulz hoffmann koch tanaka suzuki sato yamamoto watanabe ito nakamura kobayashi martin
    bernard dubois rossi russo ferrari a b c d e f g h i j k l m n o p q r s t u v w x y z 1 2 3 4 5 6 7 8 9 0""".split()


def names(count):
    """The likeliest first: a word alone, then with another behind it, then with a number too."""
    pairs = (f"{first}-{last}" for last in FAMILY for first in GIVEN)
    numbered = (f"{first}-{last}-{number}" for number in itertools.count(1) for last in FAMILY for first in GIVEN)
    unique = dict.fromkeys(name for name in itertools.islice(itertools.chain(GIVEN, pairs, numbered), count * 2) if len(name) <= 22)
    return list(unique)[:count]


# --- a client that waits for nobody ---------------------------------------------------------------------------------------


class Session:
    def __init__(self, port, source):
        self.port, self.source = port, source

    async def __aenter__(self):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.source, 0))
        self.greeting = await self.answer()
        return self

    async def __aexit__(self, *_):
        self.writer.close()

    async def answer(self):
        line = b""
        while line[3:4] in (b"-", b""):
            line = await asyncio.wait_for(self.reader.readline(), 60)
            if not line:
                return b"closed"
        return line

    async def say(self, text):
        try:
            self.writer.write(text.encode() + b"\r\n")
            return await self.answer()
        except ConnectionError:
            return b"closed"


# --- the attacker ----------------------------------------------------------------------------------------------------------


class Attack:
    """`answers` has for each kind of answer how many names that exist, and how many that do not, got it."""

    def __init__(self, server, exists, seconds):
        self.port, self.exists = server.smtp_port, exists
        self.deadline = time.monotonic() + seconds
        self.answers = collections.defaultdict(lambda: [0, 0])
        self.times = {True: [], False: []}
        self.tried = 0
        self.denied_after = []  # tries of a network

    async def network(self, number, source, tries, one_sender):
        sender = "spam.example" if one_sender else f"spam{number}.example"
        done = 0
        while tries and time.monotonic() < self.deadline:
            async with Session(self.port, source) as session:
                if not session.greeting.startswith(b"220"):
                    self.answers["turned away"][0] += 0
                    await asyncio.sleep(1)
                    continue
                await session.say("HELO client.example")
                await session.say(f"MAIL FROM:<a@{sender}>")
                while tries and time.monotonic() < self.deadline:
                    name = tries.pop(0)
                    start = time.monotonic()
                    answer = await session.say(f"RCPT TO:<{name}@{DOMAIN}>")
                    took = time.monotonic() - start
                    done += 1
                    self.note(name, answer, took)
                    if answer.startswith(b"554"):
                        self.denied_after.append(done)
                        return
                    if not answer.startswith((b"250", b"550", b"452")):
                        break
                    if answer.startswith(b"452"):  # so many recipients of one message are enough
                        await session.say("RSET")
                        await session.say(f"MAIL FROM:<a@{sender}>")

    def note(self, name, answer, took):
        exists = name in self.exists
        kind = answer.decode().strip() + (" (slowly)" if took > SLOW and answer.startswith(b"250") else "")
        self.answers[kind][exists] += 1
        self.tried += 1
        if answer.startswith(b"250") and took <= SLOW:
            self.times[exists].append(took)

    def learnt(self):
        """Whether any kind of answer came more often to names that exist than to others, or faster."""
        totals = [sum(pair[kind] for pair in self.answers.values()) for kind in (0, 1)]
        found = []
        for kind, pair in self.answers.items():
            share = sum(pair) / max(sum(totals), 1)
            spread = math.sqrt(share * (1 - share) * sum(1 / max(total, 1) for total in totals))
            if spread and abs(pair[0] / max(totals[0], 1) - pair[1] / max(totals[1], 1)) > 4 * spread:
                found.append(f"{kind}: {pair[1]} of {totals[1]} that exist, {pair[0]} of {totals[0]} others")
        return found


async def attack(server, networks, count, exists, seconds, seed):
    """Names are dealt at random, so that each network tries likely and unlikely ones."""
    whole = names(count)
    random.Random(seed).shuffle(whole)
    found = Attack(server, exists, seconds)
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number):
        source = f"127.{1 + number // 200}.{number % 200}.1"
        async with room:
            try:
                await found.network(number, source, whole[number::networks], networks < 1000)
            except (OSError, asyncio.TimeoutError):
                pass

    await asyncio.gather(*(one(number) for number in range(networks)))
    return found


# --- honest senders, in a process of their own --------------------------------------------------------------------------------


async def honest_sender(port, number, lists, end, waits, lost):
    source, domain = f"127.{100 + number // 200}.{number % 200}.1", f"honest{number}.example"
    await asyncio.sleep(HONEST_PAUSE * number / HONEST)
    while time.monotonic() < end:
        body = compose(f"a@{domain}", f"{lists[number % len(lists)]}@{DOMAIN}", "Hello", "Hello\n")
        start, answer = time.monotonic(), b""
        for _ in range(3):
            async with Session(port, source) as session:
                for line in ("HELO " + domain, f"MAIL FROM:<a@{domain}>", f"RCPT TO:<{lists[number % len(lists)]}@{DOMAIN}>", "DATA"):
                    answer = await session.say(line)
                if answer.startswith(b"354"):
                    session.writer.write(body + b".\r\n")
                    answer = await session.answer()
            if answer.startswith(b"250"):
                break
            await asyncio.sleep(1)
        (waits if answer.startswith(b"250") else lost).append(time.monotonic() - start)
        await asyncio.sleep(HONEST_PAUSE)


async def honest(port, seconds, lists):
    waits, lost = [], []
    end = time.monotonic() + seconds
    await asyncio.gather(*(honest_sender(port, number, lists, end, waits, lost) for number in range(HONEST)))
    print(json.dumps({"waits": waits, "lost": len(lost)}))


class Honest:
    def __init__(self, server, seconds, lists):
        self.process = subprocess.Popen([sys.executable, "-B", __file__, "--honest", str(server.smtp_port), str(seconds), ",".join(lists[:50])],
                                        stdout=subprocess.PIPE, text=True)

    def result(self):
        found = json.loads(self.process.communicate()[0])
        waits = sorted(found["waits"])
        return {"messages": len(waits), "lost": found["lost"], "median": statistics.median(waits), "p95": waits[len(waits) * 95 // 100]}


def quiet(server, seconds, lists):
    return Honest(server, seconds, lists).result()


# --- the tarpit, and times ------------------------------------------------------------------------------------------------------


def resident_kib(server):
    status = pathlib.Path(f"/proc/{server.roles()['receive']}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0])


async def tarpit(server, count):
    """So many connections, each waiting for a slow answer: (KiB that they cost, whether somebody else was served meanwhile)."""
    before = resident_kib(server)
    held = []
    for number in range(count):
        session = Session(server.smtp_port, f"127.{1 + number // 200}.{number % 200}.1")
        await session.__aenter__()
        await session.say("HELO client.example")
        await session.say(f"MAIL FROM:<a@spam{number}.example>")
        session.writer.write(b"RCPT TO:<x%d@%s>\r\n" % (number, DOMAIN.encode()))
        held.append(session)
    await asyncio.sleep(1)
    after = resident_kib(server)
    waiting = sum(not session.reader._buffer for session in held)  # pylint: disable=protected-access
    for session in held:
        session.writer.close()
    return after - before, waiting


def times(server, lists, seed):
    """The times of RCPT for lists and for nobody, interleaved in one session."""
    order = [True, False] * TIMED
    random.Random(seed).shuffle(order)
    found = {True: [], False: []}
    same = {True: [], False: []}  # A/A: the same class twice
    with server.smtp() as client:
        for number, exists in enumerate(order):
            if number % 90 == 0:
                client.say("RSET")
                client.say("MAIL FROM:<a@b.example>")
            if number % 900 == 899:
                client.close()
                client = server.smtp()
                client.say("MAIL FROM:<a@b.example>")
            name = lists[number % len(lists)] if exists else f"{lists[number % len(lists)][:-1]}q"
            start = time.perf_counter()
            assert client.say(f"RCPT TO:<{name}@{DOMAIN}>").startswith(b"250")
            found[exists].append(time.perf_counter() - start)
            if exists:
                same[number % 2 == 0].append(found[exists][-1])
        client.close()
    planted = [value + 0.00005 for value in found[False]]
    return rank_test(found[True], found[False]), rank_test(same[True], same[False]), rank_test(found[True], planted)


# --- all of it -------------------------------------------------------------------------------------------------------------------


def make_lists(server, lists):
    for name in lists:
        server.listctl("list", "add", f"{name}@{DOMAIN}", "--owner", "olga@home.example", "--report", "off")


GUARDED = {"client_connections": "60", "network_connections": "120", "client_messages": "600", "network_messages": "1200", "slow": "40",
           "deny": "80", "sender_recipients": "200", "domain_recipients": "1000", "tarpit": "1s"}


def show(title, found, alone, beside):
    print(f"\n{title}: {found.tried} names tried")
    for kind, pair in sorted(found.answers.items(), key=lambda item: -sum(item[1])):
        print(f"  {sum(pair):6}  {kind}   ({pair[1]} of names that exist)")
    if found.denied_after:
        print(f"  refused after {statistics.median(found.denied_after):.0f} tries a network (median; {len(found.denied_after)} networks)")
    told = found.learnt()
    print(f"  names learnt: {'none' if not told else told}")
    print(f"  {HONEST} honest senders: {beside['messages']} messages, {beside['lost']} lost; wait {beside['median'] / alone['median']:.2f} times"
          f" as long (median), {beside['p95'] / alone['p95']:.2f} times (95 of 100)")
    faults = [f"{title}: learnt {told}"] if told else []
    if beside["lost"] or beside["median"] >= 2 * alone["median"]:
        faults.append(f"{title}: honest senders: {beside['lost']} lost, {beside['median']:.3f} s instead of {alone['median']:.3f} s")
    return faults


def attacks(options, lists):
    faults = []
    for networks in options.networks:
        with lab_server({"guard": GUARDED, "receive": {"max_sessions": "2000"}}) as server:
            make_lists(server, lists)
            alone = quiet(server, options.seconds / 2, lists)
            witness = Honest(server, options.seconds, lists)
            found = asyncio.run(attack(server, networks, options.names, set(lists), options.seconds, options.seed))
            faults += show(f"attack from {networks} network{'s' * (networks > 1)}", found, alone, witness.result())
            status = server.json("guard", "status")
            print(f"  listctl guard status: {status['slowed']} slowed, {status['denied']} denied, {status['known']} known")
    return faults


def attack_where_unknown_names_are_told(options, lists):
    """no_bounce = off: each answer tells, so only the number of tries protects. A figure, and no promise."""
    with lab_server({"guard": GUARDED, "receive": {"max_sessions": "2000"}}) as server:
        make_lists(server, lists)
        server.listctl("domain", "set", DOMAIN, "no_bounce", "off")
        found = asyncio.run(attack(server, 100, options.names, set(lists), options.seconds, options.seed))
    told = sum(pair[1] for kind, pair in found.answers.items() if kind.startswith("250"))
    print(f"\nno_bounce = off, attack from 100 networks: {found.tried} names tried, {told} of {LISTS} lists found")


def tarpit_costs(options):
    settings = {"guard": dict(GUARDED, slow="1", deny="100000", tarpit="2m"), "receive": {"max_sessions": str(TARPITTED * 4)}}
    with lab_server(settings) as server:
        kib, waiting = asyncio.run(tarpit(server, options.tarpitted))
        start = time.monotonic()
        with server.smtp(source="127.250.1.1") as client:
            client.say("NOOP")
        took = time.monotonic() - start
    print(f"\ntarpit: {waiting} connections wait, {kib / 1024:.1f} MiB ({kib * 1024 // max(waiting, 1)} octets each); another session is served in {took * 1000:.0f} ms")
    return [] if kib < TARPIT_MIB * 1024 and waiting == options.tarpitted else [f"tarpit: {kib} KiB, {waiting} waiting"]


def times_tell_nothing(options, lists):
    with lab_server() as server:
        make_lists(server, lists[:100])
        for run in range(2):  # it fails only when two runs in a row find a difference
            p, same, planted = times(server, lists[:100], options.seed + run)
            print(f"\ntimes of {TIMED} recipients that exist and {TIMED} that do not: p = {p:.3f}; the same twice: p = {same:.3f};"
                  f" 50 us planted: p = {planted:.2g}")
            if p >= ALPHA:
                return [] if planted < ALPHA else ["times: a planted difference was not found"]
    return ["times: existing and unknown recipients differ"]


def main():
    if sys.argv[1:2] == ["--honest"]:
        asyncio.run(honest(int(sys.argv[2]), float(sys.argv[3]), sys.argv[4].split(",")))
        return 0
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--names", type=int, default=100000)
    parser.add_argument("--networks", type=lambda text: [int(word) for word in text.split(",")], default=[1, 100, 5000])
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--tarpitted", type=int, default=TARPITTED)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    options = parser.parse_args()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    print(f"seed {options.seed}, {soft} descriptors")
    lists = random.Random(options.seed).sample(names(options.names // 10), LISTS)
    faults = attacks(options, lists)
    attack_where_unknown_names_are_told(options, lists)
    faults += tarpit_costs(options) + times_tell_nothing(options, lists)
    print("\n" + ("\n".join(faults) if faults else "nothing learnt, nobody lost, all figures hold"))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
