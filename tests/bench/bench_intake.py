"""bench_intake.py - how fast mail is taken, each 250 after a durable commit, beside Postfix's smtpd on the same disk: `make bench-intake`

    bench_intake.py [--messages N] [--clients N] [--rounds N]

smtp-source with 20 clients sends N messages of 4 KiB (5,000), each in a connection of its own and then in connections that are kept, to
listd and to a Postfix that discards what it has queued. They take turns; what counts is the ratio.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
from bench import OWNER, SIZE, own_network, program, running_sink  # noqa: E402
from postfix import LAB, MASTER, Postfix, is_installed  # noqa: E402
from ports import free_port, is_open  # noqa: E402
from server import DOMAIN, Server  # noqa: E402
from wait import wait_for  # noqa: E402

# Nothing that would slow a client down; what is queued is thrown away.
EXTRA = """
default_transport = discard:
smtpd_client_connection_count_limit = 0
in_flow_delay = 0s
"""


class Intake(Postfix):
    """A Postfix that only takes."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="listd-postfix."))
        self.folder.chmod(0o755)
        self.etc = self.folder / "etc"
        for name in ("etc", "queue", "data", "log"):
            (self.folder / name).mkdir()
        subprocess.run(["chown", "postfix", self.folder / "data"], check=True)
        self.port = free_port()
        main = "\n".join(line for line in LAB.splitlines() if not line.startswith("relayhost"))
        (self.etc / "main.cf").write_text(main.format(folder=self.folder) + EXTRA)
        (self.etc / "master.cf").write_text(MASTER.format(port=self.port))

    def start(self):
        self.run("postfix", "-c", self.etc, "start")
        wait_for(lambda: is_open(self.port), lambda: f"a running Postfix: {self.log()}")
        return self


def send(port, options, keeps):
    start = time.monotonic()
    subprocess.run([program("smtp-source"), *(["-d"] if keeps else []), "-s", str(options.clients), "-l", str(SIZE), "-m",
                    str(options.messages), "-f", "stranger@elsewhere.example", "-t", f"ml@{DOMAIN}", f"127.0.0.1:{port}"], check=True)
    return options.messages / (time.monotonic() - start)


def main():
    parser = argparse.ArgumentParser(prog="bench_intake.py")
    parser.add_argument("--messages", type=int, default=5000)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    if not is_installed():
        sys.exit("bench_intake.py: this takes root's rights and a Postfix")
    own_network()
    postfix = Intake().start()
    with running_sink() as sink:
        server = Server(f"127.0.0.1:{sink}", {"guard": {"client_sessions": "100", "network_sessions": "100"}})
        server.init()
        server.listctl("list", "add", f"ml@{DOMAIN}", "--owner", OWNER, "--report", "off")
        server.listctl("list", "set", f"ml@{DOMAIN}", "held_notice", "off")
        server.start()
        for keeps in (False, True):
            rates = {"postfix": [], "listd": []}
            for _ in range(options.rounds):
                rates["postfix"].append(send(postfix.port, options, keeps))
                rates["listd"].append(send(server.smtp_port, options, keeps))
            ratio = statistics.median(ours / theirs for ours, theirs in zip(rates["listd"], rates["postfix"]))
            print(f"{options.messages} messages of {SIZE} octets, {options.clients} clients, connections {'kept' if keeps else 'each anew'}: "
                  f"listd {statistics.median(rates['listd']):,.0f}/s, Postfix {statistics.median(rates['postfix']):,.0f}/s, "
                  f"ratio {ratio:.2f}", flush=True)
        server.stop()
        server.close()
    postfix.close()


if __name__ == "__main__":
    main()
