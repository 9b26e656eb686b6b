"""What happened to a packet, hop by hop."""

from enum import StrEnum
from typing import Never

import msgspec

from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet


class Stage(StrEnum):
    """What kind of decision a hop is, in AWS's words."""

    SG_EGRESS = "security group, egress"
    NACL_EGRESS = "network ACL, egress"
    VPC_ROUTE = "VPC route table"
    GATEWAY = "gateway"
    FIREWALL = "firewall endpoint"
    VPC_PEERING = "VPC peering"
    TGW_ATTACHMENT = "TGW attachment"
    TGW_SUBNET_NACL = "network ACL of the attachment subnet"
    TGW_ASSOCIATION = "TGW association"
    TGW_ROUTE = "TGW route table"
    TGW_PEERING = "TGW peering"
    DESTINATION = "destination"
    NACL_INGRESS = "network ACL, ingress"
    SG_INGRESS = "security group, ingress"


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One decision: where it was taken, by which resource, and which rule or route decided."""

    stage: Stage
    region: str
    resource_id: str
    resource: str
    decision: str
    dropped: bool = False

    def __str__(self) -> str:
        verb = "DROPPED " if self.dropped else ""
        return f"{self.stage}: {self.resource}: {verb}{self.decision}"


class Inspection(msgspec.Struct, frozen=True):
    """The firewall endpoints that a packet crosses by (Region, ID): certainly, or by one of several ways.

    `any` says whether each of these ways crosses some firewall: None when only some of them do.
    """

    certain: frozenset[tuple[str, str]] = frozenset()
    possible: frozenset[tuple[str, str]] = frozenset()
    any: bool | None = False


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The way of one packet. `delivered_to` is None when it was dropped; the last hop is the decisive one.

    `unknown` is the reason why nobody can say what becomes of it behind the last hop, if so.
    """

    packet: Packet
    source: Endpoint
    hops: tuple[Hop, ...]
    delivered_to: Endpoint | None
    nat: tuple[str, str] | None = None
    unknown: str = ""
    inspection: Inspection = Inspection()

    @property
    def delivered(self) -> bool:
        """Whether the packet arrived."""
        return self.delivered_to is not None

    @property
    def dropped_by(self) -> Hop | None:
        """The decisive hop of a dropped packet."""
        return None if self.delivered or self.unknown else self.hops[-1]

    @property
    def lines(self) -> tuple[str, ...]:
        """The trace for people, one hop a line, decisive hop last."""
        end = f"delivered to {self.delivered_to.label}" if self.delivered_to else ""
        if self.unknown:
            end = f"could not tell: {self.unknown}"
        return (f"{self.packet} from {self.source.label}", *map(str, self.hops), *((end,) if end else ()))


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """A packet and, when it arrived, its reply."""

    forward: Trace
    reply: Trace | None

    @property
    def works(self) -> bool:
        """Whether the packet arrived and its reply came back to the sender as such.

        It does not when somebody else has the sender's address, or NAT gives the reply another source.
        """
        if self.reply is None or self.reply.delivered_to is None or self.reply.nat is not None:
            return False
        home, asked = self.reply.delivered_to, self.forward.source
        if not asked.subnet_id:
            return (home.kind, home.id, home.region) == (asked.kind, asked.id, asked.region)
        return (home.region, home.subnet_id) == (asked.region, asked.subnet_id)

    @property
    def unknown(self) -> str:
        """Why nobody can say what becomes of the packet or of its reply; empty when that is known."""
        return self.forward.unknown or (self.reply.unknown if self.reply else "")

    @property
    def dropped_by(self) -> Hop | None:
        """The decisive hop, on the way or on the way back."""
        return self.forward.dropped_by or (self.reply.dropped_by if self.reply else None)

    @property
    def lines(self) -> tuple[str, ...]:
        """Both ways for people, decisive hop last."""
        return self.forward.lines + (("reply:", *self.reply.lines) if self.reply else ())


class Dropped(Exception):  # noqa: N818 - an event of forwarding, not an error
    """Ends a walk: the last hop dropped the packet."""


class Recorder:
    """Collects the hops of one walk."""

    def __init__(self) -> None:
        self.hops: list[Hop] = []

    def passed(self, stage: Stage, region: str, resource: tuple[str, str], decision: str) -> None:
        """Note a decision that lets the packet on; `resource` is (ID, label)."""
        self.hops.append(
            Hop(stage=stage, region=region, resource_id=resource[0], resource=resource[1], decision=decision)
        )

    def drop(self, stage: Stage, region: str, resource: tuple[str, str], decision: str) -> Never:
        """Note the decisive hop and end the walk."""
        hop = Hop(
            stage=stage,
            region=region,
            resource_id=resource[0],
            resource=resource[1],
            decision=decision,
            dropped=True,
        )
        self.hops.append(hop)
        raise Dropped
