"""Where AWS honours a security group that is named as the peer of a rule."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Literal, NamedTuple

from netaddr import IPSet

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.network.firewalls import firewall_of
from probes.model.network.index import Network
from probes.model.state import NetworkInterface, VpcRoute, VpcRouteTable

RuleDirection = Literal["ingress", "egress"]


class Place(NamedTuple):
    """Where an interface is. The subnet matters only in networks with firewalls."""

    region: str
    vpc_id: str
    subnet_id: str = ""


def place_of(network: Network, end: Endpoint | NetworkInterface) -> Place:
    """Where somebody is, as far as that matters for references."""
    return Place(end.region, end.vpc_id or "", (end.subnet_id or "") if network.is_inspected else "")


def reference_honoured(network: Network, direction: RuleDirection, here: Place, there: Place) -> bool:
    """Whether a rule of an interface at `here` matches members of a group that are at `there`.

    AWS resolves references within a VPC and over a VPC peering inside one Region; over a Transit Gateway only
    for inbound rules in one Region, where the gateway and both attachments enable it; never between Regions.
    Through a firewall it does not: within a VPC the senders' route table decides; over a Transit Gateway that is
    not known where there is a firewall. Raises UnobservableError where it cannot be known.
    https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    if here.region != there.region:
        return False
    if here.vpc_id == there.vpc_id:
        return not _crosses_firewall(network, *((there, here) if direction == "ingress" else (here, there)))
    if _peered(network, here, there):
        return True
    return direction == "ingress" and _referencing_tgw(network, here, there)


def _crosses_firewall(network: Network, sender: Place, receiver: Place) -> bool:
    """Whether packets between two subnets of a VPC are routed through a firewall endpoint.

    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html#security-group-referencing
    """
    subnet = network.subnets.get((sender.region, sender.subnet_id))
    other = network.subnets.get((receiver.region, receiver.subnet_id))
    if subnet is None or other is None or subnet.id == other.id or other.cidr is None:
        return False
    table = network.route_table_of(subnet)
    left, crossing = IPSet([str(other.cidr)]), set()
    for cidr, route in sorted(_destinations(network, table), key=lambda each: -each[0].prefixlen):
        won = left & IPSet([str(cidr)])
        if won:
            crossing.add(firewall_of(network, table.region, route) is not None)
            left -= won
    if len(crossing) > 1:
        raise UnobservableError(
            f"{table.label}: a part of {other.cidr} is behind a firewall, through which no group reference counts"
        )
    return True in crossing


def _destinations(network: Network, table: VpcRouteTable) -> Iterator[tuple[IPv4Network, VpcRoute]]:
    """The routes by CIDR. Where a prefix list's are not known, the packet's way is not known either."""
    for route in network.routes_of(table):
        if isinstance(route.destination, IPv4Network):
            yield route.destination, route
        elif isinstance(route.destination, str):
            for cidr in network.prefix_list_cidrs(table.region, route.destination) or ():
                yield cidr, route


def _peered(network: Network, here: Place, there: Place) -> bool:
    region, wanted = here.region, {here.vpc_id, there.vpc_id}
    return any(
        peering.status == "active"
        and peering.requester_region == peering.accepter_region == region
        and {peering.requester_vpc_id, peering.accepter_vpc_id} == wanted
        for peering in network.vpc_peerings.values()
    )


def _referencing_tgw(network: Network, here: Place, there: Place) -> bool:
    unknown = False
    for (region, _), gateway in network.transit_gateways.items():
        if region != here.region:
            continue
        places = ((place.region, place.vpc_id) for place in (here, there))
        found = [network.vpc_attachment(*place, gateway.id) for place in places]
        sides = [side for side in found if side is not None and side.state == "available"]
        options = [gateway.sg_referencing_support, *(side.sg_referencing_support for side in sides)]
        if len(sides) == len(found) and all(options):
            if network.is_inspected:
                raise UnobservableError(
                    f"{region}: a firewall may be on the way, and a group reference does not count through one"
                )
            return True
        unknown = unknown or (len(sides) == len(found) and False not in options)
    if unknown:
        raise UnobservableError(
            f"{here.region}: whether the TGW allows security-group references is not known"
        )
    return False
