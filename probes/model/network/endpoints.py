"""Where a packet can start and end: an interface, any host of a subnet, the Internet, AWS services, tenants."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

import msgspec

from probes.model.errors import UnobservableError
from probes.model.network.index import Network
from probes.model.network.packets import NOT_INTERNET
from probes.model.state import NetworkInterface, Subnet
from probes.model.state.base import ANYWHERE


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One end of a packet.

    A "subnet" is any address of it. `group_ids` are the security groups of an interface or, for a subnet,
    those assumed for its hosts; None assumes nothing: security groups are not judged. `public` are those of
    its addresses that an Internet gateway translates; any host of a subnet may be given a public one.
    A "tenant" is whoever sends from these addresses through one entry point, `id`; it leads into the VPC or,
    if there is none, into a Transit Gateway.
    """

    kind: Literal["interface", "subnet", "internet", "service", "tenant"]
    id: str
    label: str
    region: str
    vpc_id: str
    subnet_id: str = ""
    networks: tuple[IPv4Network, ...]
    group_ids: tuple[str, ...] | None = None
    public: tuple[IPv4Network, ...] = ()

    def __hash__(self) -> int:
        """Of what nearly always tells endpoints apart: analyses look them up by the million."""
        return hash((self.id, self.region, self.group_ids))

    def holds(self, address: IPv4Address) -> bool:
        """Whether the address is one of this endpoint's."""
        return any(address in network for network in self.networks)

    def is_public(self, address: IPv4Address) -> bool:
        """Whether an Internet gateway translates this address of the endpoint.

        https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
        """
        return any(address in network for network in self.public)


def of_interface(interface: NetworkInterface) -> Endpoint:
    """The endpoint of a network interface."""
    return Endpoint(
        kind="interface",
        id=interface.id,
        label=interface.label,
        region=interface.region,
        vpc_id=interface.vpc_id or "",
        subnet_id=interface.subnet_id or "",
        networks=interface.networks,
        group_ids=interface.group_ids,
        public=tuple(map(IPv4Network, interface.public_ips)),
    )


def of_subnet(subnet: Subnet, group_ids: tuple[str, ...] | None = None) -> Endpoint:
    """The endpoint that stands for any host of a subnet, with security groups assumed or not judged.

    Raises UnobservableError when the source does not know the subnet's CIDR or VPC.
    """
    if subnet.cidr is None or subnet.vpc_id is None:
        raise UnobservableError(f"{subnet.label}: its CIDR or VPC is not known")
    return Endpoint(
        kind="subnet",
        id=subnet.id,
        label=subnet.label,
        region=subnet.region,
        vpc_id=subnet.vpc_id,
        subnet_id=subnet.id,
        networks=(subnet.cidr,),
        group_ids=group_ids,
        public=(subnet.cidr,),
    )


def parts(endpoint: Endpoint, cidrs: Iterable[IPv4Network]) -> tuple[Endpoint, ...]:
    """The endpoint, divided so that each part lies wholly inside or outside every CIDR."""
    pieces = [endpoint.networks]
    for cidr in cidrs:
        pieces = [part for networks in pieces for part in _divided(networks, cidr) if part]
    if len(pieces) == 1:
        return (endpoint,)
    return tuple(
        msgspec.structs.replace(
            endpoint,
            networks=piece,
            public=tuple(
                public for public in (*piece, *endpoint.public) if _within(public, piece, endpoint.public)
            ),
        )
        for piece in pieces
    )


def _divided(
    networks: tuple[IPv4Network, ...], cidr: IPv4Network
) -> tuple[tuple[IPv4Network, ...], tuple[IPv4Network, ...]]:
    """What of the networks is in the CIDR, and what is not."""
    inside = [cidr if cidr.subnet_of(each) else each for each in networks if each.overlaps(cidr)]
    outside = [
        rest
        for each in networks
        if not each.subnet_of(cidr)
        for rest in (each.address_exclude(cidr) if cidr.subnet_of(each) else (each,))
    ]
    return tuple(inside), tuple(outside)


def _within(network: IPv4Network, piece: tuple[IPv4Network, ...], public: tuple[IPv4Network, ...]) -> bool:
    return all(any(network.subnet_of(other) for other in each) for each in (piece, public))


def is_private(cidr: IPv4Network) -> bool:
    """Whether nothing comes from these addresses by way of the Internet."""
    return any(cidr.subnet_of(private) for private in NOT_INTERNET)


def internet(region: str, vpc_id: str) -> Endpoint:
    """The Internet as seen through the Internet gateway of a VPC."""
    return Endpoint(
        kind="internet",
        id="internet",
        label=f"the Internet (through {vpc_id}, {region})",
        region=region,
        vpc_id=vpc_id,
        networks=(ANYWHERE,),
    )


def service(region: str, vpc_id: str, endpoint_id: str, name: str) -> Endpoint:
    """An AWS service behind a gateway endpoint."""
    return Endpoint(
        kind="service",
        id=endpoint_id,
        label=f"{name} through {endpoint_id} ({region})",
        region=region,
        vpc_id=vpc_id,
        networks=(ANYWHERE,),
    )


def at_address(network: Network, region: str, vpc_id: str, address: IPv4Address) -> Endpoint | None:
    """Who holds an address of a VPC, or would if there were such a host; None for an address of no subnet."""
    subnet = network.subnet_by_address(region, vpc_id, address)
    if subnet is None:
        return None
    return holder_in(network, subnet, address) or of_subnet(subnet)


def holder_in(network: Network, subnet: Subnet, address: IPv4Address) -> Endpoint | None:
    """Who holds an address of a subnet: an interface, in a plan else any host of the subnet, else nobody.

    Raises UnobservableError when the Region's interfaces could not be seen.
    """
    network.require("network_interfaces", subnet.region)
    interface = network.interface_by_address(subnet, address)
    if interface is not None:
        return of_interface(interface)
    return of_subnet(subnet) if network.is_planned else None
