"""What every part of the intended network is made of."""

from typing import Literal, NamedTuple

import msgspec

Protocol = Literal["tcp", "udp", "icmp", "all"]
Ports = tuple[int | str, ...]


class SpecPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the spec: immutable, and unknown keys are errors."""


class RangeMs(SpecPart, frozen=True, kw_only=True):
    """A documented latency range, round trip, in milliseconds; most documents need the upper bound only."""

    min_ms: float = 0
    max_ms: float


class Kind(NamedTuple):
    """One protocol with the destination ports that are meant, as the spec writes them; none means all."""

    protocol: Protocol
    ports: Ports

    def __str__(self) -> str:
        return self.protocol + "".join(f":{port}" for port in self.ports)


class Traffic(SpecPart, frozen=True, kw_only=True):
    """What is sent: TCP and UDP by destination ports ("low-high" is a range, no port means all), ICMP, or all."""

    tcp: Ports | None = None
    udp: Ports | None = None
    icmp: bool = False
    all: bool = False

    def kinds(self) -> tuple[Kind, ...]:
        """The protocols that are named, each with its ports."""
        if self.all:
            return (Kind("all", ()),)
        ported: list[Kind] = []
        if self.tcp is not None:
            ported.append(Kind("tcp", self.tcp))
        if self.udp is not None:
            ported.append(Kind("udp", self.udp))
        return (*ported, Kind("icmp", ())) if self.icmp else tuple(ported)
