"""server.py - a listd of the test's own, in a folder of its own, on free ports of loopback"""
import contextlib
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

from ports import free_port
from smtp import Client
from wait import PATIENCE, wait_for

ROLES = ("receive", "handle", "deliver")
BUILD = pathlib.Path(os.environ.get("LISTD_BUILDDIR", ".")).resolve()
LISTD = str(BUILD / "listd" / "listd")
LISTCTL = str(BUILD / "listd" / "listctl")
IS_ROOT = os.geteuid() == 0
DOMAIN = "lists.example"
HOSTNAME = "mx.lists.example"
ADMIN = "admin@admin.example"
# All clients of a test have one address: what many of them do would be too much of one. The tests of the guard set its limits.
UNGUARDED = {"client_connections": "100000", "network_connections": "100000", "client_messages": "1000000", "network_messages": "1000000",
             "slow": "99999", "deny": "100000", "sender_recipients": "1000000", "domain_recipients": "1000000"}
# Nothing else of our environment may reach a server, so that what stands in its roles' is its own doing.
ENVIRONMENT = {name: value for name, value in os.environ.items()
               if name == "PATH" or name.endswith(("SAN_OPTIONS", "SAN_SYMBOLIZER_PATH"))}


def is_alive(pid):
    try:
        state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


class Refused(Exception):
    """listctl ended with 1 or 2."""

    def __init__(self, done):
        super().__init__(f"listctl ended with {done.returncode}: {done.stderr.strip()}")
        self.status = done.returncode
        self.stdout = done.stdout
        self.stderr = done.stderr


class Server:
    """Settings are {"section": {"key": "value"}}, over the ones that every test needs."""

    def __init__(self, relay, settings=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-e2e."))
        self.folder.chmod(0o711)  # the roles have uids of their own and must reach their own folders below
        self.smtp_port, self.lmtp_port = free_port(), free_port()
        self.conf = self.folder / "listd.conf"
        self.log_file = self.folder / "log"
        self.process = None
        self.settings = {
            "server": {"hostname": HOSTNAME, "domains": DOMAIN, "admin": ADMIN, "data": self.folder / "data"},
            "receive": {"smtp": f"127.0.0.1:{self.smtp_port}", "lmtp": f"127.0.0.1:{self.lmtp_port}"},
            "deliver": {"relay": relay, "tls": "off"},
            "guard": dict(UNGUARDED),
            "report": {"time": (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=12)).strftime("%H:%M")},
        }
        if IS_ROOT:
            self.settings["server"]["user"] = "daemon"
            self.settings["receive"]["user"] = "nobody"
            self.settings["fetch"] = {"user": "games"}
        for section, pairs in (settings or {}).items():
            self.settings.setdefault(section, {}).update(pairs)
        self.data = pathlib.Path(self.settings["server"]["data"])
        self.configure()

    def configure(self, **sections):
        """Writes listd.conf, with changes: configure(receive={"max_size": "64K"})."""
        for section, pairs in sections.items():
            self.settings.setdefault(section, {}).update(pairs)
        self.conf.write_text("".join(
            f"[{section}]\n" + "".join(f"{key} = {value}\n" for key, value in pairs.items())
            for section, pairs in self.settings.items()))
        self.conf.chmod(0o600)

    @contextlib.contextmanager
    def reconfigured(self, **sections):
        """Runs with changes of listd.conf for a while."""
        before = {section: dict(pairs) for section, pairs in self.settings.items()}
        self.configure(**sections)
        self.reload()
        yield
        self.settings = before
        self.configure()
        self.reload()

    # --- life ------------------------------------------------------------------

    def init(self):
        self.listctl("init")
        return self

    def start(self):
        self.log_start = len(self.log())
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen([LISTD, "-c", str(self.conf), "-f"], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, cwd="/", env=ENVIRONMENT,
                                            start_new_session=True)
        wait_for(self._is_up, lambda: f"a running server; its log: {self.log()[-4000:]}")
        return self

    def _is_up(self):
        status = self.process.poll()
        assert status is None, f"listd ended with {status}; its log: {self.log()[-4000:]}"
        log = self.log()[self.log_start:]
        return all(f" {role} started" in log for role in ROLES)

    def is_running(self):
        try:
            return set(self.roles()) >= set(ROLES) and all(is_alive(pid) for pid in self.roles().values())
        except FileNotFoundError:
            return False

    def stop(self, timeout=PATIENCE):
        """Ends the server as an admin does; its exit status."""
        pids = list(self.roles().values())
        self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            raise AssertionError(f"SIGTERM did not end listd; its log: {self.log()[-4000:]}") from None
        self.process = None
        left = [pid for pid in pids if is_alive(pid)]
        assert not left, f"roles {left} outlived the supervisor"
        return status

    def reload(self):
        """SIGHUP, and new roles."""
        before = self.roles()
        self.process.send_signal(signal.SIGHUP)
        for role in ROLES:
            self.wait_replaced(role, before[role])

    def restart(self):
        assert self.stop() == 0
        return self.start()

    def close(self):
        """Ends what still runs and removes the folder."""
        try:
            if self.process and self.process.poll() is None:
                self.stop()
        finally:
            if not os.environ.get("LISTD_E2E_KEEP"):
                shutil.rmtree(self.folder, ignore_errors=True)

    # --- roles -----------------------------------------------------------------

    def roles(self):
        """{role: pid} of those that run, from the supervisor's own account: role, pid, state, since, restarts."""
        words = [line.split() for line in (self.data / "status").read_text().splitlines()]
        return {line[0]: int(line[1]) for line in words if line[0] in (*ROLES, "fetch") and line[1] != "0"}

    def kill(self, role, how=signal.SIGKILL):
        """Ends a role and waits until another one took its place."""
        before = wait_for(lambda: self.roles().get(role), f"a running {role}")
        os.kill(before, how)
        self.wait_replaced(role, before)

    def wait_replaced(self, role, before):
        wait_for(lambda: self.roles().get(role, before) != before and is_alive(self.roles()[role]),
                 lambda: f"a new {role}; the log: {self.log()[-4000:]}")

    # --- what is asked of it ---------------------------------------------------

    def listctl(self, *words, stdin="", check=True):
        done = subprocess.run([LISTCTL, "-c", str(self.conf), *map(str, words)], input=stdin, text=True,
                              capture_output=True, timeout=PATIENCE * 2, cwd="/", check=False)
        if check and done.returncode:
            raise Refused(done)
        return done.stdout if check else done

    def json(self, *words):
        return json.loads(self.listctl("--json", *words))

    def smtp(self, hello="EHLO client.example", source=None):
        return Client(("127.0.0.1", self.smtp_port), hello, source=source)

    def lmtp(self, hello="LHLO client.example"):
        return Client(("127.0.0.1", self.lmtp_port), hello)

    def post(self, mail_from, rcpt, message):
        """A message in by SMTP; the answer to its end."""
        with self.smtp() as client:
            [answer] = client.post(mail_from, [rcpt], message)
        return answer

    def post_ok(self, mail_from, rcpt, message):
        answer = self.post(mail_from, rcpt, message)
        assert answer.startswith(b"250 "), answer

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def stored_files(self):
        return [path for path in self.data.rglob("*") if path.is_file()]

    # --- the state of its work ---------------------------------------------------

    def _is_idle(self):
        status = self.json("status")
        return status["spool"]["messages"] == 0 and status["queue"]["messages"] == 0

    def settle(self):
        """Waits until all that was accepted is dealt with: status looks at the spool first, then at the queue."""
        wait_for(self._is_idle, lambda: f"an idle server: {self.json('status')}; the log: {self.log()[-4000:]}")

    def rows(self, *words):
        """The table that a command prints, as dictionaries."""
        [rows] = [value for value in self.json(*words).values() if isinstance(value, list)]
        return rows

    def held(self, noun="held"):
        return self.rows(noun, "ls")
