"""disk.py - a file system of a test's own, small enough to be filled"""
import contextlib
import os
import pathlib
import subprocess
import tempfile

import pytest

SIZE = "24m"


class Disk:
    """Skips the test where none can be mounted."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-disk."))
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=0711", "listd-tests", str(self.folder)],
                              capture_output=True, text=True, check=False)
        if done.returncode:
            self.folder.rmdir()
            pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
        self.filler = self.folder / "filler"

    def fill(self, leave=0):
        """At most so many octets are left: as another program would, with no regard for anybody, who may write meanwhile."""
        with self.filler.open("ab") as file:
            while (size := self._free() - leave) > 0:
                with contextlib.suppress(OSError):
                    os.posix_fallocate(file.fileno(), file.seek(0, os.SEEK_END), size)

    def _free(self):
        status = os.statvfs(self.folder)
        return status.f_bavail * status.f_frsize

    def clear(self):
        self.filler.unlink()

    def close(self):
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
        self.folder.rmdir()
