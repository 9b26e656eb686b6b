"""The walk of one packet through interfaces, subnets and VPC routes."""

from collections.abc import Sequence
from functools import reduce

from probes.model.errors import UnobservableError
from probes.model.forwarding.filters import GroupJudge, acl_decision
from probes.model.forwarding.gateway_walk import Alternative, GatewayWalk
from probes.model.forwarding.route_selection import vpc_route
from probes.model.network import endpoints
from probes.model.network.endpoints import Endpoint
from probes.model.network.entry_points import entry_attachment, internet_gateway
from probes.model.network.firewalls import firewall_of, is_elsewhere, subnet_behind
from probes.model.network.listening import listening
from probes.model.network.packets import NAT_PROTOCOLS, on_the_internet
from probes.model.network.trace import Dropped, Inspection, Stage
from probes.model.state import RouteTargetKind, Subnet, TgwAttachment, VpcEndpoint, VpcRoute


class Walk(GatewayWalk):
    """One packet on its way. `run` returns where it is delivered or raises Dropped after the decisive hop."""

    def run(self) -> Endpoint:
        """From the source to wherever the packet gets."""
        if self.source.kind == "internet":
            return self._in_from_internet()
        if self.source.kind == "service":
            return self._back_from_service()
        if self.source.kind == "tenant":
            return self._in_from_tenant()
        subnet = self.subnet(self.source.region, self.source.subnet_id)
        self.origin = subnet
        self._group_egress()
        if subnet.cidr is not None and self.packet.destination in subnet.cidr:
            return self._arrive(subnet)
        return self.leave_subnet(subnet)

    def leave_subnet(self, subnet: Subnet) -> Endpoint:
        """From a host of the subnet, past its network ACL, along the subnet's route."""
        self.acl(subnet, Stage.NACL_EGRESS, egress=True)
        route = self.route(subnet)
        if self.destination is not None and self.is_return_path(subnet.region, route.target_id):
            return self.destination
        return self._follow(subnet, route)

    def _follow(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        firewall = firewall_of(self.network, subnet.region, route)
        if firewall is not None:
            return self._through_firewall(subnet, firewall)
        match route.target:
            case RouteTargetKind.LOCAL:
                return self._arrive_local(subnet.region, subnet.vpc_id or "")
            case RouteTargetKind.TRANSIT_GATEWAY:
                return self._out_of_tgw(self.through_tgw(subnet, route))
            case RouteTargetKind.VPC_PEERING:
                return self._arrive_local(*self.through_vpc_peering(subnet, route))
        return self._through_gateway(subnet, route)

    def _through_gateway(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        match route.target:
            case RouteTargetKind.NAT_GATEWAY:
                return self._through_nat(subnet, route)
            case RouteTargetKind.INTERNET_GATEWAY:
                return self.through_internet_gateway(subnet, route)
            case RouteTargetKind.VPC_ENDPOINT:
                return self.through_gateway_endpoint(subnet, route)
        raise UnobservableError(
            f"{subnet.label}: a route to {route.target} {route.target_id} is not modelled"
        )

    def _through_firewall(self, subnet: Subnet, firewall: VpcEndpoint) -> Endpoint:
        """Into a firewall endpoint, whose rules are not judged, and on from the endpoint's subnet."""
        key, at = (firewall.region, firewall.id), (firewall.id, firewall.label)
        if is_elsewhere(firewall, subnet):
            self.recorder.drop(Stage.FIREWALL, firewall.region, at, f"is not in {subnet.vpc_id}")
        inside = subnet_behind(self.network, firewall)
        if firewall.state != "available":
            self.recorder.drop(Stage.FIREWALL, firewall.region, at, f"is {firewall.state}")
        if self._is_from_or_to_outside():
            raise UnobservableError(
                f"{firewall.label}: traffic from or to outside through it is not modelled"
            )
        if inside.id != subnet.id:
            self.acl(inside, Stage.NACL_INGRESS, egress=False)
        if key in self.inspection.certain:
            self.recorder.drop(Stage.FIREWALL, firewall.region, at, "forwarding loop")
        self.recorder.passed(Stage.FIREWALL, firewall.region, at, "passed on; its own rules are not judged")
        crossed = frozenset([key])
        before = self.inspection
        self.inspection = Inspection(before.certain | crossed, before.possible | crossed, any=True)
        self.origin = inside
        if inside.cidr is not None and self.packet.destination in inside.cidr:
            return self._arrive(inside)
        return self.leave_subnet(inside)

    def _is_from_or_to_outside(self) -> bool:
        """Whether a tenant is one of the ends, or the packet is the reply to one from the Internet."""
        there = self.destination.kind if self.destination is not None else ""
        return self.source.kind == "tenant" or there == "tenant" or (self.tracked and there == "internet")

    def route(self, subnet: Subnet) -> VpcRoute:
        """The subnet's route for the packet, noted as a hop."""
        table = self.network.route_table_of(subnet)
        route = vpc_route(self.network, table, self.packet.destination)
        at = (table.id, table.label)
        if route is None:
            self.recorder.drop(Stage.VPC_ROUTE, table.region, at, f"no route to {self.packet.destination}")
        words = f"{route.destination} -> {route.target_id}"
        if route.state == "blackhole":
            self.recorder.drop(Stage.VPC_ROUTE, table.region, at, f"{words} is a blackhole")
        if route.target_id is None:
            raise UnobservableError(f"{table.label}: the target of {route.destination} is not known")
        self.recorder.passed(Stage.VPC_ROUTE, table.region, at, words)
        return route

    def back_through_nat(self, nat: tuple[str, str]) -> Endpoint:
        """A reply that reaches a NAT gateway's public address and goes on to the host behind it."""
        gateway = self.network.nat_gateways[nat]
        subnet = self.subnet(gateway.region, gateway.subnet_id or "")
        self.origin = subnet
        self.acl(subnet, Stage.NACL_INGRESS, egress=False)
        if subnet.cidr is not None and self.packet.destination in subnet.cidr:
            return self._arrive(subnet)
        return self.leave_subnet(subnet)

    def _through_nat(self, subnet: Subnet, route: VpcRoute) -> Endpoint:
        gateway = self.nat_gateway(subnet, route)
        if self.packet.protocol not in NAT_PROTOCOLS:
            decision = "carries TCP, UDP and ICMP only"
            self.recorder.drop(Stage.GATEWAY, gateway.region, (gateway.id, gateway.label), decision)
        inside = self.subnet(gateway.region, gateway.subnet_id or "")
        if inside.id != subnet.id:
            self.acl(inside, Stage.NACL_INGRESS, egress=False)
        self.acl(inside, Stage.NACL_EGRESS, egress=True)
        onward = self.route(inside)
        if onward.target is not RouteTargetKind.INTERNET_GATEWAY:
            raise UnobservableError(f"{gateway.label}: translation towards {onward.target} is not modelled")
        return self.nat_to_internet(gateway, inside, onward)

    def _in_from_internet(self) -> Endpoint:
        here = self.source
        found = self._asked_for() or self._holder(self.owner(here.region, here.vpc_id))
        self._through_internet_gateway_in(found)
        if not found.is_public(self.packet.destination):
            self.network.require("network_interfaces", found.region, found.id, ("public_ips",))
            decision = (
                f"no public address for {self.packet.destination}: nothing from the Internet reaches it"
            )
            self.recorder.drop(Stage.GATEWAY, found.region, (found.id, found.label), decision)
        subnet = self.subnet(found.region, found.subnet_id)
        self.acl(subnet, Stage.NACL_INGRESS, egress=False)
        return self._arrive(subnet)

    def _through_internet_gateway_in(self, found: Endpoint) -> None:
        if self.tracked:
            return
        gateway = internet_gateway(self.network, found.region, found.vpc_id)
        if gateway is None:
            at = (found.vpc_id, f"{found.vpc_id} ({found.region})")
            self.recorder.drop(Stage.GATEWAY, found.region, at, "has no Internet gateway")
        at = (gateway.id, gateway.label)
        if not on_the_internet(self.packet.source):
            self.recorder.drop(
                Stage.GATEWAY, found.region, at, f"{self.packet.source} is no Internet address"
            )
        self.recorder.passed(Stage.GATEWAY, found.region, at, f"from the Internet into {found.vpc_id}")

    def _asked_for(self) -> Endpoint | None:
        """The destination that the question names, which may be a host that does not exist yet."""
        named, here = self.destination, self.source
        if named is None or (named.region, named.vpc_id) != (here.region, here.vpc_id):
            return None
        return named if named.holds(self.packet.destination) else None

    def _back_from_service(self) -> Endpoint:
        target = self.destination
        if target is None or not target.subnet_id:
            raise UnobservableError(f"{self.source.label} only answers hosts")
        subnet = self.subnet(target.region, target.subnet_id)
        self.acl(subnet, Stage.NACL_INGRESS, egress=False)
        return self._arrive(subnet)

    def _in_from_tenant(self) -> Endpoint:
        here = self.source
        if here.vpc_id:
            self.recorder.passed(Stage.GATEWAY, here.region, (here.id, here.label), f"into {here.vpc_id}")
            return self._arrive_local(here.region, here.vpc_id)
        side = entry_attachment(self.network, here)
        if side.state != "available":
            self.available(side)
        return self._out_of_tgw(self.between_tgws(side))

    def _out_of_tgw(self, out: TgwAttachment) -> Endpoint:
        if self.destination is not None and self.is_return_path(out.region, out.id):
            return self.destination
        exits = self.exits(out)
        if len(exits) == 1:
            return self._into_vpc(out, exits[0])
        return self._through_any(out, exits)

    def _through_any(self, out: TgwAttachment, exits: list[Subnet]) -> Endpoint:
        """What becomes of the packet through whichever subnet AWS picks: it must not matter which."""
        hops, nat, inspection, origin = self.recorder.hops, self.nat, self.inspection, self.origin
        outcomes: list[tuple[Endpoint | None, Alternative]] = []
        for entry in exits:
            self.recorder.hops, self.nat = list(hops), nat
            self.inspection, self.origin = inspection, origin
            try:
                arrived: Endpoint | None = self._into_vpc(out, entry)
            except Dropped:
                arrived = None
            way = Alternative(arrived or self.source, self.nat, tuple(self.recorder.hops), self.inspection)
            outcomes.append((arrived, way))
        ends = {end for end, _ in outcomes}
        ways = [way for _, way in outcomes]
        outward = all(end is not None and end.kind == "internet" for end in ends) and not self.alternatives
        if len(ends) > 1 or (len({way.nat for way in ways}) > 1 and not outward):
            self.recorder.hops = hops
            words = [f"{entry.id}: {way.hops[-1]}" for entry, way in zip(exits, ways, strict=True)]
            raise UnobservableError(f"{out.label}: AWS may take any of its subnets; by {'; by '.join(words)}")
        if len({way.nat for way in ways}) > 1:
            self.alternatives = tuple(ways)
        self.nat, self.recorder.hops = ways[0].nat, list(ways[0].hops)
        self.inspection = _any_of([way.inspection for way in ways])
        if outcomes[0][0] is None:
            raise Dropped
        return outcomes[0][0]

    def _into_vpc(self, out: TgwAttachment, entry: Subnet) -> Endpoint:
        region, vpc_id = out.region, out.resource_id or ""
        route = self.route(entry)
        firewall = firewall_of(self.network, region, route)
        if firewall is not None:
            self.acl(entry, Stage.TGW_SUBNET_NACL, egress=True)
            return self._through_firewall(entry, firewall)
        if route.target is RouteTargetKind.NAT_GATEWAY:
            self.acl(entry, Stage.TGW_SUBNET_NACL, egress=True)
            return self._through_nat(entry, route)
        if route.target in (
            RouteTargetKind.INTERNET_GATEWAY,
            RouteTargetKind.VPC_PEERING,
            RouteTargetKind.VPC_ENDPOINT,
        ):
            at = (route.target_id or "", f"{route.target_id} ({region})")
            self.recorder.drop(Stage.GATEWAY, region, at, "carries nothing that did not start in its own VPC")
        if route.target is not RouteTargetKind.LOCAL:
            raise UnobservableError(f"{entry.label}: a route on to {route.target} is not modelled")
        subnet = self.owner(region, vpc_id)
        # TGW guide, network ACLs: nothing is evaluated when host and attachment share a subnet.
        if subnet.id != entry.id:
            self.acl(entry, Stage.TGW_SUBNET_NACL, egress=True)
            self.acl(subnet, Stage.NACL_INGRESS, egress=False)
        return self._arrive(subnet)

    def _arrive_local(self, region: str, vpc_id: str) -> Endpoint:
        subnet = self.owner(region, vpc_id)
        self.acl(subnet, Stage.NACL_INGRESS, egress=False)
        return self._arrive(subnet)

    def _arrive(self, subnet: Subnet) -> Endpoint:
        here = self._end_in(subnet)
        if self.tracked:
            return here
        self._group_ingress(here)
        self._listens(here)
        return here

    def _group_ingress(self, here: Endpoint) -> None:
        if not here.group_ids:
            self.recorder.passed(
                Stage.SG_INGRESS, here.region, (here.id, here.label), "no security group to judge"
            )
            return
        allowed, words = GroupJudge(self.network, here, self.source, "ingress").decision(self.packet)
        at = self._groups_of(here)
        if not allowed:
            self.recorder.drop(Stage.SG_INGRESS, here.region, at, words)
        self.recorder.passed(Stage.SG_INGRESS, here.region, at, words)

    def _listens(self, here: Endpoint) -> None:
        """Be refused by an interface of AWS's own that listens to nobody, or not on this port."""
        accepts = listening(self.network, here)
        answer = accepts.answer(self.packet) if accepts else True
        if accepts and answer is None:
            raise UnobservableError(accepts.reason(self.packet))
        if accepts and not answer:
            self.recorder.drop(
                Stage.DESTINATION, here.region, (here.id, here.label), accepts.reason(self.packet)
            )

    def _end_in(self, subnet: Subnet) -> Endpoint:
        given = self.destination
        if given is not None and given.subnet_id == subnet.id and given.holds(self.packet.destination):
            return given
        return self._holder(subnet)

    def _holder(self, subnet: Subnet) -> Endpoint:
        """Who has the packet's address; nobody is an answer where the question names no other end."""
        found = endpoints.holder_in(self.network, subnet, self.packet.destination)
        if found is None and self.destination is None:
            decision = f"no interface has {self.packet.destination}"
            self.recorder.drop(Stage.DESTINATION, subnet.region, (subnet.id, subnet.label), decision)
        return found or endpoints.of_subnet(subnet)

    def _group_egress(self) -> None:
        here = self.source
        if self.tracked:
            return
        if not here.group_ids:
            self.recorder.passed(
                Stage.SG_EGRESS, here.region, (here.id, here.label), "no security group to judge"
            )
            return
        allowed, words = GroupJudge(self.network, here, self.destination, "egress").decision(self.packet)
        at = self._groups_of(here)
        if not allowed:
            self.recorder.drop(Stage.SG_EGRESS, here.region, at, words)
        self.recorder.passed(Stage.SG_EGRESS, here.region, at, words)

    def _groups_of(self, here: Endpoint) -> tuple[str, str]:
        ids = here.group_ids or ()
        groups = [self.network.security_groups.get((here.region, group_id)) for group_id in ids]
        labels = [group.label if group else i for i, group in zip(ids, groups, strict=True)]
        return " ".join(ids), ", ".join(labels)

    def acl(self, subnet: Subnet, stage: Stage, *, egress: bool) -> None:
        """Pass the subnet's network ACL or be dropped by it."""
        acl = self.network.network_acl_of(subnet)
        self.network.require("network_acls", acl.region, acl.id, ("entries",))
        allowed, words = acl_decision(acl, self.packet, egress=egress)
        if not allowed:
            self.recorder.drop(stage, acl.region, (acl.id, acl.label), words)
        self.recorder.passed(stage, acl.region, (acl.id, acl.label), words)


def _any_of(ways: Sequence[Inspection]) -> Inspection:
    """What a packet crosses that takes one of these ways, nobody knows which."""
    certain = reduce(frozenset.intersection, (way.certain for way in ways))
    each = {way.any for way in ways}
    possible = frozenset[tuple[str, str]]().union(*(way.possible for way in ways))
    return Inspection(certain, possible, any=each.pop() if len(each) == 1 else None)
