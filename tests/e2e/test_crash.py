"""test_crash.py - the short form of the crash test; the long one is `make check-crash`"""
import random

import crash


def test_nothing_is_lost():
    """Issue 2: SIGKILL of any role under load; what got 250 reaches everybody."""
    print(crash.run(rounds=6, seed=random.SystemRandom().randrange(10**6)))


def test_nothing_is_lost_together():
    """Issue 7: likewise where readers are sent to by a hundred, and some are put off. The long form is `make check-crash-big`."""
    print(crash.run(rounds=4, seed=random.SystemRandom().randrange(10**6), readers=400, together=True, deferred=20))
