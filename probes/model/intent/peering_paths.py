"""Which peerings packets cross, for all destinations of a way into the Transit Gateways at once."""

from functools import cached_property
from typing import TypeAlias

from probes.model.errors import UnobservableError
from probes.model.intent.lost_flows import addresses_of
from probes.model.network.endpoints import Endpoint
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.tgw_transit import EndpointContext

Crossed: TypeAlias = tuple[str, ...]
Paths: TypeAlias = dict[Crossed, int]


class PeeringPaths:
    """The peerings that packets cross one after another, whether or not they are delivered in the end."""

    def __init__(self, reachability: Reachability) -> None:
        self.reachability = reachability
        self._from_table: dict[int, Paths] = {}
        self._from_way: dict[int, Paths] = {}

    def of(self, source: Endpoint) -> Paths:
        """The destinations of each path that packets of an endpoint take; the same object for equal ways."""
        end = self._ends[source]
        found = self._from_way.get(id(end.ways))
        if found is None:
            found = self._from_way[id(end.ways)] = self._leaving(end)
        return found

    def between(self, hosts: dict[str, tuple[Endpoint, ...]]) -> dict[tuple[str, str], set[Crossed]]:
        """By source and destination the paths that some of their hosts' packets take; without any, it is absent."""
        own = addresses_of(self.reachability)
        everyone = {key: sum(own[end] for end in ends) for key, ends in hosts.items()}
        taken: dict[tuple[str, str], set[Crossed]] = {}
        for here, ends in hosts.items():
            for ways in {id(found): found for end in ends for found in (self.of(end),)}.values():
                for path, destinations in ways.items():
                    for there, addresses in everyone.items():
                        if destinations & addresses:
                            taken.setdefault((here, there), set()).add(path)
        return taken

    @cached_property
    def _ends(self) -> dict[Endpoint, EndpointContext]:
        return {end.endpoint: end for end in self.reachability.compiled.ends}

    def _leaving(self, end: EndpointContext) -> Paths:
        found: Paths = {(): end.ways.local} if end.ways.local else {}
        for way in end.ways.tgw:
            try:
                table = self.reachability.compiled.graph.table_entered(way.side)
            except UnobservableError:
                continue
            for path, destinations in (self._entering(table) if table is not None else {}).items():
                if destinations & way.destinations:
                    found[path] = found.get(path, 0) | destinations & way.destinations
        return found

    def _entering(self, table: int) -> Paths:
        found = self._from_table.get(table)
        if found is None:
            found = self._from_table[table] = {}
            self._walk(table, self.reachability.compiled.address_classes.all, (), (table,), found)
        return found

    def _walk(self, table: int, left: int, path: Crossed, seen: tuple[int, ...], found: Paths) -> None:
        mesh = self.reachability.compiled.graph
        for mask, _ in mesh.outs[table]:
            if mask & left:
                found[path] = found.get(path, 0) | mask & left
        for (mask, other), peering in zip(mesh.links[table], mesh.peerings[table], strict=True):
            if mask & left and other not in seen:
                self._walk(other, mask & left, (*path, peering), (*seen, other), found)
