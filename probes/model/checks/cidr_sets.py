"""CIDRs as sets of addresses: what is covered, and what is unused."""

from collections.abc import Iterable
from ipaddress import IPv4Network


def covers(blocks: Iterable[IPv4Network], wanted: IPv4Network) -> bool:
    """Whether the blocks together hold every address of a CIDR: two /17 are a /16."""
    parts = [block for block in blocks if block.overlaps(wanted)]
    if any(wanted.subnet_of(block) for block in parts):
        return True
    if sum(block.num_addresses for block in parts) < wanted.num_addresses:
        return False
    from netaddr import IPSet  # noqa: PLC0415  # few networks split what a document writes as one

    return IPSet([str(wanted)]).issubset(IPSet(map(str, parts)))


def free_blocks(whole: Iterable[IPv4Network], used: Iterable[IPv4Network]) -> tuple[IPv4Network, ...]:
    """The largest CIDRs that are in none of the used ones, in the order of their addresses."""
    from netaddr import IPSet  # noqa: PLC0415  # asked for only when something is wrong

    rest = IPSet(map(str, whole)) - IPSet(map(str, used))
    return tuple(IPv4Network(str(block)) for block in rest.iter_cidrs())


def next_free(
    whole: Iterable[IPv4Network], used: Iterable[IPv4Network], after: Iterable[IPv4Network]
) -> IPv4Network | None:
    """The first unused CIDR of the size of those in `after` that lies behind them all; None when none is left."""
    neighbours = sorted(after)
    length = neighbours[-1].prefixlen
    candidates = (
        candidate
        for block in free_blocks(whole, used)
        if block.prefixlen <= length and block.broadcast_address > neighbours[-1].broadcast_address
        for candidate in block.subnets(new_prefix=length)
    )
    return next((c for c in candidates if c > neighbours[-1]), None)
