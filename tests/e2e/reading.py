"""reading.py - what a reader of a post would have seen, as Python's email package reads it

An account of a message that owes nothing to listd's: another parser, another idea of HTML. The rules that listd cuts by
(requirement A3, leaks L5) are said here once more, in a few lines each, so that what they let go is not missed.
"""
import binascii
import email
import email.errors
import email.header
import email.policy
import html.parser
import re
import unicodedata

RUN = 16  # octets in a row: that many of a file that was cut, and the file has leaked
ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+|mailto:\S*")
WORD_RUNS = re.compile(r"\w+")

NOTICE = re.compile(rb"^\[cut: .*\Z", re.S | re.M)
HEADING = re.compile(rb"^(?:From|Date|Subject): .*$", re.M)

# What stands within text and is none: uuencode, BinHex, yEnc, the armour of OpenPGP.
BLOCKS = [
    re.compile(r"^begin(?:-base64)? [0-7]{3,4} .*?^(?:end|====)[ \t]*$", re.S | re.M),
    re.compile(r"^\(This file must be converted with BinHex.*?:\s*$", re.S | re.M),
    re.compile(r"^=ybegin .*?^=yend.*?$", re.S | re.M),
    re.compile(r"^-----BEGIN PGP SIGNATURE-----.*?^-----END PGP SIGNATURE-----[ \t]*$", re.S | re.M),
    re.compile(r"^-----BEGIN PGP PUBLIC KEY BLOCK-----.*?^-----END PGP PUBLIC KEY BLOCK-----[ \t]*$", re.S | re.M),
    re.compile(r"^-----BEGIN PGP SIGNED MESSAGE-----\s*(?:Hash:.*\s)*", re.M),
]
BASE64_LINE = re.compile(rb"[A-Za-z0-9+/=]+")
HIDDEN = ("script", "style", "head", "title", "template", "noscript")
EMPTY = ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")


class _Text(html.parser.HTMLParser):
    """The text of HTML, a line for each run of it."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.runs, self.hidden = [], []

    def handle_starttag(self, tag, attrs):
        style = (dict(attrs).get("style") or "").replace(" ", "").lower()
        is_hidden = tag in HIDDEN or "display:none" in style or "visibility:hidden" in style
        if tag not in EMPTY and (is_hidden or self.hidden):
            self.hidden.append(tag)

    def handle_endtag(self, tag):
        if tag in self.hidden:
            while self.hidden.pop() != tag:
                pass

    def handle_data(self, data):
        if not self.hidden:
            self.runs.append(data)


def text_of_html(text):
    parser = _Text()
    parser.feed(text)
    parser.close()
    return "\n".join(parser.runs)


def without_blocks(text):
    for block in BLOCKS:
        text = block.sub("\n", text)
    return text


def letters(text):
    """The letters and digits of a text, by which it is compared: its spaces and its width are the program's affair."""
    return "".join(WORD_RUNS.findall(unicodedata.normalize("NFKC", text))).replace("_", "").casefold()


def decode(octets, label):
    """Text, and whether anybody could say that it is that."""
    for charset in (label, "utf-8"):
        try:
            return octets.decode(charset or "us-ascii"), True
        except (UnicodeError, LookupError):
            pass
    return octets.decode("latin-1"), False


def raw_of(part):
    raw = part.get_payload(decode=False)
    return raw.encode("utf-8", "surrogatepass" if any("\ud800" <= c < "\udc80" for c in raw) else "surrogateescape") if isinstance(raw, str) else b""


def payload_of(part):
    """The octets of a leaf, decoded and as they stood. Base64 with an odd end is read up to there."""
    raw = raw_of(part)
    if transfer_of(part) != "base64":
        return part.get_payload(decode=True) or b"", raw
    if not all(BASE64_LINE.fullmatch(line) for line in raw.split()[:3]) or any(b" " in line.strip() for line in raw.splitlines()[:3]):
        return raw, raw  # it only says that it is base64
    digits = re.sub(rb"[^A-Za-z0-9+/]", b"", raw.partition(b"=")[0])
    digits = digits[:len(digits) - (len(digits) % 4 == 1)]
    return binascii.a2b_base64(digits + b"=" * (-len(digits) % 4)), raw


def transfer_of(part):
    return str(part.get("Content-Transfer-Encoding", "")).strip().lower()


def type_of(part):
    """With the mercy that a mail program has with a label: text/plain> is text/plain."""
    return re.match(r"[\w.+-]+/[\w.+-]+|", part.get_content_type())[0] or "text/plain"


def name_of(part):
    name = part.get_filename() or ""
    try:
        return str(email.header.make_header(email.header.decode_header(name)))
    except (LookupError, UnicodeError, email.errors.HeaderParseError):
        return name


class Leaf:
    """A part that holds no other."""

    def __init__(self, part, path):
        self.type = type_of(part)
        self.path = path  # types of what it stands in, outermost first
        self.is_root = not path
        self.octets, self.raw = payload_of(part)
        self.is_attached = part.get_content_disposition() == "attachment" and not self.is_root
        self.label = part.get_content_charset()
        self.name = name_of(part)
        self.is_delsp = str(part.get_param("delsp", "")).lower() == "yes"

    @property
    def is_text(self):
        return self.type in ("text/plain", "text/html") and not self.is_attached

    def text(self):
        """What a reader sees of it, and whether its characters beyond ASCII are sure."""
        text, is_sure = decode(self.octets, self.label)
        if self.type == "text/html":
            return text_of_html(text), is_sure
        return without_blocks(text.replace("\r\n", "\n")), is_sure


def parts_within(part):
    """The parts of a multipart, the message of a message/rfc822; that too where it is encoded against RFC 2046 5.2.1."""
    if type_of(part) == "message/rfc822" and transfer_of(part) in ("base64", "quoted-printable"):
        return [email.message_from_bytes(email.message_from_bytes(
            b"Content-Transfer-Encoding: " + transfer_of(part).encode() + b"\n\n" + raw_of(part.get_payload(0))).get_payload(decode=True))]
    return part.get_payload() if part.is_multipart() else []


def walk(part):
    """(leaf, the alternatives that it is a form of), in the order of the message."""
    stack = [(part, (), ())]
    while stack:
        at, above, forms = stack.pop()
        kind, inner = type_of(at), parts_within(at)
        if not inner:
            yield Leaf(at, above), forms
        for child in reversed(inner):
            stack.append((child, (*above, kind), (*forms, id(at)) if kind == "multipart/alternative" else forms))


def runs_of(octets):
    """Every run of RUN octets that says something: more than one octet over and over. Where lines end is no matter."""
    octets = re.sub(rb"[\r\n]+", b"", octets)
    return {octets[i:i + RUN] for i in range(len(octets) - RUN + 1) if len(set(octets[i:i + RUN])) > 3}


class Reading:
    """A post: `texts` are what is read, `files` what is not, `forms` texts of which one is enough."""

    def __init__(self, octets):
        # Python keeps the line end of a boundary that is folded, and takes an epilogue for a part that is empty
        octets = re.sub(rb"(?m)^(--[^\r\n]+)\r\n(?=\1--)", rb"\1\r\n\r\n", octets)
        octets = re.sub(rb'(boundary="[^"\r\n]*)\r\n([ \t][^"\r\n]*")', rb"\1\2", octets, flags=re.I)
        self.message = email.message_from_bytes(octets, policy=email.policy.compat32)
        self.leaves = list(walk(self.message))
        self.types = {type_of(part) for part in self.message.walk()}

    def is_sure(self):
        """Python takes white space from the end of a boundary (RFC 2046 5.1.1 has none there), and then reads other parts."""
        boundaries = [str(part.get_param("boundary", "")) for part in self.message.walk()]
        return all(boundary == boundary.rstrip() for boundary in boundaries)

    def texts(self):
        """Lists of leaves: of each, one at least is read."""
        alone, groups = [], {}
        for leaf, forms in self.leaves:
            if leaf.is_text and forms:
                groups.setdefault(forms[0], []).append(leaf)
            elif leaf.is_text:
                alone.append([leaf])
        return alone + list(groups.values())

    def is_header_broken(self):
        """A line of the header is no field: Python lets the body begin there."""
        broken = (email.errors.MissingHeaderBodySeparatorDefect, email.errors.FirstHeaderLineIsContinuationDefect)
        return any(isinstance(defect, broken) for defect in self.message.defects)

    def is_readable(self):
        return any(letters(leaf.text()[0]) for group in self.texts() for leaf in group)

    def files(self):
        """Of a multipart without a part nobody can say what is in it; another form of a text is no file."""
        return [leaf for leaf, forms in self.leaves if not leaf.is_text and not leaf.type.startswith("multipart/")
                and not (forms and leaf.type.startswith("text/"))]

    def file_runs(self):
        """Runs of what must be gone, but for those that the text has too."""
        read = set()
        for leaf, _ in self.leaves:
            if leaf.type in ("text/plain", "text/html"):
                read |= runs_of(leaf.octets) | runs_of(leaf.raw)
        gone = set()
        for leaf in self.files():
            gone |= runs_of(leaf.octets) | runs_of(leaf.raw)
        return gone - read

    def missing_from(self, copy_text):
        """The lines that a reader would miss in a copy: of forms, those of the form that is missed least."""
        have = letters(ADDRESS.sub(" ", copy_text))
        return [line for group in self.texts() for line in min((missing(leaf, have) for leaf in group), key=len)]


def missing(leaf, have):
    text, is_sure = leaf.text()
    lines = text.splitlines()
    found = []
    for line in lines:
        pieces = ADDRESS.split(line)
        if not is_sure:  # an octet that is ASCII may be the half of a character
            pieces = [word for piece in pieces for word in piece.split() if word.isascii()]
        found += [piece for piece in pieces if letters(piece.replace("�", " ")) and not is_in(piece, have)]
    return found


def is_in(piece, have):
    return all(letters(part) in have for part in piece.split("�"))


class Copy:
    """A copy as its reader's program reads it."""

    def __init__(self, octets):
        self.octets = octets
        self.message = email.message_from_bytes(octets, policy=email.policy.compat32)
        self.leaves = [leaf for leaf, _ in walk(self.message)]
        self.header = octets.partition(b"\r\n\r\n")[0]

    @property
    def types(self):
        return {part.get_content_type() for part in self.message.walk()}

    def text(self):
        """All text, without the line ends that flowing put in (RFC 3676)."""
        return "\n".join(leaf.text()[0] for leaf in self.leaves)

    def runs(self):
        """But for the headings of messages within the post, and the notice at its end, which names files. What is base64 is
        looked at as what it stands for."""
        return set().union(*(runs_of(NOTICE.sub(b"", HEADING.sub(b"", leaf.octets))) for leaf in self.leaves))
