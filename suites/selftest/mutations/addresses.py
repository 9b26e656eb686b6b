"""Mutations of VPCs and subnets."""

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import permutations
from typing import Any

from msgspec.structs import replace

from probes.model.spec import Spec
from probes.model.state import State
from suites.selftest.mutations.mutation import Mutation, Sites, gone

FOREIGN = IPv4Network("198.18.0.0/24")


def of_addresses(spec: Spec, state: State) -> Iterator[Mutation]:
    """VPCs wider and narrower, subnets that are gone, moved, renumbered or too many."""
    yield from Sites(state, "VPC: CIDR block added", "vpc-cidr").change(
        "vpcs", lambda vpc: replace(vpc, cidrs=(*vpc.cidrs, FOREIGN))
    )
    yield from Sites(state, "VPC: CIDR block narrowed", "vpc-cidr").each(
        "vpcs", "cidrs", lambda cidr: (halves(cidr)[0],)
    )
    yield from Sites(state, "VPC: CIDR block widened", "vpc-cidr").each(
        "vpcs", "cidrs", lambda cidr: (cidr.supernet(),)
    )
    yield from Sites(state, "VPC: gone", "vpc-cidr").change("vpcs", gone)
    yield from Sites(state, "subnet: gone", "subnets-exist").change("subnets", gone)
    yield from Sites(state, "subnet: narrowed", "subnets-exist").change("subnets", _narrowed)
    yield from Sites(state, "subnet: renumbered", "subnets-exist", "no-other-subnet").change(
        "subnets", _renumbered
    )
    for index, subnet in enumerate(state.subnets):
        more = replace(subnet, id=f"subnet-{index:017x}", cidr=FOREIGN, tags={})
        yield from Sites(state, "subnet: added", "no-other-subnet").add(
            "subnets", f"beside {subnet.label}", more
        )
    for vpc in spec.vpcs.values():
        for tier, cidrs in vpc.subnets.items():
            alike = [subnet for subnet in state.subnets if subnet.cidr in cidrs]
            if tier in spec.tiers and spec.tiers[tier].one_per_zone:
                for one, other in permutations(alike, 2):
                    moved = tuple(
                        replace(each, az=other.az, az_id=other.az_id) if each == one else each
                        for each in state.subnets
                    )
                    yield from Sites(state, "subnet: in the zone of another", "zones-differ").whole(
                        f"{one.label} in {other.az}", replace(state, subnets=moved)
                    )


def halves(network: IPv4Network) -> tuple[IPv4Network, IPv4Network]:
    """A network as two; a single address is no more than itself."""
    if network.prefixlen == network.max_prefixlen:
        return network, network
    one, other = network.subnets()
    return one, other


def _narrowed(subnet: Any) -> Any:  # noqa: ANN401  # a subnet
    return replace(subnet, cidr=halves(subnet.cidr)[0])


def _renumbered(subnet: Any) -> Any:  # noqa: ANN401  # a subnet
    return replace(subnet, cidr=IPv4Network((int(FOREIGN[0]), subnet.cidr.prefixlen), strict=False))
