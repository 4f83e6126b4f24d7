"""postfix.py - a real Postfix of the test's own: before listd, behind it, and out to the sink

Its settings for listd are read from docs/postfix.md, so that what the page tells people to write is what is tested;
only ports and paths are replaced, and the lab's own needs added. Nothing of the system's Postfix is read or started.
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from certificate import make_certificate
from ports import free_port, is_open
from smtp import Client
from wait import PATIENCE, wait_for

PAGE = pathlib.Path(os.environ.get("LISTD_SRCDIR", pathlib.Path(__file__).parents[2])) / "docs" / "postfix.md"

# The lab: no DNS, no local mailboxes, no waiting; the world is the sink.
LAB = """
compatibility_level = 3.6
myhostname = mta.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
smtp_dns_support_level = disabled
lmtp_dns_support_level = disabled
relayhost = [127.0.0.1]:{sink}
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/mail.log
maillog_file_prefixes = {folder}/log
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def page_block(title):
    """The text of the code block of docs/postfix.md whose first line is `# title`, without that line."""
    blocks = re.findall(r"^```\w*\n# (.*?)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    [text] = [text for first, text in blocks if first == title]
    return text


def page_settings(title):
    """The same as {"section": {"key": "value"}}."""
    sections = {}
    for line in page_block(title).splitlines():
        if line.startswith("["):
            section = sections.setdefault(line.strip("[]"), {})
        elif "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            section[key.strip()] = value.strip()
    return sections


def is_installed():
    return os.geteuid() == 0 and shutil.which("postfix", path="/usr/sbin:/usr/bin") is not None


class Postfix:
    def __init__(self, lmtp_port, sink_port, policy_port):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-postfix."))
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        for name in ("etc", "queue", "data", "log"):
            (self.folder / name).mkdir()
        shutil.chown(self.folder / "data", "postfix")
        self.port = free_port()
        main = page_block("/etc/postfix/main.cf") + LAB.format(folder=self.folder, sink=sink_port)
        (self.etc / "main.cf").write_text(main.replace("/etc/postfix", str(self.etc)).replace(":2526", f":{policy_port}"))
        self.relay_port = free_port()
        (self.etc / "master.cf").write_text(
            MASTER.format(port=self.port) + page_block("/etc/postfix/master.cf").replace(":10025", f":{self.relay_port}"))
        transport = page_block("/etc/postfix/transport")
        assert ":2524" in transport
        (self.etc / "transport").write_text(transport.replace(":2524", f":{lmtp_port}"))
        (self.etc / "header_checks").write_text(page_block("/etc/postfix/header_checks"))

    def offer_smtps(self):
        """Before the start: the relay's door once more, but in TLS from the first octet on. Gives its port."""
        port = free_port()
        key, self.certificate = make_certificate(self.etc)
        with (self.etc / "master.cf").open("a") as master:
            master.write(f"127.0.0.1:{port} inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt"
                         f" -o smtpd_tls_cert_file={self.certificate} -o smtpd_tls_key_file={key}"
                         " -o smtpd_recipient_restrictions=permit_mynetworks,reject\n")
        return port

    def run(self, *words):
        # Postfix daemons outlive the command and keep its output open: into a file, not a pipe.
        with (self.folder / "log" / "commands").open("ab") as output:
            subprocess.run(words, env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, stdin=subprocess.DEVNULL,
                           stdout=output, stderr=output, timeout=PATIENCE, check=True)

    def start(self):
        self.run("postmap", "-c", self.etc, f"hash:{self.etc}/transport")
        self.run("postfix", "-c", self.etc, "start")
        wait_for(lambda: is_open(self.port) and is_open(self.relay_port), lambda: f"a running Postfix: {self.log()}")
        return self

    def close(self):
        try:
            self.run("postfix", "-c", self.etc, "stop")
            wait_for(lambda: not is_open(self.port), "Postfix to stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def log(self):
        path = self.folder / "log" / "mail.log"
        return path.read_text(errors="replace")[-6000:] if path.exists() else ""

    def smtp(self, source=None):
        return Client(("127.0.0.1", self.port), source=source)

    def queue(self):
        done = subprocess.run(["postqueue", "-c", self.etc, "-j"], capture_output=True, text=True, timeout=PATIENCE,
                              check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_empty(self):
        wait_for(lambda: not self.queue(), lambda: f"an empty Postfix queue: {self.queue()}; {self.log()}")
