"""Which Regions hosts and addresses are in, as the results say."""

import re
from collections.abc import Sequence
from ipaddress import IPv4Network

from reports.causes.model import RegionSet
from reports.results.model import Results

_HOSTS = re.compile(r"(?<![^\s:;,])([^\s:;,]++) to ([^\s:;,]++)")
_ADDRESSES = re.compile(r"(?<!\S)(\d+(?:\.\d+){3})\S*+ -> (\d+(?:\.\d+){3})")


class Regions:
    """Which Regions hosts and addresses are in, and between which no ping was answered."""

    def __init__(self, results: Results) -> None:
        ends = [(m.source, m.source_region) for m in results.measurements]
        ends += [(m.destination, m.destination_region) for m in results.measurements]
        self._region_of_host = dict(ends)
        self._networks = [
            (network, node.region)
            for node in results.topology.nodes
            for network in map(_network, node.detail)
            if network
        ]
        pings: dict[RegionSet, list[bool]] = {}
        for one in results.latency:
            pair = frozenset((one.source_region, one.destination_region))
            pings.setdefault(pair, []).append(one.avg_ms is not None)
        self.silent = {pair: len(answered) for pair, answered in pings.items() if not any(answered)}
        self.peered = {frozenset(budget.between) for budget in results.budgets}

    def of_hosts(self, text: str) -> RegionSet | None:
        """The Regions of the hosts in "HOST to HOST", if the text is about one pair of Regions only."""
        regions = [
            frozenset((self._region_of_host[one], self._region_of_host[other]))
            for one, other in _HOSTS.findall(text)
            if {one, other} <= self._region_of_host.keys()
        ]
        return regions[0] if len(set(regions)) == 1 else None

    def of_packet(self, trace: Sequence[str]) -> RegionSet:
        """The Regions of the addresses of a traced packet."""
        found = _ADDRESSES.search(trace[0]) if trace else None
        addresses = filter(None, map(_network, found.groups() if found else ()))
        return frozenset(
            region
            for address in addresses
            for network, region in self._networks
            if address.subnet_of(network)
        )


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text)
    except ValueError:
        return None
