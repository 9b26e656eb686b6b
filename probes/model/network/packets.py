"""One packet, and what a security-group or network-ACL rule says about it."""

from ipaddress import IPv4Address, IPv4Network

import msgspec

from probes.model.state import NaclEntry, SgRule

ICMP, TCP, UDP = 1, 6, 17
PROTOCOL_NUMBERS = {"icmp": ICMP, "tcp": TCP, "udp": UDP, "icmpv6": 58}
PROTOCOL_NAMES = {number: name for name, number in PROTOCOL_NUMBERS.items()}
PORTED = (TCP, UDP)
# https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html
NAT_PROTOCOLS = (TCP, UDP, ICMP)

ECHO_REQUEST = 8
# RFC 792: the reply to an echo request is an echo reply, to a timestamp request a timestamp reply.
ICMP_REPLIES = {8: 0, 0: 8, 13: 14, 14: 13}

# An Internet gateway hands these to nobody.
NOT_INTERNET = tuple(
    IPv4Network(text)
    for text in (
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    )
)


class Packet(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """The header fields that AWS forwarding and filtering look at. Fields the protocol lacks stay 0."""

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    source_port: int = 0
    destination_port: int = 0
    icmp_type: int = 0
    icmp_code: int = 0

    def reply(self) -> "Packet":
        """The packet that answers this one."""
        return Packet(
            source=self.destination,
            destination=self.source,
            protocol=self.protocol,
            source_port=self.destination_port,
            destination_port=self.source_port,
            icmp_type=ICMP_REPLIES.get(self.icmp_type, self.icmp_type) if self.protocol == ICMP else 0,
            icmp_code=self.icmp_code,
        )

    def __str__(self) -> str:
        name = PROTOCOL_NAMES.get(self.protocol, f"protocol {self.protocol}")
        if self.protocol in PORTED:
            return f"{name} {self.source}:{self.source_port} -> {self.destination}:{self.destination_port}"
        what = f" type {self.icmp_type} code {self.icmp_code}" if self.protocol == ICMP else ""
        return f"{name}{what} {self.source} -> {self.destination}"


def opening(
    source: IPv4Address, destination: IPv4Address, protocol: int, *, source_port: int, port: int
) -> Packet:
    """The packet that opens a connection, or for ICMP asks for an echo; ports count where the protocol has any."""
    ported = protocol in PORTED
    return Packet(
        source=source,
        destination=destination,
        protocol=protocol,
        source_port=source_port if ported else 0,
        destination_port=port if ported else 0,
        icmp_type=ECHO_REQUEST if protocol == ICMP else 0,
    )


def protocol_number(protocol: str) -> int | None:
    """The IP protocol that a rule names; None for all protocols."""
    if protocol == "-1":
        return None
    return PROTOCOL_NUMBERS[protocol] if protocol in PROTOCOL_NUMBERS else int(protocol)


def sg_rule_covers(rule: SgRule, packet: Packet) -> bool:
    """Whether the rule's protocol, ports or ICMP type and code cover the packet, whoever its peer is."""
    number = protocol_number(rule.protocol)
    if number is None:
        return True
    if number != packet.protocol:
        return False
    if number in PORTED:
        return _within(packet.destination_port, rule.from_port, rule.to_port)
    if number == ICMP:
        return rule.from_port in (None, packet.icmp_type) and rule.to_port in (None, packet.icmp_code)
    return True


def nacl_entry_covers(entry: NaclEntry, packet: Packet) -> bool:
    """Whether the entry's protocol, ports or ICMP type and code cover the packet, whatever its addresses."""
    number = protocol_number(entry.protocol)
    if number is None:
        return True
    if number != packet.protocol:
        return False
    if number in PORTED:
        return _within(packet.destination_port, entry.from_port, entry.to_port)
    if number == ICMP:
        return entry.icmp_type in (None, packet.icmp_type) and entry.icmp_code in (None, packet.icmp_code)
    return True


def on_the_internet(address: IPv4Address) -> bool:
    """Whether an Internet gateway would carry traffic for the address."""
    return not any(address in block for block in NOT_INTERNET)


def _within(port: int, low: int | None, high: int | None) -> bool:
    return low is None or low <= port <= (low if high is None else high)
