"""test_corpora.py - mail as it is found in the world, through a running listd, beside Python's reading of it (A3, L5, L9, X10)

Each message has an author of its own, by whose domain its copy and its line in the log are told. What is asked of a copy
stands in `faults_of`; what is asked of a message without one, in REASONS. Messages are asked for in batches, one at a
time in the server; a batch that took more than a second of processor time is asked for again, message by message.
"""
import base64
import os
import pathlib
import random
import re

import pytest

from lab import List
from mails import corpora, crlf
from reading import Copy, Reading
from server import DOMAIN
from wait import wait_for

SECONDS_MAX = 1.0
BATCH = 25
MUTATED = 2000
SEED = 20261126
MAIL_FROM = re.compile(r" mail-from msg=(\S+) .*@m(\d+)\.example$", re.M)
VERDICT = re.compile(r" post msg=(\S+) .*verdict=(\w+) .*check=([\w-]+)$", re.M)
FIELD = re.compile(rb"^[!-9;-~]+[ \t]*:")
# Fields that make a post something else than a post: to whom it went, that it was a list's, that a program wrote it.
OTHER_MATTER = re.compile(rb"^(from|sender|message-id|list-.*|precedence|auto-submitted|x-auto.*|x-loop|delivered-to|x-beenthere|"
                          rb"received|return-path|x-mailing-list|mailing-list|x-failed-recipients|x-ms-exchange-.*|x-spam.*)[ \t]*:", re.I)


# --- the messages ----------------------------------------------------------------------

def tnef_message(octets):
    return (b"Subject: winmail\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nThe text beside it.\n--b\n"
            b"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(octets) + b"--b--\n")


def corpus_messages(folder):
    """(name, octets) of all messages of the corpora."""
    manifest = (folder / "mime" / "MANIFEST.tsv").read_text().splitlines()
    for line in manifest[1:]:
        name = line.split("\t")[0]
        yield name, (folder / "mime" / name).read_bytes()
    for path in sorted((folder / "tnef").rglob("*.tnef")):
        yield path.name, tnef_message(path.read_bytes())


PICTURE = base64.encodebytes(bytes(range(256)) * 8)
ALTERNATIVE = (b"Content-Type: multipart/alternative; boundary=a\n\n--a\n\nPlain words.\n--a\nContent-Type: text/html\n\n"
               b"<p>Plain words.</p>\n--a--\n")
SAMPLE = [
    ("plain", b"Subject: x\n\nHello there.\n"),
    ("picture", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n--b\nContent-Type: image/png\n"
                b"Content-Transfer-Encoding: base64\n\n" + PICTURE + b"--b--\n"),
    ("no end", b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\nLook.\n--b\nContent-Type: image/png\n\n\x89PNG of some kind or other"),
    ("alternative", ALTERNATIVE),
    ("forwarded", b"Content-Type: message/rfc822\n\nSubject: within\n" + ALTERNATIVE),
    ("wrong label", b"Content-Type: text/plain; charset=us-ascii\n\nGr\xc3\xbc\xc3\x9fe und Kuchen.\n"),
    ("latin", b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: 8bit\n\nGr\xfc\xdfe und Kuchen.\n"),
    ("only html", b"Content-Type: text/html; charset=utf-8\n\n<h1>A head</h1><p>And <b>text</b> below</p><script>evil()</script>"),
    ("uuencode", b"Subject: x\n\nSee below.\nbegin 644 a.bin\n" + b"M" + b"A" * 60 + b"\n`\nend\nAnd above.\n"),
    ("winmail", tnef_message(bytes.fromhex("789f3e220100") + bytes(range(200)))),
    ("only a picture", b"Content-Type: image/png\nContent-Transfer-Encoding: base64\n\n" + PICTURE),
    ("report", b"Content-Type: multipart/report; boundary=b\n\n--b\n\nIt failed.\n--b--\n"),
]


LIST = b"posts@lists.example"


def header_lines(octets):
    """The lines of the header of a message, each with its continuation, and the rest of it."""
    lines = octets.split(b"\r\n")
    fields = []
    while lines and lines[0] and (FIELD.match(lines[0]) or (fields and lines[0][:1] in b" \t")):
        line = lines.pop(0)
        if line[:1] in b" \t":
            fields[-1] += b"\r\n" + line
        else:
            fields.append(line)
    return fields, b"\r\n".join(lines)


def as_post(octets, number):
    """The message as the post of its author: all that does not concern its content is the test's."""
    octets = re.sub(rb"\A(?:From |>From ).*\r?\n", b"", octets)
    octets = crlf(re.sub(rb"\r(?!\n)", b"\r\n", octets.replace(b"\0", b"")))
    fields, rest = header_lines(octets.lstrip(b"\r\n"))
    ours = [b"From: Author <a@m%d.example>" % number, b"Message-ID: <%d@m%d.example>" % (number, number), b"Cc: " + LIST]
    return b"\r\n".join(ours + [field for field in fields if not OTHER_MATTER.match(field)]) + b"\r\n" + rest


# --- a server that is asked -------------------------------------------------------------

class Asked:
    """Sends posts and gathers what became of each: {number: (verdict, check)}."""

    def __init__(self, server, ml=None):
        self.server = server
        self.list = ml or List(server, members=("anna",), name="posts", settings={"posting": "anyone", "max_text": "64M", "footer": "",
                                                                                  "subject_tag": ""})
        self.read = 0
        self.numbers = {}  # by the id of the message in the log
        self.outcomes = {}
        self.copies = {}

    def _read_log(self):
        with self.server.log_file.open("rb") as log:
            log.seek(self.read)
            text = log.read()
        end = text.rfind(b"\n") + 1
        self.read += end
        lines = text[:end].decode("utf-8", "replace")
        self.numbers.update((msg, int(number)) for msg, number in MAIL_FROM.findall(lines))
        self.outcomes.update((self.numbers[msg], (verdict, check)) for msg, verdict, check in VERDICT.findall(lines))

    def _has(self, numbers):
        self._read_log()
        return all(number in self.outcomes for number in numbers)

    def _cpu(self):
        pid = self.server.roles()["handle"]
        user, system = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def send(self, posts):
        """{number: octets}; seconds of processor time."""
        handle, before = self.server.roles()["handle"], self._cpu()
        with self.server.smtp() as client:
            for number, octets in posts.items():
                [answer] = client.post(f"a@m{number}.example", [self.list.address], octets)
                assert answer.startswith(b"250 "), (number, answer)
        wait_for(lambda: self._has(posts), lambda: f"{set(posts) - set(self.outcomes)}; the log: {self.server.log()[-3000:]}")
        assert self.server.roles()["handle"] == handle, self.server.log()[-4000:]
        return self._cpu() - before

    def send_all(self, posts):
        """In batches; {number: why} for posts that took too long."""
        numbers, slow = list(posts), {}
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start:start + BATCH]
            if self.send({number: posts[number] for number in batch}) > SECONDS_MAX:
                slow |= self._slow_ones(posts, batch)
        return slow

    def _slow_ones(self, posts, batch):
        """Asks for each alone, on a list of its own; what becomes of it there is of no interest."""
        slow, again = {}, Asked(self.server, self.list)
        for number in batch:
            seconds = again.send({number: posts[number]})
            if seconds > SECONDS_MAX:
                slow[number] = [f"took {seconds} s"]
        return slow

    def gather(self):
        """Fetches copies, which come in the order in which posts were accepted, and the reasons of those that are held."""
        self.reasons = {int(re.fullmatch(r"a@m(\d+)\.example", row["from"])[1]): row["reason"] for row in self.list.held()}
        accepted = [number for number, (verdict, _) in self.outcomes.items() if verdict == "accept"]
        copies = self.list.sink.wait_to(self.list.members[0], count=len(accepted)) if accepted else []
        by_count = {int(re.search(rb"^X-Mail-Count: (\d+)", copy.data, re.M)[1]): copy for copy in copies}
        assert sorted(by_count) == list(range(1, len(accepted) + 1))
        self.copies = {number: by_count[place] for place, number in enumerate(accepted, 1)}


# --- what is asked of a copy, and of a message without one ------------------------------

def faults_of_file_runs(reading, copy):
    return [f"{len(found)} runs of a file, as {min(found)!r}" for found in [reading.file_runs() & copy.runs()] if found]


def faults_of_types(copy):
    wrong = copy.types - {"text/plain", "multipart/mixed"}
    return [f"parts of type {sorted(wrong)}"] if wrong else []


def faults_of_header(original, copy):
    """Addresses of the fields of people stand in no field of the copy."""
    header, _ = header_lines(original)
    people = [field for field in header if re.match(rb"(from|sender|reply-to|to|cc|bcc|errors-to|disposition-.*)[ \t]*:", field, re.I)]
    addresses = {found.lower() for field in people for found in re.findall(rb"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", field)}
    subject = b"".join(field for field in header if field.lower().startswith(b"subject"))
    return [f"{address!r} in the header" for address in addresses - {LIST}
            if address in copy.header.lower() and address not in subject.lower()]


# What is said of a post that no copy went out of, and what must be true then by Python's reading.
REASONS = {
    "no readable text is left": lambda reading: not reading.is_readable(),
    "it is encrypted": lambda reading: "multipart/encrypted" in reading.types,
    "it is encrypted (S/MIME)": lambda reading: any("pkcs7-mime" in kind for kind in reading.types),
    "it is a fragment of a message (message/partial)": lambda reading: "message/partial" in reading.types,
    "its text is elsewhere (message/external-body)": lambda reading: "message/external-body" in reading.types,
    "has no name and colon": lambda reading: reading.is_header_broken(),
}


def is_reason_true(reason, reading):
    return any(reason.endswith(known) and is_true(reading) for known, is_true in REASONS.items())


def faults_of(original, asked, number, is_whole):
    """What is wrong with what became of a post. `is_whole`: nobody mutated it, and its text must be there, all of it."""
    verdict, check = asked.outcomes[number]
    reading = Reading(original)
    if verdict == "discard":
        is_report = reading.message.get_content_type() == "multipart/report" or not is_whole
        return [] if check == "automatic" and is_report else [f"discarded by {check}"]
    if verdict == "hold":
        reason = asked.reasons[number]
        return [] if not is_whole or is_reason_true(reason, reading) else [f"held: {reason}"]
    copy = Copy(asked.copies[number].data)
    faults = faults_of_types(copy) + faults_of_header(original, copy) + faults_of_file_runs(reading, copy)
    if is_whole and reading.is_sure():
        faults += [f"missing: {line[:80]!r}" for line in reading.missing_from(copy.text())]
    return faults


def ask(server, messages, is_whole):
    """Sends [(name, octets)]; {name: faults}."""
    asked = Asked(server)
    posts = {number: as_post(octets, number) for number, (_, octets) in enumerate(messages, 1)}
    slow = asked.send_all(posts)
    asked.gather()
    found = {f"{number} {name}": faults_of(posts[number], asked, number, is_whole) for number, (name, _) in enumerate(messages, 1)}
    return {name: faults for name, faults in found.items() if faults} | slow


# --- mutations ---------------------------------------------------------------------------

LABELS = [b"us-ascii", b"utf-8", b"iso-8859-1", b"iso-2022-jp", b"shift_jis", b"gb2312", b"big5", b"koi8-r", b"utf-16", b"utf-7", b"x-none"]
ENCODINGS = [b"7bit", b"8bit", b"base64", b"quoted-printable", b"binary", b"x-uuencode", b"none"]


def _flip(rng, octets, _):
    octets = bytearray(octets)
    for _ in range(rng.randint(1, 8)):
        octets[rng.randrange(len(octets))] = rng.randrange(256)
    return bytes(octets)


def _lines(rng, octets, _):
    lines = octets.split(b"\n")
    at, length = rng.randrange(len(lines)), rng.randint(1, 5)
    return b"\n".join(lines[:at] + rng.choice([[], lines[at:at + length] * 2]) + lines[at + length:])


def _cut(rng, octets, _):
    return octets[:rng.randrange(1, len(octets) + 1)]


def _boundary(rng, octets, _):
    boundaries = list(re.finditer(rb"^--\S+", octets, re.M))
    if not boundaries:
        return octets + b"\n--b\n"
    found = rng.choice(boundaries)
    return octets[:found.start()] + rng.choice([b"", b"--", found[0] + b"--", found[0][:-1], found[0] + b" "]) + octets[found.end():]


def _label(rng, octets, _):
    return re.sub(rb"(?i)(charset=\"?)[\w-]+", lambda found: found[1] + rng.choice(LABELS), octets)


def _encoding(rng, octets, _):
    return re.sub(rb"(?i)(content-transfer-encoding:\s*)[\w-]+", lambda found: found[1] + rng.choice(ENCODINGS), octets)


def _nest(rng, octets, other):
    kind = rng.choice([b"mixed", b"alternative", b"related", b"digest", b"signed", b"x-unknown"])
    within = b"Content-Type: message/rfc822\n\n" + other
    return b"Content-Type: multipart/" + kind + b"; boundary=nest\n\n--nest\n" + octets + b"\n--nest\n" + within + b"\n--nest--\n"


MUTATIONS = [_flip, _lines, _cut, _boundary, _label, _encoding, _nest]


def mutated(messages, count):
    rng = random.Random(SEED)
    small = [(name, octets) for name, octets in messages if 0 < len(octets) < 64 * 1024]
    for _ in range(count):
        name, octets = rng.choice(small)
        chosen = rng.sample(MUTATIONS, rng.randint(1, 3))
        for mutation in chosen:
            octets = mutation(rng, octets, rng.choice(small)[1]) or b"\n"
        yield f"{name} ({' '.join(mutation.__name__ for mutation in chosen)})", octets


# --- the tests -----------------------------------------------------------------------------

@pytest.fixture
def reader(make_server):
    """A server that takes what the corpora hold; no role of it may end in between."""
    server = make_server({"receive": {"max_size": "16M"}})
    before = server.roles()
    yield server
    assert server.roles() == before, server.log()[-4000:]


@pytest.fixture
def messages():
    folder = corpora("mime/MANIFEST.tsv")
    return list(corpus_messages(folder)) if folder else None


def test_sample(reader):
    """A3, L5: of our own sample: only text arrives, all of it, and nothing of a file."""
    assert ask(reader, SAMPLE, is_whole=True) == {}


def test_corpora(reader, messages):
    """A3, L5: the same of all messages of the corpora, beside Python's reading of them."""
    if not messages:
        pytest.skip("the corpora are not there (LISTD_CORPORA)")
    assert ask(reader, messages, is_whole=True) == {}


def test_mutated(reader, messages):
    """X10: broken in seven ways, none ends a role or takes long, and what arrives is text."""
    print(f"seed {SEED}, {'corpora' if messages else 'own sample'}")
    assert ask(reader, list(mutated(messages or SAMPLE, MUTATED)), is_whole=False) == {}
