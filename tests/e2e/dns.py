"""dns.py - the name server of the tests: UDP on loopback, in a thread of its own, with a table of answers and bad habits

A zone is a DNS blocklist (RFC 5782) with a mode; what is in no zone and not in the table does not exist. Each question is
remembered in `asked`, so that a test can count them."""
import ipaddress
import socket
import struct
import threading

A, SOA, TXT, AAAA = 1, 6, 16, 28
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
ALWAYS = ("127.0.0.2", "::ffff:127.0.0.2")  # RFC 5782 5
TTL = 300


def reversed_name(ip, zone):
    """192.0.2.7 -> 7.2.0.192.zone; IPv6 by nibbles."""
    pointer = ipaddress.ip_address(ip).reverse_pointer
    return pointer.removesuffix(".in-addr.arpa").removesuffix(".ip6.arpa") + "." + zone


def read_question(packet):
    """(name, type, octets of the question section)"""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii", "replace").lower())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack_from("!H", packet, at + 1)[0], packet[12:at + 5]


def encoded(kind, value):
    if kind in (A, AAAA):
        return ipaddress.ip_address(value).packed
    octets = value if isinstance(value, bytes) else value.encode()
    return b"".join(bytes([len(octets[i:i + 255])]) + octets[i:i + 255] for i in range(0, len(octets), 255))


class NameServer:
    """Modes of a zone: works | v4 (has no IPv6 side) | all (says yes to everything) | empty (has nothing) | elsewhere (each name has
    an address of a web server) | refuses (127.255.255.254) | silent | servfail | cut (truncated, with nothing in it)."""

    def __init__(self):
        self.table = {}  # (name, type) -> values
        self.zones = {}  # zone -> mode
        self.asked = []  # (name, type)
        self.ttl = TTL
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        self.is_open = True
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def close(self):
        self.is_open = False
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self.socket.getsockname())
        self.thread.join()
        self.socket.close()

    def host(self, name, *ips):
        for ip in ips:
            self.table.setdefault((name, AAAA if ":" in ip else A), []).append(ip)

    def zone(self, zone, mode="works"):
        self.zones[zone] = mode
        for ip in ALWAYS:
            self.list(zone, ip)
        return zone

    def list(self, zone, ip, code="127.0.0.2", reason="for tests"):
        name = reversed_name(ip, zone)
        self.table[name, A] = [code]
        self.table[name, TXT] = [reason]

    def count(self, ip, zone):
        """How often an address was asked for."""
        return self.asked.count((reversed_name(ip, zone), A))

    def _mode(self, name):
        return next((mode for zone, mode in self.zones.items() if name.endswith("." + zone)), "works")

    def _answer(self, name, kind):
        """(code, is it cut, values); None: silence."""
        mode = self._mode(name)
        always = {"all": "127.0.0.2", "elsewhere": "203.0.113.80", "refuses": "127.255.255.254"}.get(mode)
        if mode == "silent":
            return None
        if mode == "servfail":
            return SERVFAIL, False, []
        if mode == "cut":
            return NOERROR, True, []
        if always:
            return NOERROR, False, [always] if kind == A else []
        is_v6 = name.count(".") > 20
        values = [] if mode == "empty" or (mode == "v4" and is_v6) else self.table.get((name, kind), [])
        return NOERROR if values else NXDOMAIN, False, values

    def _reply(self, packet):
        name, kind, question = read_question(packet)
        self.asked.append((name, kind))
        answer = self._answer(name, kind)
        if answer is None:
            return None
        code, is_cut, values = answer
        flags = 0x8580 | (0x0200 if is_cut else 0) | code
        head = packet[:2] + struct.pack("!HHHHH", flags, 1, len(values), 0, 0)
        records = b"".join(b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, self.ttl, len(octets)) + octets
                           for octets in (encoded(kind, value) for value in values))
        return head + question + records

    def _serve(self):
        while self.is_open:
            packet, client = self.socket.recvfrom(4096)
            reply = self._reply(packet) if len(packet) > 12 else None
            if reply:
                self.socket.sendto(reply, client)
