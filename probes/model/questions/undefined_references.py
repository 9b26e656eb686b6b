"""What a network names and does not have: the references that lead nowhere, and the groups that nobody uses."""

from collections.abc import Iterator

from probes.model.conformance.verdict import Violation
from probes.model.network.index import Network
from probes.model.state import GroupRef, PrefixListRef, RouteTargetKind, SgRule, VpcRoute

KIND_OF_TARGET = {
    RouteTargetKind.TRANSIT_GATEWAY: "transit_gateways",
    RouteTargetKind.INTERNET_GATEWAY: "internet_gateways",
    RouteTargetKind.EGRESS_ONLY_GATEWAY: "egress_only_gateways",
    RouteTargetKind.NAT_GATEWAY: "nat_gateways",
    RouteTargetKind.VPC_PEERING: "vpc_peerings",
    RouteTargetKind.VPC_ENDPOINT: "vpc_endpoints",
    RouteTargetKind.NETWORK_INTERFACE: "network_interfaces",
}


class References:
    """Follows every reference of one network. What a gap may hide is not reported."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._known: dict[str, set[tuple[str, str]]] = {}

    def undefined(self) -> tuple[Violation, ...]:
        """Every reference to something that the observed network does not have."""
        found = [*self._from_groups(), *self._from_interfaces(), *self._from_vpc_routes(), *self._from_tgws()]
        return tuple(dict.fromkeys(found))

    def unused_groups(self) -> tuple[Violation, ...]:
        """Security groups that no interface has and no rule names; the default group cannot be removed."""
        state = self.network.state
        named = {
            (group.region, rule.peer.group_id)
            for group in state.security_groups
            for rule in (*group.ingress, *group.egress)
            if isinstance(rule.peer, GroupRef)
        }
        return tuple(
            Violation(
                resource=group.label,
                expected="some interface has the group, or some rule names it",
                observed="nobody does",
                hint="remove the group, or attach it to its hosts",
            )
            for group in state.security_groups
            if group.group_name != "default"
            and (group.region, group.id) not in named
            and (group.region, group.id) not in self.network.interfaces_of_group
            and self.network.gap("network_interfaces", group.region) is None
        )

    def _missing(self, kind: str, region: str, resource_id: str | None) -> bool:
        if resource_id is None or not resource_id or self.network.gap(kind, region) is not None:
            return False
        known = self._known.get(kind)
        if known is None:
            known = self._known[kind] = {(r.region, r.id) for r in getattr(self.network.state, kind)}
        return (region, resource_id) not in known

    def _from_groups(self) -> Iterator[Violation]:
        for group in self.network.state.security_groups:
            for rule in (*group.ingress, *group.egress):
                kind, named = _peer_of(rule)
                if kind and self._missing(kind, group.region, named):
                    yield _finding(group.label, f"a rule names {named}")

    def _from_interfaces(self) -> Iterator[Violation]:
        for interface in self.network.state.network_interfaces:
            for group_id in interface.group_ids:
                if self._missing("security_groups", interface.region, group_id):
                    yield _finding(interface.label, f"has security group {group_id}")

    def _from_vpc_routes(self) -> Iterator[Violation]:
        for table in self.network.state.vpc_route_tables:
            for route in table.routes:
                if isinstance(route.destination, str) and self._missing(
                    "prefix_lists", table.region, route.destination
                ):
                    yield _finding(table.label, f"a route names {route.destination}")
                if route.state == "active" and self._target_missing(table.region, route):
                    yield _finding(table.label, f"{route.destination} points at {route.target_id}")

    def _target_missing(self, region: str, route: VpcRoute) -> bool:
        kind = KIND_OF_TARGET.get(route.target)
        return kind is not None and self._missing(kind, region, route.target_id)

    def _from_tgws(self) -> Iterator[Violation]:
        for table in self.network.state.tgw_route_tables:
            named = {("a route", i) for route in table.routes for i in route.attachment_ids}
            named |= {("an association", i) for i in table.associations}
            named |= {("a propagation", i) for i in table.propagations}
            for what, attachment_id in sorted(named):
                if self._missing("tgw_attachments", table.region, attachment_id):
                    yield _finding(table.label, f"{what} names {attachment_id}")
        for side in self.network.state.tgw_attachments:
            for subnet_id in side.subnet_ids:
                if self._missing("subnets", side.region, subnet_id):
                    yield _finding(side.label, f"uses subnet {subnet_id}")
            observed = side.peer_region in self.network.observed_regions
            if side.resource_type == "peering" and observed and self.network.peer_side(side) is None:
                yield _finding(side.label, f"its other side in {side.peer_region}")


def _peer_of(rule: SgRule) -> tuple[str, str]:
    match rule.peer:
        case GroupRef():
            return "security_groups", rule.peer.group_id
        case PrefixListRef():
            return "prefix_lists", rule.peer.prefix_list_id
    return "", ""


def _finding(resource: str, observed: str) -> Violation:
    return Violation(
        resource=resource,
        expected="every reference leads to something that exists",
        observed=f"{observed}, which does not exist",
        hint="remove the reference, or create what it names",
    )
