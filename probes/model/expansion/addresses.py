"""The addresses of one more Region: as far from the last Region's as that is from the one before."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network

from probes.model.errors import InputError
from probes.model.spec import Spec

Cidrs = tuple[tuple[IPv4Network, ...], ...]
"""
The CIDRs of each VPC of a Region, in the spec's order.
"""


def cidrs_of(spec: Spec, region: str) -> Cidrs:
    """The CIDRs of a Region (AWS name)."""
    return tuple(spec.vpcs[vpc].cidrs for vpc in spec.vpcs_in(region))


def siblings(spec: Spec, region: str) -> tuple[str, ...]:
    """The Regions (AWS names) with VPCs like this one's, in the spec's order.

    They have as many, with CIDRs as large and with the same tiers.
    """
    wanted = _sizes(cidrs_of(spec, region)), _tiers(spec, region)
    return tuple(
        other
        for other in spec.aws_regions
        if wanted[0] and (_sizes(cidrs_of(spec, other)), _tiers(spec, other)) == wanted
    )


def _tiers(spec: Spec, region: str) -> list[set[str]]:
    return [{*spec.vpcs[vpc].subnets} for vpc in spec.vpcs_in(region)]


def next_cidrs(spec: Spec, like: str, given: Sequence[IPv4Network] = ()) -> Cidrs:
    """The CIDRs of a new Region's VPCs; `given` are a person's own, VPC after VPC.

    Raises InputError when there is no room, or when the given ones are not as many, of other sizes or taken.
    """
    wanted = cidrs_of(spec, like)
    if given:
        return _checked(spec, wanted, given)
    taken = [cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs]
    taken += [spec.expansion.vpc_cidr] if spec.expansion else []
    found = []
    for vpc, cidrs in enumerate(wanted):
        mine = []
        for position in range(len(cidrs)):
            series = [cidrs_of(spec, region)[vpc][position] for region in siblings(spec, like)]
            mine.append(_free(spec, series, taken))
            taken.append(mine[-1])
        found.append(tuple(mine))
    return tuple(found)


def _sizes(cidrs: Cidrs) -> list[list[int]]:
    return [[cidr.prefixlen for cidr in each] for each in cidrs]


def _checked(spec: Spec, wanted: Cidrs, given: Sequence[IPv4Network]) -> Cidrs:
    sizes = [size for each in _sizes(wanted) for size in each]
    if [cidr.prefixlen for cidr in given] != sizes:
        raise InputError(f"expected CIDRs of these sizes, VPC after VPC: {', '.join(f'/{n}' for n in sizes)}")
    for cidr in given:
        for name, vpc in spec.vpcs.items():
            if not spec.overlaps and any(cidr.overlaps(own) for own in vpc.cidrs):
                raise InputError(f"{cidr} overlaps {', '.join(map(str, vpc.cidrs))} of VPC {name}")
        if spec.address_space and not any(cidr.subnet_of(space) for space in spec.address_space):
            raise InputError(f"{cidr} lies outside {', '.join(map(str, spec.address_space))} (address_space)")
    rest = iter(given)
    return tuple(tuple(next(rest) for _ in each) for each in wanted)


def _free(spec: Spec, series: Sequence[IPv4Network], taken: Sequence[IPv4Network]) -> IPv4Network:
    """The next of a series of CIDRs that nobody has."""
    for candidate in _candidates(spec, series):
        inside = not spec.address_space or any(candidate.subnet_of(space) for space in spec.address_space)
        if inside and not any(candidate.overlaps(other) for other in taken):
            return candidate
    space = ", ".join(map(str, spec.address_space)) or "the IPv4 addresses"
    raise InputError(f"no /{series[-1].prefixlen} is free in {space}: give the addresses with --cidr")


def _candidates(spec: Spec, series: Sequence[IPv4Network]) -> Iterator[IPv4Network]:
    size, last = series[-1].num_addresses, int(series[-1].network_address)
    step = last - int(series[-2].network_address) if len(series) > 1 else size
    if step > 0:
        yield from _range(last + step, 2**32, step, series[-1])
    for space in spec.address_space:
        yield from _range(int(space.network_address), int(space.broadcast_address), size, series[-1])


def _range(first: int, end: int, step: int, like: IPv4Network) -> Iterator[IPv4Network]:
    """The CIDRs at these distances, a bounded number of them."""
    for start in range(first, min(end, first + 4096 * step), step):
        if start % like.num_addresses == 0:
            yield IPv4Network((start, like.prefixlen))
