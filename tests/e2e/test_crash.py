"""test_crash.py - the short form of the crash test; the long one is `make check-crash`"""
import random

import crash


def test_nothing_is_lost():
    """Issue 2: SIGKILL of any role under load; what got 250 reaches everybody."""
    print(crash.run(rounds=6, seed=random.SystemRandom().randrange(10**6)))
