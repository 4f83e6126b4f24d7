"""lab.py - a data folder of the test's own, and listctl to look after it; no server runs"""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ.get("LISTD_BUILDDIR", "."))
LISTCTL = str(BUILD / "listd" / "listctl")
FILL = str(BUILD / "tests" / "cli" / "fill")
IS_ROOT = os.geteuid() == 0
PATIENCE = 60
ENVIRONMENT = {name: value for name, value in os.environ.items() if name == "PATH" or name.endswith("SAN_OPTIONS")}


class Lab:
    """As root, listctl becomes `daemon`, the owner of the data; else the data is ours."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-cli."))
        self.folder.chmod(0o755)
        self.data = self.folder / "data"
        self.conf = self.folder / "listd.conf"
        self.settings = {
            "server": {"hostname": "mx.lists.example", "domains": "lists.example, other.example, 日本.example",
                       "admin": "admin@admin.example", "data": self.data},
        }
        if IS_ROOT:
            self.settings["server"]["user"] = "daemon"
            self.settings["receive"] = {"user": "nobody"}
        self.configure()

    def configure(self, **sections):
        for section, pairs in sections.items():
            self.settings.setdefault(section, {}).update(pairs)
        self.conf.write_text("".join(f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in pairs.items())
                                     for section, pairs in self.settings.items()))

    def run(self, *words, stdin="", status=0, conf=None, env=None, **options):
        """What listctl said, with that exit status."""
        done = subprocess.run([LISTCTL, "-c", str(conf or self.conf), *map(str, words)], input=stdin, text=True,
                              capture_output=True, timeout=PATIENCE, check=False, env={**ENVIRONMENT, **(env or {})}, cwd="/",
                              **options)
        assert done.returncode == status, f"status {done.returncode}, not {status}: {done.stdout}{done.stderr}"
        assert "Sanitizer" not in done.stderr, done.stderr
        return done

    def json(self, *words, **options):
        return json.loads(self.run("--json", *words, **options).stdout)

    def refused(self, *words, status=1, **options):
        """The words of a refusal. Whoever reads JSON is told the same."""
        done = self.run(*words, status=status, **options)
        assert done.stdout == "" and done.stderr.startswith("listctl: ")
        return done.stderr

    def take(self, other):
        """The data of another lab: faster than listctl can make it."""
        if self.data.exists():
            shutil.rmtree(self.data)
        subprocess.run(["cp", "-a", str(other.data), str(self.data)], check=True)

    def add_list(self, address="ml@lists.example", owner="olga@people.example", *words):
        self.run("list", "add", address, "--owner", owner, "--report", "off", *words)
        return address

    def file(self, text, name="file"):
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        path.chmod(0o644)
        return path

    def members(self, address):
        return [row["address"] for row in self.json("member", "ls", address)["members"]]

    def fill(self, what, address, message):
        """A message that waits, as the server would have left it; its id."""
        path = self.file(message, "message.eml")
        owner = {"user": "daemon", "group": pwd.getpwnam("daemon").pw_gid, "extra_groups": []} if IS_ROOT else {}
        done = subprocess.run([FILL, str(self.data), what, address or "-", str(path)], text=True, capture_output=True,
                              timeout=PATIENCE, check=False, env=ENVIRONMENT, **owner)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def compose(author="Anna Ames <anna@people.example>", to="ml@lists.example", subject="A question", body="Hello."):
    """A message as it stands on the wire."""
    head = {"From": author, "To": to, "Subject": subject, "Message-ID": "<1@people.example>",
            "Date": "Tue, 24 Nov 2026 06:23:01 +0000"}
    return "".join(f"{name}: {value}\r\n" for name, value in head.items()) + f"\r\n{body}\r\n"
