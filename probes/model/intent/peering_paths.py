"""Which peerings packets cross, for all destinations of a way into the Transit Gateways at once."""

from collections.abc import Iterable
from typing import TypeAlias

from probes.model.errors import UnobservableError
from probes.model.network.endpoints import Endpoint
from probes.model.reachability.address_classes import bits, union
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.tgw_transit import LocationContext

Crossed: TypeAlias = tuple[str, ...]
Paths: TypeAlias = dict[Crossed, int]


class PeeringPaths:
    """The peerings that packets cross one after another, whether or not they are delivered in the end."""

    def __init__(self, compiled: CompiledNetwork) -> None:
        self.compiled = compiled
        self._from_table: dict[int, Paths] = {}
        self._from_way: dict[int, Paths] = {}

    def of(self, context: LocationContext) -> Paths:
        """The destinations of each path that packets of a location take; the same object for equal ways."""
        found = self._from_way.get(id(context.ways))
        if found is None:
            found = self._from_way[id(context.ways)] = self._leaving(context)
        return found

    def between(self, hosts: dict[str, tuple[Endpoint, ...]]) -> dict[tuple[str, str], set[Crossed]]:
        """By source and destination the paths that some of their hosts' packets take; without any, it is absent."""
        everyone = {key: union(map(self.compiled.addresses_of, ends)) for key, ends in hosts.items()}
        taken: dict[tuple[str, str], set[Crossed]] = {}
        for here, own in everyone.items():
            for ways in self._distinct(map(self.compiled.context_of, bits(own))):
                for path, destinations in ways.items():
                    for there, addresses in everyone.items():
                        if destinations & addresses:
                            taken.setdefault((here, there), set()).add(path)
        return taken

    def _distinct(self, contexts: Iterable[LocationContext]) -> Iterable[Paths]:
        return {id(found): found for found in map(self.of, contexts)}.values()

    def _leaving(self, context: LocationContext) -> Paths:
        found: Paths = {(): context.ways.local} if context.ways.local else {}
        for way in context.ways.tgw:
            try:
                table = self.compiled.graph.table_entered(way.side)
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
            self._walk(table, self.compiled.address_classes.all, (), (table,), found)
        return found

    def _walk(self, table: int, left: int, path: Crossed, seen: tuple[int, ...], found: Paths) -> None:
        graph = self.compiled.graph
        for addresses in graph.delivers[table].values():
            if addresses & left:
                found[path] = found.get(path, 0) | addresses & left
        for addresses, other, peering in graph.edges[table]:
            if addresses & left and other not in seen:
                self._walk(other, addresses & left, (*path, peering), (*seen, other), found)
