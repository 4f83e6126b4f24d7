"""dovecot.py - a real Dovecot of the test's own: POP3 and IMAP over TLS, with a throw-away authority and mailboxes"""
import imaplib
import os
import pathlib
import shutil
import ssl
import subprocess
import tempfile

from certificate import make_certificate
from ports import free_port, is_open
from wait import wait_for

PROGRAM = shutil.which("dovecot", path="/usr/sbin:/usr/bin")

CONF = """
protocols = imap pop3
listen = 127.0.0.1
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
ssl = required
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
ssl_min_protocol = TLSv1.2
mail_location = maildir:{folder}/mail/%u
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
default_client_limit = 500
auth_failure_delay = 0
passdb {{
  driver = static
  args = password=secret
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%u
}}
service imap-login {{
  inet_listener imap {{
    port = 0
  }}
  inet_listener imaps {{
    port = {imap}
  }}
}}
service pop3-login {{
  inet_listener pop3 {{
    port = 0
  }}
  inet_listener pop3s {{
    port = {pop3}
  }}
}}
"""


def is_installed():
    return os.geteuid() == 0 and PROGRAM is not None


class Dovecot:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-dovecot."))
        self.folder.chmod(0o755)
        self.imap, self.pop3 = free_port(), free_port()
        _, self.ca = make_certificate(self.folder)
        (self.folder / "mail").mkdir()
        shutil.chown(self.folder / "mail", "mail", "mail")
        self.conf = self.folder / "dovecot.conf"
        self.conf.write_text(CONF.format(folder=self.folder, imap=self.imap, pop3=self.pop3))
        self.password = self.folder / "password"
        self.password.write_text("secret\n")
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", self.conf], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=(self.folder / "err").open("wb"), cwd="/")
        wait_for(lambda: is_open(self.imap) and is_open(self.pop3), lambda: f"dovecot: {self.log()}")

    def log(self):
        return "".join(path.read_text(errors="replace") for path in (self.folder / "log", self.folder / "err") if path.exists())[-3000:]

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        shutil.rmtree(self.folder, ignore_errors=True)

    def client(self, user):
        context = ssl.create_default_context(cafile=str(self.ca))
        client = imaplib.IMAP4_SSL("127.0.0.1", self.imap, ssl_context=context)
        client.login(user, "secret")
        return client

    def put(self, user, *messages, folder="INBOX"):
        with self.client(user) as client:
            for message in messages:
                status, said = client.append(folder, None, None, message)
                assert status == "OK", said

    def count(self, user, criterion="ALL"):
        with self.client(user) as client:
            client.select("INBOX", readonly=True)
            return len(client.search(None, criterion)[1][0].split())

    def pickup(self, protocol, user, **more):
        """A section [pickup NAME]."""
        port = self.imap if protocol == "imap" else self.pop3
        return {"url": f"{protocol}s://127.0.0.1:{port}", "user": user, "password_file": self.password, "tls_ca": self.ca, "every": "1s", **more}
