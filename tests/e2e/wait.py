"""wait.py - waiting for a condition, never for a time"""
import time

PATIENCE = 30  # seconds until a condition that should come true counts as failed; a slow machine, a sanitizer
PAUSE = 0.02


def wait_for(condition, what, timeout=PATIENCE):
    """Returns the first true value of condition(); fails with `what` when none came in time."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {timeout} s: {what() if callable(what) else what}")
        time.sleep(PAUSE)
