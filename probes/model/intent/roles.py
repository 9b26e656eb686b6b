"""Who has a documented role in an observed network."""

from functools import cached_property

from probes.model.checks.documented import Documented
from probes.model.errors import EmptySelectionError
from probes.model.network.endpoints import Endpoint, internet, of_interface, of_subnet
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.reachability.analysis import Reachability
from probes.model.spec import TIERS, FlowSpec, Spec


class Roles:
    """The endpoints of the documented roles, and the reachability among all of them."""

    def __init__(self, spec: Spec, network: Network) -> None:
        self.spec = spec
        self.network = network
        self.documented = Documented(spec, network)

    @cached_property
    def by_role(self) -> dict[tuple[str, str], tuple[Endpoint, ...]]:
        """By (region, role): interfaces with the role's security group, and any host of the role's subnets.

        A host that does not exist yet is assumed to get the role's group, or none when the role has none.
        """
        return {
            (region, role): (*self._interfaces(region, role), *self._subnets(region, role))
            for region in self.spec.regions
            for role in self.spec.roles
        }

    def of_role(self, wanted: str) -> list[tuple[Endpoint, ...]]:
        """The endpoints of one role, Region by Region."""
        return [ends for (_, role), ends in self.by_role.items() if role == wanted]

    @cached_property
    def hosts(self) -> dict[str, tuple[Endpoint, ...]]:
        """By region any host of the subnets that hold hosts, its security groups not judged."""
        return {
            region: tuple(
                of_subnet(subnet)
                for tier in TIERS
                if tier != "tgw"
                for subnet in self.documented.subnets_of_tier(region, tier)
            )
            for region in self.spec.regions
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
        regions = self.spec.regions
        everybody = [internet(region, self.documented.vpc(region).id) for region in regions]
        known = tenants(self.network, self.spec.tenant_cidrs, regions)
        return Reachability(self.network, self.reachability.endpoints, external_sources=(*known, *everybody))

    def pairs(self, flow: FlowSpec) -> list[tuple[tuple[Endpoint, ...], tuple[Endpoint, ...]]]:
        """The sources and destinations between which the document says the flow works, by pair of Regions.

        Raises EmptySelectionError when there is none to judge.
        """
        found = [
            (sources, destinations)
            for here in self.spec.regions
            for there in self.spec.regions
            if flow.scope == "any" or (here == there) == (flow.scope == "same-region")
            if (sources := self.by_role[here, flow.source])
            if (destinations := self.by_role[there, flow.destination])
        ]
        if not any({*sources} | {*destinations} != {*sources[:1]} for sources, destinations in found):
            raise EmptySelectionError(
                f"flow {flow.id}: the network has no {flow.source} or no {flow.destination}"
            )
        return found

    def _group(self, region: str, role: str) -> str | None:
        try:
            return self.documented.security_group(region, role).id
        except EmptySelectionError:
            return None

    def _interfaces(self, region: str, role: str) -> list[Endpoint]:
        group = self._group(region, role)
        vpc = self.documented.vpc(region).id
        return [
            of_interface(interface)
            for interface in self.network.interfaces_of_group.get((region, group or ""), ())
            if interface.vpc_id == vpc and interface.subnet_id and interface.private_ips
        ]

    def _subnets(self, region: str, role: str) -> list[Endpoint]:
        group = self._group(region, role)
        subnets = self.documented.subnets_of_tier(region, self.spec.roles[role].tier)
        return [of_subnet(subnet, (group,) if group else None) for subnet in subnets]
