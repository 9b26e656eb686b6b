"""Who has a documented role in an observed network."""

from functools import cached_property
from ipaddress import IPv4Network

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.network.endpoints import Endpoint, internet, is_private, of_interface, of_subnet, parts
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.reachability.analysis import Reachability
from probes.model.spec import DIRECTIONS, FlowSpec, Spec
from probes.model.spec.topology import host_tiers

Ends = tuple[Endpoint, ...]


class Roles:
    """The endpoints of the documented roles and VPCs, and the reachability among all of them."""

    def __init__(self, spec: Spec, network: Network) -> None:
        self.spec = spec
        self.network = network
        self.documented = Documented(spec, network)

    @cached_property
    def by_role(self) -> dict[tuple[str, str], Ends]:
        """By (VPC, role): interfaces with the role's security group, and any host of the role's subnets.

        A host that does not exist yet is assumed to get the role's group, or none when the role has none. Each
        lies wholly inside or outside every CIDR that the roles' rules name.
        """
        return {
            (vpc, role): tuple(
                part
                for end in (*self._interfaces(vpc, role), *self._subnets(vpc, role))
                for part in parts(end, self._named_cidrs)
            )
            for vpc in self.spec.vpcs
            for role in self.spec.roles
            if vpc in self.spec.vpcs_with(role)
        }

    def of_role(self, wanted: str) -> list[Endpoint]:
        """The endpoints of one role in every VPC."""
        return [end for (_, role), ends in self.by_role.items() if role == wanted for end in ends]

    @cached_property
    def hosts(self) -> dict[str, Ends]:
        """By VPC any host of the subnets that hold hosts, its security groups not judged."""
        return {
            vpc: tuple(
                of_subnet(subnet)
                for tier in host_tiers(self.spec, vpc)
                for subnet in self.documented.subnets_of_tier(vpc, tier)
            )
            for vpc in self.spec.vpcs
        }

    @cached_property
    def reachability(self) -> Reachability:
        """Reachability among all of them."""
        ends = [end for ends in (*self.by_role.values(), *self.hosts.values()) for end in ends]
        return Reachability(self.network, tuple(dict.fromkeys(ends)))

    @cached_property
    def outside(self) -> Reachability:
        """Reachability from those who are not part of the network: the Internet and the tenants.

        An analysis of its own: that nobody can say where tenants come in must not spoil the documented flows.
        Raises UnobservableError when nobody can say where tenants come in.
        """
        everybody = [
            internet(self.spec.region_of(vpc), self.documented.vpc(vpc).id) for vpc in self.spec.vpcs
        ]
        known = tenants(self.network, self.spec.tenants.cidrs, self.spec.aws_regions)
        public = [cidr for cidr in self._named_cidrs if not is_private(cidr)]
        outsiders = (
            *(part for each in known for part in parts(each, self._named_cidrs)),
            *(part for each in everybody for part in parts(each, public)),
        )
        return Reachability(self.network, self.reachability.endpoints, external_sources=outsiders)

    @cached_property
    def _named_cidrs(self) -> list[IPv4Network]:
        """The CIDRs that are peers of documented rules, the smallest first."""
        peers = {
            rule.peer
            for role in self.spec.roles.values()
            for direction in DIRECTIONS
            for rule in role.rules(direction) or ()
            if "/" in rule.peer
        }
        return sorted(map(IPv4Network, peers), key=lambda cidr: -cidr.prefixlen)

    def pairs(self, flow: FlowSpec) -> list[tuple[Ends, Ends]]:
        """The sources and destinations that the flow is about, by pair of VPCs.

        Raises EmptySelectionError when there is none to judge.
        """
        found = [
            (sources, destinations)
            for source in flow.sources
            for destination in flow.destinations
            for here, sources in self.ends_of(source).items()
            for there, destinations in self.ends_of(destination).items()
            if self._in_scope(flow, here, there) and sources and destinations
        ]
        if not any({*sources} | {*destinations} != {*sources[:1]} for sources, destinations in found):
            ends = f"{' or '.join(flow.sources)} or no {' or '.join(flow.destinations)}"
            raise EmptySelectionError(f"flow {flow.name}: the network has no {ends}")
        return found

    def ends_of(self, name: str) -> dict[str, Ends]:
        """The endpoints that an end of a flow stands for, by VPC: a role, a VPC, or the VPCs of a segment."""
        if name in self.spec.roles:
            return {vpc: ends for (vpc, role), ends in self.by_role.items() if role == name}
        if name in self.spec.vpcs:
            return {name: self.hosts[name]}
        associated = {
            vpc
            for gateway in self.spec.transit_gateways.values()
            for table, claimed in gateway.route_tables.items()
            if table == name
            for vpc in claimed.associated
            if vpc in self.spec.vpcs
        }
        return {vpc: self.hosts[vpc] for vpc in self.spec.vpcs if vpc in associated}

    def _in_scope(self, flow: FlowSpec, here: str, there: str) -> bool:
        same_region = self.spec.region_of(here) == self.spec.region_of(there)
        return {
            "any": True,
            "same-vpc": here == there,
            "other-vpc": here != there,
            "same-region": same_region,
            "cross-region": not same_region,
        }[flow.scope]

    def _group(self, vpc: str, role: str) -> str | None:
        try:
            return self.documented.group_id(vpc, role)
        except EmptySelectionError:
            return None

    def _interfaces(self, vpc: str, role: str) -> list[Endpoint]:
        group, observed = self._group(vpc, role), self.documented.vpc(vpc)
        return [
            of_interface(interface)
            for interface in self.network.interfaces_of_group.get((observed.region, group or ""), ())
            if interface.vpc_id == observed.id and interface.subnet_id and interface.private_ips
        ]

    def _subnets(self, vpc: str, role: str) -> list[Endpoint]:
        group = self._group(vpc, role)
        subnets = self.documented.subnets_of_tier(vpc, self.spec.roles[role].tier)
        return [of_subnet(subnet, (group,) if group else None) for subnet in subnets]
