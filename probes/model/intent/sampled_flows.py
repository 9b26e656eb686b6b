"""Packets to a range that has addresses of observed VPCs: one for all that nothing in the state divides."""

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network

from probes.model.intent.address_samples import AddressSamples
from probes.model.intent.flow_headers import divided_samples, of_flow
from probes.model.intent.roles import Roles
from probes.model.network.endpoints import Endpoint
from probes.model.network.packets import Packet
from probes.model.spec import FlowSpec


def packets_within(
    roles: Roles, flow: FlowSpec, sources: Iterable[Endpoint], destinations: Iterable[IPv4Network]
) -> Iterator[tuple[Packet, Endpoint]]:
    """Every source with the addresses of these networks in an observed VPC, whose own groups judge them too."""
    vpcs = [cidr for vpc in roles.network.state.vpcs for cidr in vpc.cidrs]
    inside = [
        max(cidr, named, key=_length) for named in destinations for cidr in vpcs if cidr.overlaps(named)
    ]
    if not inside:
        return
    addresses, wanted = (
        AddressSamples(roles.network.state),
        divided_samples(roles.reachability, of_flow(flow)),
    )
    there = list(addresses.within(dict.fromkeys(inside)))
    for source in sources:
        for here in addresses.within(source.networks):
            for destination in there:
                for sample in wanted:
                    yield sample.packet(here, destination), source


def _length(network: IPv4Network) -> int:
    return network.prefixlen
