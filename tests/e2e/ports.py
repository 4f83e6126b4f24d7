"""ports.py - ports of loopback: which one may be listened on, and whether somebody does"""
import contextlib
import itertools
import os
import socket

# Below those that the kernel gives to clients and to who asks for any (32768 and above): between the choice of a port and the
# start of its server, or a stop and the next start, such a one would now and then be a client's.
FIRST, LAST = 10000, 32767
_first = FIRST + os.getpid() * 97 % (LAST - FIRST)  # tests that run beside these begin elsewhere
_candidates = itertools.cycle((*range(_first, LAST + 1), *range(FIRST, _first)))


def free_port():
    """One that nobody uses, and that was not given before."""
    for port in _candidates:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
