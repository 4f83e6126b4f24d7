"""crash.py - kills roles under load, and counts: nothing that got 250 is lost, little is sent twice

    crash.py [--rounds N] [--seed S] [--readers N] [--together] [--deferred N]

A round is one SIGKILL of one role at a random moment, while several clients post to a list; the next round begins when
the role is back, without a hand. At the end every message that got 250 must have reached every reader; a message is
numbered once; copies that were repeated are at most those that were not recorded yet for each kill of `deliver`; spool and
queue are empty and nothing failed. With --together the readers are sent to by a hundred (personal = no), and some are put off once.
"""
import argparse
import collections
import random
import signal
import sys
import threading
import time

from lab import List, lab_server
from mails import compose
from server import ROLES
from wait import wait_for

READERS = 40
CLIENTS = 3
SESSIONS = 4
UNRECORDED = {False: 25, True: 500}  # copies of a session whose outcome is not recorded, by whether readers are sent to together
UNSENT_COPIES_MAX = 800  # on their way: the clients wait when there are more
SETTLE_MAX = 600         # seconds
PAUSE_MAX = 0.4       # seconds from a role's return to its next end


class Ledger:
    """Who got which message how often; written by the sink's thread."""

    def __init__(self, readers):
        self.readers = set(readers)
        self.copies = collections.defaultdict(collections.Counter)
        self.numbers = collections.defaultdict(set)

    def take(self, copy):
        token = copy.data.partition(b"token-")[2][:12].decode()
        number = copy.data.partition(b"X-Mail-Count: ")[2].partition(b"\r\n")[0]
        self.copies[token][copy.rcpt] += 1
        self.numbers[token].add(number)

    def is_complete(self, token):
        return len(self.copies[token]) == len(self.readers)

    def repeats(self):
        return sum(count - 1 for counter in list(self.copies.values()) for count in list(counter.values()))


class Clients:
    """Threads that post, each message once; `accepted` are the tokens that got 250."""

    def __init__(self, ml, ledger, seed):
        self.ml, self.ledger = ml, ledger
        self.accepted = []
        self.lost = 0  # transactions that ended without an answer: they may arrive or not
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(random.Random(seed + n), n), daemon=True)
                        for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def _unsent(self):
        return len(self.ledger.readers) * sum(not self.ledger.is_complete(token) for token in self.accepted[-80:])

    def _run(self, chance, number):
        for count in range(10**9):
            while self._unsent() > UNSENT_COPIES_MAX and not self.stop.is_set():
                time.sleep(0.01)
            if self.stop.is_set():
                return
            self._post(f"{number:02d}{count:010d}", chance)

    def _post(self, token, chance):
        author = chance.choice(self.ml.members)
        message = compose(author, self.ml.address, subject=f"token-{token}", body="text\n" * chance.randint(1, 400))
        try:
            if self.ml.server.post(author, self.ml.address, message).startswith(b"250"):
                self.accepted.append(token)
        except OSError:
            self.lost += 1
            time.sleep(0.01)

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(60)


def kill_rounds(server, rounds, chance):
    """Kills a role each round; how often which."""
    kills = collections.Counter()
    for number in range(1, rounds + 1):
        time.sleep(chance.uniform(0, PAUSE_MAX))
        role = chance.choice(ROLES)
        server.kill(role, signal.SIGKILL)
        kills[role] += 1
        if number % 20 == 0:
            print(f"round {number}: kills {dict(kills)}", flush=True)
    return kills


def settle(server):
    """What was put off is tried at once, until nothing is left."""
    def is_settled():
        server.listctl("queue", "flush")
        return not server.rows("queue", "ls") and server.json("status")["spool"]["messages"] == 0
    wait_for(is_settled, "an empty queue", SETTLE_MAX)


def check(server, ml, ledger, clients, kills, unrecorded):
    """The promises; raises AssertionError when one is broken."""
    missing = {token: sorted(ledger.readers - set(ledger.copies[token])) for token in clients.accepted
               if not ledger.is_complete(token)}
    assert not missing, f"{len(missing)} messages that got 250 did not reach everybody: {list(missing.items())[:3]}"
    twice = [token for token, numbers in ledger.numbers.items() if len(numbers) > 1]
    assert not twice, f"numbered more than once: {twice}"
    assert ledger.repeats() <= SESSIONS * unrecorded * kills["deliver"], f"{ledger.repeats()} repeats after {kills}"
    assert server.rows("queue", "ls") == [] and server.held("failed") == [] and ml.held() == []
    status = server.json("status")
    assert status["spool"]["messages"] == status["queue"]["messages"] == 0, status


def run(rounds, seed, readers=READERS, together=False, deferred=0):
    """The whole test; returns a line that tells what happened."""
    print(f"crash: seed {seed}", flush=True)
    chance = random.Random(seed)
    with lab_server({"deliver": {"sessions": SESSIONS}}) as server:
        try:
            ml = List(server, members=[f"m{n}" for n in range(readers - 1)], settings={"personal": "no" if together else "yes"})
            for member in chance.sample(ml.members, deferred):
                server.sink.defer(member)
            return story(server, ml, rounds, seed, chance, UNRECORDED[together])
        except AssertionError:
            print(f"--- the log ends with\n{server.log()[-8000:]}", file=sys.stderr)
            raise


def story(server, ml, rounds, seed, chance, unrecorded):
    ledger = Ledger(ml.readers)
    server.sink.on_copy = ledger.take
    clients = Clients(ml, ledger, seed)
    try:
        wait_for(lambda: len(clients.accepted) >= CLIENTS, "load")
        kills = kill_rounds(server, rounds, chance)
    finally:
        clients.end()
    settle(server)
    check(server, ml, ledger, clients, kills, unrecorded)
    assert server.stop() == 0
    return (f"{rounds} rounds, seed {seed}: kills {dict(kills)}, {len(clients.accepted)} messages got 250, "
            f"{clients.lost} ended without an answer, {len(server.sink.copies)} copies, {ledger.repeats()} of them repeats")


def main():
    parser = argparse.ArgumentParser(description="kills roles of listd under load")
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--readers", type=int, default=READERS)
    parser.add_argument("--together", action="store_true", help="a hundred readers a transaction")
    parser.add_argument("--deferred", type=int, default=0, help="readers who are put off once")
    arguments = parser.parse_args()
    print("crash:", run(**vars(arguments)), flush=True)


if __name__ == "__main__":
    main()
