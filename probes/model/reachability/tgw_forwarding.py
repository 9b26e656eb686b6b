"""Transit Gateways as sets of addresses: what a packet that enters a TGW route table is delivered to.

A set here has the bits of all address classes once for each disposition of a packet that comes out.
"""

from collections import defaultdict
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network
from typing import NamedTuple

from probes.model.errors import UnobservableError
from probes.model.network.index import Network, SideKey
from probes.model.network.trace import Stage
from probes.model.reachability.address_classes import Block, block_of
from probes.model.reachability.tgw_egress import TgwEgress
from probes.model.state import TgwAttachment, TgwRoute, TgwRouteTable
from probes.model.state.tgw import DECISIVE_FIELDS

FORWARDING = ("active", "blackhole")


def side_of(attachment: TgwAttachment) -> SideKey:
    """What tells one side of an attachment from all others."""
    return attachment.region, attachment.id, attachment.transit_gateway_id or ""


class Edge(NamedTuple):
    """The destinations that a table sends over a peering, and the table that they enter on its other side."""

    destinations: int
    table: int
    peering: str


class _TableWays:
    """Where one table sends what, while its routes are read; see `TgwForwardingGraph`."""

    def __init__(self) -> None:
        self.unknown = 0
        self.edges: dict[tuple[int, str], int] = defaultdict(int)
        self.delivers: dict[SideKey, int] = defaultdict(int)
        self.drops: dict[tuple[Stage, str], int] = defaultdict(int)
        self.unmodelled: dict[SideKey, int] = defaultdict(int)


class TgwForwardingGraph:
    """Every TGW route table of a network with the destinations that it sends each way.

    For each table, `edges` are those sent over peerings, `delivers` those sent to a VPC attachment, `drops` those
    lost to (stage, resource ID), and `unknown` those of which that cannot be known.
    """

    def __init__(
        self, network: Network, tgw_egress: TgwEgress, routes: list[list[tuple[TgwRoute, Block]]]
    ) -> None:
        self.network = network
        self._gaps = bool(network.state.gaps)
        self.tgw_egress = tgw_egress
        self.tables = network.state.tgw_route_tables
        self._entered: dict[tuple[str, str], dict[str, int]] = {}
        for index, table in enumerate(self.tables):
            here = self._entered.setdefault((table.region, table.transit_gateway_id or ""), {})
            here.update(dict.fromkeys(table.associations, index))
        self._wins: dict[frozenset[Block], dict[Block, int]] = {}
        self._plain = {} if self._gaps else self._plain_peerings()
        ways = [self._compile(table, own) for table, own in zip(self.tables, routes, strict=True)]
        self.unknown = [each.unknown for each in ways]
        self.edges = [[Edge(mask, *to) for to, mask in each.edges.items()] for each in ways]
        self.delivers = [each.delivers for each in ways]
        self.drops = [each.drops for each in ways]
        self._unmodelled = [each.unmodelled for each in ways]

    def entered(self, side: SideKey) -> int | None:
        """The index of the table that a side is associated with."""
        return self._entered.get((side[0], side[2]), {}).get(side[1])

    def table_entered(self, side: TgwAttachment) -> int | None:
        """The index of the table that traffic from an attachment consults; None when it has none.

        Raises UnobservableError when that cannot be known.
        """
        if self.network.state.gaps:
            self.network.require("tgw_route_tables", side.region)
        if side.policy_table_id:
            raise UnobservableError(f"{side.label}: policy tables are not modelled")
        found = self.entered((side.region, side.id, side.transit_gateway_id or ""))
        if found is None and self._gaps:
            self.network.associated_table(side)
        return found

    def _plain_peerings(self) -> dict[tuple[str, str], dict[str, int]]:
        """For each TGW the peerings about which nothing is special, with the table that their other side enters."""
        found: dict[tuple[str, str], dict[str, int]] = {}
        waiting: dict[str, tuple[TgwAttachment, dict[str, int], dict[str, int]]] = {}
        here: tuple[str, str | None] | None = None
        for side in self.network.state.tgw_attachments:
            if here is None or side.region != here[0] or side.transit_gateway_id != here[1]:
                here = side.region, side.transit_gateway_id
                key = here[0], here[1] or ""
                own, entered = found.setdefault(key, {}), self._entered.get(key, {})
            if side.resource_type != "peering" or side.state != "available" or side.policy_table_id:
                continue
            name = side.id
            mate = waiting.pop(name, None)
            if mate is None:
                waiting[name] = side, own, entered
            elif _faces(mate[0], side):
                if name in mate[2]:
                    own[name] = mate[2][name]
                if name in entered:
                    mate[1][name] = entered[name]
        return found

    def _compile(self, table: TgwRouteTable, routes: list[tuple[TgwRoute, Block]]) -> "_TableWays":
        ways = _TableWays()
        if self._unread(table):
            ways.unknown = self.tgw_egress.everywhere
            return ways
        region, gateway = table.region, table.transit_gateway_id or ""
        plain = self._plain.get((region, gateway), {})
        for mask, route in self._won(table, routes):
            ids = route.attachment_ids
            entered = plain.get(ids[0]) if len(ids) == 1 else None
            if entered is not None:
                ways.edges[entered, ids[0]] |= mask
                continue
            lost = self._follow(ways, table, route, mask)
            if lost and len(ids) == 1:
                ways.unmodelled[region, ids[0], gateway] |= mask
        return ways

    def _unread(self, table: TgwRouteTable) -> bool:
        gap = self.network.gap("tgw_route_tables", table.region, table.id, ("routes",))
        return gap is not None or not table.routes_complete

    def _won(
        self, table: TgwRouteTable, routes: list[tuple[TgwRoute, Block]]
    ) -> Iterator[tuple[int, TgwRoute]]:
        blocks = frozenset([block for _, block in routes])
        rows = routes if len(blocks) == len(routes) else self._first_of_each(table, routes)
        wins = self._wins.get(blocks)
        if wins is None:
            wins = self._wins[blocks] = self._by_length(blocks)
        for route, block in rows:
            won = wins[block]
            if won and route.state == "active":
                yield won, route

    def _first_of_each(
        self, table: TgwRouteTable, routes: list[tuple[TgwRoute, Block]]
    ) -> list[tuple[TgwRoute, Block]]:
        """The route that wins each destination."""
        best: dict[Block, tuple[int, TgwRoute]] = {}
        for route, block in routes:
            static = route.type == "static" and not route.prefix_list_id
            rank = 3 if static else self._rank(table, route)
            if block not in best or rank > best[block][0]:
                best[block] = rank, route
        return [(route, block) for block, (_, route) in best.items()]

    def _by_length(self, blocks: frozenset[Block]) -> dict[Block, int]:
        """What each destination wins over the shorter ones. Tables mostly have the same ones."""
        found: dict[Block, int] = {}
        left = self.tgw_egress.everywhere
        for block in sorted(blocks, key=lambda block: -block[1]):
            found[block] = won = self.tgw_egress.in_all_dispositions(block) & left
            left ^= won
        return found

    def _rank(self, table: TgwRouteTable, route: TgwRoute) -> int:
        if route.type == "static":
            return 2
        for attachment_id in route.attachment_ids:
            side = self.network.attachment(table.region, attachment_id, table.transit_gateway_id or "")
            if side is not None and side.resource_type == "vpc":
                return 1
        return 0

    def _follow(self, ways: "_TableWays", table: TgwRouteTable, route: TgwRoute, mask: int) -> bool:
        """Add what a route wins to where it leads; whether that may be an attachment that was not observed."""
        try:
            return self._lead(ways, table, route, mask)
        except UnobservableError:
            ways.unknown |= mask
            return True

    def _lead(self, ways: "_TableWays", table: TgwRouteTable, route: TgwRoute, mask: int) -> bool:
        if len(route.attachment_ids) != 1:
            raise UnobservableError(f"{table.label}: {route.destination} names several attachments")
        key = (table.region, route.attachment_ids[0], table.transit_gateway_id or "")
        side = self.network.attachment(*key)
        if self._gaps or side is None:
            self.network.require("tgw_attachments", table.region)
            self.network.require("tgw_attachments", table.region, key[1], DECISIVE_FIELDS)
        if side is None or side.state != "available":
            ways.drops[Stage.TGW_ATTACHMENT, key[1]] |= mask
            return False
        if side.resource_type == "peering":
            return self._cross(ways, side, mask)
        if side.resource_type != "vpc":
            raise UnobservableError(f"{side.label}: a {side.resource_type} attachment is not modelled")
        ways.delivers[key] |= mask
        return False

    def _cross(self, ways: "_TableWays", side: TgwAttachment, mask: int) -> bool:
        key = (side.peer_region, side.id, side.peer_transit_gateway_id or "")
        other = self.network.attachment(*key)
        if self._gaps or other is None or other is side:
            other = self.network.peer_side(side)
        if other is None or other.state != "available":
            ways.drops[Stage.TGW_PEERING, side.id] |= mask
            return True
        entered = self.entered(key)
        if entered is None or self._gaps or other.policy_table_id:
            entered = self.table_entered(other)
        if entered is None:
            ways.drops[Stage.TGW_ASSOCIATION, other.id] |= mask
        else:
            ways.edges[entered, side.id] |= mask
        return False

    def solve(self, seeds: dict[SideKey, int]) -> list[int]:
        """For each table what it delivers, given what each VPC attachment delivers: the least fixpoint.

        A packet that circles between tables is in no least fixpoint, so loops deliver nothing.
        """
        unknown = self.tgw_egress.unknown_disposition
        direct = []
        for delivers, lost in zip(self.delivers, self.unknown, strict=True):
            found = lost & unknown
            for side, mask in delivers.items():
                found |= mask & seeds.get(side, 0)
            direct.append(found)
        return self._along_edges(direct)

    def towards(self, attachment: TgwAttachment) -> list[int]:
        """For each table the addresses that it sends to an attachment whose other end is not observed."""
        side, inside = side_of(attachment), self.tgw_egress.address_classes.all
        sent = zip(self.delivers, self._unmodelled, strict=True)
        return self._along_edges([(one.get(side, 0) | other.get(side, 0)) & inside for one, other in sent])

    def _along_edges(self, direct: list[int]) -> list[int]:
        reach = direct[:]
        changed = True
        while changed:
            changed = False
            for index, edges in enumerate(self.edges):
                found = direct[index]
                for mask, other, _ in edges:
                    found |= mask & reach[other]
                if found != reach[index]:
                    reach[index] = found
                    changed = True
        return reach


def _faces(mate: TgwAttachment, side: TgwAttachment) -> bool:
    there = side.peer_region, side.peer_transit_gateway_id
    return (mate.region, mate.transit_gateway_id or "") == there


def forwarding_routes(network: Network) -> list[list[tuple[TgwRoute, Block]]]:
    """For each TGW route table its routes that take part in forwarding, with their destinations."""
    known: dict[int, Block | None] = {}
    return [
        [
            (route, block)
            for route in table.routes
            if route.state in FORWARDING
            and (block := known.get(id(route.destination)) or _block(route.destination, known)) is not None
        ]
        for table in network.state.tgw_route_tables
    ]


def _block(destination: IPv4Network | IPv6Network, known: dict[int, Block | None]) -> Block | None:
    """As `block_of`, once for each object: sources share equal CIDRs, and to hash one takes longer than this."""
    key = id(destination)
    if key not in known:
        known[key] = block_of(destination) if isinstance(destination, IPv4Network) else None
    return known[key]
