"""namespace.py - runs a part of a test where loopback has public addresses too: in a network of its own, that ends with it"""
import ctypes
import fcntl
import os
import socket
import struct
import sys
import traceback

import pytest

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, SIOCSIFADDR = 0x8914, 0x8916
IFF_UP = 1
CANNOT = 77


def _set_up_loopback(address):
    """Its network is a /24, so that all of it is ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
        place = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
        fcntl.ioctl(control, SIOCSIFADDR, struct.pack("16s16s8x", b"lo:1", place))


def _run(function, address):
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return CANNOT
    try:
        _set_up_loopback(address)
        function()
    except BaseException:  # pylint: disable=broad-exception-caught
        traceback.print_exc()
        return 1
    return 0


def with_public_loopback(function, address="203.0.113.1"):
    """Calls a function in a process where 127.0.0.0/8 and the /24 around `address` are on loopback. Skipped where that takes rights."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = _run(function, address)
            sys.stderr.flush()
        finally:
            os._exit(status)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == CANNOT:
        pytest.skip("a network of its own takes root's rights")
    assert status == 0
