"""Networks that hypothesis draws to be written in a form and read back."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Network
from typing import Any

from hypothesis import strategies as st

from fixtures.build.network.site import ACCOUNT, resource_id
from probes.model.state import (
    EgressOnlyGateway,
    GroupRef,
    Instance,
    InternetGateway,
    NaclEntry,
    NatGateway,
    NetworkAcl,
    NetworkInterface,
    PrefixList,
    PrefixListRef,
    RouteTargetKind,
    SecurityGroup,
    SgRule,
    State,
    Subnet,
    TgwAttachment,
    TgwRoute,
    TgwRouteTable,
    TransitGateway,
    Vpc,
    VpcEndpoint,
    VpcRoute,
    VpcRouteTable,
)
from probes.model.state.base import ANYWHERE
from probes.model.state.normal import destination_key, sorted_entries, sorted_routes, sorted_rules

REGIONS = ("eu-west-1", "us-east-1", "us-west-2")
TAGS = st.dictionaries(st.sampled_from(["Name", "Team", "a b"]), st.text(max_size=8), max_size=2)
CIDRS = st.builds(
    lambda address, prefix: IPv4Network((address, prefix), strict=False),
    st.integers(0, 2**32 - 1),
    st.integers(0, 32),
)
CIDRS6 = st.builds(
    lambda address, prefix: IPv6Network((address, prefix), strict=False),
    st.integers(0, 2**128 - 1),
    st.integers(0, 128),
)
PORTS = st.integers(0, 65535)
PROTOCOLS = st.sampled_from(["tcp", "udp", "icmp", "-1", "50", "icmpv6"])
MAIN_ENTRIES = sorted_entries(
    NaclEntry(number=100, egress=egress, action="allow", protocol="-1", cidr=ANYWHERE)
    for egress in (False, True)
)
"""
What AWS puts into the ACL that it makes with a VPC.
"""


@st.composite
def networks(draw: st.DrawFn) -> State:
    """A whole network of one to three Regions."""
    names = REGIONS[: draw(st.integers(1, 3))]
    regions = [_Region(draw, name, number) for number, name in enumerate(names)]
    peerings = [pair for pair in _pairs(regions) if draw(st.booleans())]
    for region in regions:
        region.connect([pair for pair in peerings if region in pair])
    fields: dict[str, Any] = {}
    for kind in regions[0].found:
        resources = [each for region in regions for each in region.found[kind]]
        fields[kind] = tuple(sorted(resources, key=lambda each: (each.region, each.id)))
    return State(source="drawn", regions=tuple(sorted(names)), **fields)


def _pairs(regions: Sequence["_Region"]) -> Iterator[tuple["_Region", "_Region"]]:
    for number, one in enumerate(regions):
        for other in regions[number + 1 :]:
            yield one, other


class _Region:
    """One Region while its resources are being drawn."""

    def __init__(self, draw: st.DrawFn, name: str, number: int) -> None:
        self.name = name
        self._draw = draw
        self._block = IPv4Network(f"10.{number}.0.0/16")
        self.found: dict[str, list[Any]] = {}
        self.vpc_id = self._id("vpc")
        self.tgw_id = self._id("tgw")
        self._lists = self._prefix_lists()
        self._subnets = self._add_vpc()
        self._groups = [self._id("sg", each) for each in range(draw(st.integers(1, 2)))]
        self._add_groups()
        self._add_acls()
        self._add_hosts()
        self._add_gateways()
        self._add_endpoint()
        self._add_route_tables()

    def connect(self, peerings: Sequence[tuple["_Region", "_Region"]]) -> None:
        """Draw the Transit Gateway, its attachments to the VPC and to its peers, and its tables."""
        self._add(
            "transit_gateways",
            TransitGateway(
                **self._common(self.tgw_id),
                state="available",
                asn=self._draw(st.integers(64512, 65534)),
                owner_id=ACCOUNT,
                dns_support=self._draw(st.booleans()),
                sg_referencing_support=self._draw(st.booleans()),
            ),
        )
        self._add("tgw_attachments", self._vpc_attachment())
        for requester, accepter in peerings:
            self._add("tgw_attachments", self._peering(requester, accepter))
        self._add_tgw_tables()

    def _add(self, kind: str, *resources: object) -> None:
        self.found.setdefault(kind, []).extend(resources)

    def _id(self, prefix: str, *words: object) -> str:
        return resource_id(prefix, self.name, *words)

    def _common(self, identity: str) -> dict[str, Any]:
        return {"region": self.name, "id": identity, "tags": self._draw(TAGS)}

    def _some(self, values: Sequence[Any]) -> list[Any]:
        return [value for value in values if self._draw(st.booleans())]

    def _add_vpc(self) -> list[Subnet]:
        secondary = self._some([IPv4Network("172.16.0.0/24"), IPv4Network("172.16.1.0/24")])
        vpc = Vpc(**self._common(self.vpc_id), cidrs=(self._block, *secondary), owner_id=ACCOUNT)
        self._add("vpcs", vpc)
        subnets = [
            Subnet(
                **self._common(self._id("subnet", number)),
                vpc_id=self.vpc_id,
                cidr=cidr,
                az=f"{self.name}{'abc'[number % 3]}",
                az_id=f"az{number % 3 + 1}",
            )
            for number, cidr in enumerate(
                list(self._block.subnets(new_prefix=24))[: self._draw(st.integers(1, 4))]
            )
        ]
        self._add("subnets", *subnets)
        return subnets

    def _prefix_lists(self) -> list[PrefixList]:
        cidrs = self._draw(st.lists(CIDRS, max_size=3, unique=True))
        listed = PrefixList(
            **self._common(self._id("pl")),
            list_name=f"list-{self.name}",
            owner_id=ACCOUNT,
            cidrs=tuple(sorted(cidrs, key=destination_key)),
            max_entries=5,
        )
        self._add("prefix_lists", listed)
        return [listed]

    def _add_groups(self) -> None:
        for number, group_id in enumerate(self._groups):
            self._add(
                "security_groups",
                SecurityGroup(
                    **self._common(group_id),
                    vpc_id=self.vpc_id,
                    group_name=f"group-{number}",
                    ingress=self._rules(),
                    egress=self._rules(),
                ),
            )
        own = GroupRef(group_id=self._id("sg", "default"), owner_id=ACCOUNT)
        self._add(
            "security_groups",
            SecurityGroup(
                region=self.name,
                id=self._id("sg", "default"),
                vpc_id=self.vpc_id,
                group_name="default",
                ingress=(SgRule(protocol="-1", from_port=None, to_port=None, peer=own),),
                egress=(SgRule(protocol="-1", from_port=None, to_port=None, peer=ANYWHERE),),
            ),
        )

    def _rules(self) -> tuple[SgRule, ...]:
        drawn = [self._rule() for _ in range(self._draw(st.integers(0, 3)))]
        alike = {(rule.protocol, rule.from_port, rule.to_port, repr(rule.peer)): rule for rule in drawn}
        return sorted_rules(alike.values())

    def _rule(self) -> SgRule:
        groups = st.sampled_from(self._groups).map(lambda each: GroupRef(group_id=each, owner_id=ACCOUNT))
        lists = st.just(PrefixListRef(prefix_list_id=self._lists[0].id))
        protocol = self._draw(PROTOCOLS)
        low, high = self._ports(protocol)
        return SgRule(
            protocol=protocol,
            from_port=low,
            to_port=high,
            peer=self._draw(st.one_of(CIDRS, CIDRS6, groups, lists)),
            description=self._draw(st.sampled_from(["", "why not"])),
        )

    def _ports(self, protocol: str) -> tuple[int | None, int | None]:
        if protocol in ("icmp", "icmpv6"):
            kind = self._draw(st.none() | st.integers(0, 255))
            return kind, None if kind is None else self._draw(st.none() | st.integers(0, 255))
        if protocol not in ("tcp", "udp") or self._draw(st.booleans()):
            return None, None
        low, high = sorted((self._draw(PORTS), self._draw(PORTS)))
        return (None, None) if (low, high) == (0, 65535) else (low, high)

    def _add_acls(self) -> None:
        self._add(
            "network_acls",
            NetworkAcl(
                region=self.name,
                id=self._id("acl", "default"),
                vpc_id=self.vpc_id,
                default=True,
                subnet_ids=(),
                entries=MAIN_ENTRIES,
            ),
        )
        mine = sorted(subnet.id for subnet in self._some(self._subnets))
        if mine:
            numbers = st.lists(st.integers(1, 32766), max_size=4, unique=True)
            self._add(
                "network_acls",
                NetworkAcl(
                    **self._common(self._id("acl")),
                    vpc_id=self.vpc_id,
                    default=False,
                    subnet_ids=tuple(mine),
                    entries=sorted_entries(map(self._entry, self._draw(numbers))),
                ),
            )

    def _entry(self, number: int) -> NaclEntry:
        protocol = self._draw(PROTOCOLS)
        low, high = self._ports(protocol)
        icmp = protocol in ("icmp", "icmpv6")
        return NaclEntry(
            number=number,
            egress=self._draw(st.booleans()),
            action=self._draw(st.sampled_from(["allow", "deny"])),
            protocol=protocol,
            cidr=self._draw(st.one_of(CIDRS, CIDRS6)),
            from_port=None if icmp else low,
            to_port=None if icmp else high,
            icmp_type=low if icmp else None,
            icmp_code=high if icmp else None,
        )

    def _add_hosts(self) -> None:
        self.found.setdefault("instances", [])
        self.found.setdefault("network_interfaces", [])
        for number, subnet in enumerate(self._some(self._subnets)):
            interface_id, instance_id = self._id("eni", number), self._id("i", number)
            self._add(
                "network_interfaces",
                NetworkInterface(
                    region=self.name,
                    id=interface_id,
                    vpc_id=self.vpc_id,
                    subnet_id=subnet.id,
                    private_ips=(_host(subnet, 10),),
                    group_ids=tuple(sorted({self._draw(st.sampled_from(self._groups))})),
                    instance_id=instance_id,
                    source_dest_check=self._draw(st.booleans()),
                ),
            )
            self._add(
                "instances",
                Instance(
                    **self._common(instance_id),
                    state="running",
                    instance_type="g6e.4xlarge",
                    vpc_id=self.vpc_id,
                    subnet_id=subnet.id,
                    network_interface_ids=(interface_id,),
                ),
            )

    def _add_gateways(self) -> None:
        gateway = InternetGateway(**self._common(self._id("igw")), vpc_ids=(self.vpc_id,))
        self._add("internet_gateways", gateway)
        egress = EgressOnlyGateway(**self._common(self._id("eigw")), vpc_ids=(self.vpc_id,))
        self._add("egress_only_gateways", egress)
        self._add(
            "nat_gateways",
            NatGateway(
                **self._common(self._id("nat")),
                vpc_id=self.vpc_id,
                subnet_id=self._subnets[0].id,
                state="available",
                connectivity=self._draw(st.sampled_from(["public", "private"])),
                private_ips=(_host(self._subnets[0], 5),),
            ),
        )

    def _add_endpoint(self) -> None:
        self._add(
            "vpc_endpoints",
            VpcEndpoint(
                **self._common(self._id("vpce")),
                vpc_id=self.vpc_id,
                service_name=f"com.amazonaws.{self.name}.kms",
                endpoint_type="Interface",
                state="available",
                subnet_ids=tuple(sorted({self._draw(st.sampled_from(self._subnets)).id})),
                group_ids=tuple(sorted({self._draw(st.sampled_from(self._groups))})),
                private_dns=self._draw(st.booleans()),
                policy=self._draw(st.sampled_from(["", '{"Statement":[]}'])),
            ),
        )

    def _add_route_tables(self) -> None:
        self._add("vpc_route_tables", self._route_table("main", (), main=True))
        for number, subnet in enumerate(self._some(self._subnets)):
            self._add("vpc_route_tables", self._route_table(f"table {number}", (subnet.id,), main=False))

    def _route_table(self, name: str, subnet_ids: tuple[str, ...], *, main: bool) -> VpcRouteTable:
        targets = {
            RouteTargetKind.TRANSIT_GATEWAY: self.tgw_id,
            RouteTargetKind.INTERNET_GATEWAY: self._id("igw"),
            RouteTargetKind.NAT_GATEWAY: self._id("nat"),
            RouteTargetKind.EGRESS_ONLY_GATEWAY: "eigw-0a1b2c3d4",
        }
        destinations = self._draw(st.lists(st.one_of(CIDRS, CIDRS6), max_size=3, unique=True))
        (vpc,) = self.found["vpcs"]
        routes = [
            VpcRoute(
                destination=cidr, target=RouteTargetKind.LOCAL, target_id="local", origin="CreateRouteTable"
            )
            for cidr in vpc.cidrs
        ]
        for destination in {*destinations, self._lists[0].id}.difference(vpc.cidrs):
            target = self._draw(st.sampled_from(sorted(targets)))
            routes.append(VpcRoute(destination=destination, target=target, target_id=targets[target]))
        tags = {} if main else {"Name": name}
        return VpcRouteTable(
            region=self.name,
            id=self._id("rtb", name),
            tags=tags,
            vpc_id=self.vpc_id,
            main=main,
            subnet_ids=subnet_ids,
            routes=sorted_routes(routes),
        )

    def _vpc_attachment(self) -> TgwAttachment:
        return TgwAttachment(
            **self._common(self._id("tgw-attach")),
            transit_gateway_id=self.tgw_id,
            resource_type="vpc",
            resource_id=self.vpc_id,
            state="available",
            subnet_ids=tuple(sorted({subnet.id for subnet in self._subnets[:2]})),
            appliance_mode=self._draw(st.booleans()),
            sg_referencing_support=self._draw(st.booleans()),
        )

    def _peering(self, requester: "_Region", accepter: "_Region") -> TgwAttachment:
        peer = accepter if self is requester else requester
        return TgwAttachment(
            **self._common(resource_id("tgw-attach", requester.name, accepter.name)),
            transit_gateway_id=self.tgw_id,
            resource_type="peering",
            resource_id=peer.tgw_id,
            state="available",
            role="requester" if self is requester else "accepter",
            peer_transit_gateway_id=peer.tgw_id,
            peer_region=peer.name,
        )

    def _add_tgw_tables(self) -> None:
        attachments = [each.id for each in self.found["tgw_attachments"]]
        shared = self._draw(st.booleans())
        sets = [attachments] if shared else [[each] for each in attachments]
        for number, members in enumerate(sets):
            self._add("tgw_route_tables", self._tgw_table(number, members, attachments))

    def _tgw_table(self, number: int, members: list[str], attachments: list[str]) -> TgwRouteTable:
        own = attachments[0]
        propagations = (own,) if self._draw(st.booleans()) else ()
        (vpc,) = self.found["vpcs"]
        routes: dict[Any, TgwRoute] = {
            cidr: TgwRoute(destination=cidr, type="propagated", state="active", attachment_ids=propagations)
            for cidr in (vpc.cidrs if propagations else ())
        }
        for cidr in self._draw(st.lists(CIDRS, max_size=3, unique=True)):
            target = self._draw(st.none() | st.sampled_from(attachments))
            routes[cidr] = TgwRoute(
                destination=cidr,
                type="static",
                state="active" if target else "blackhole",
                attachment_ids=(target,) if target else (),
            )
        return TgwRouteTable(
            **self._common(self._id("tgw-rtb", number)),
            transit_gateway_id=self.tgw_id,
            state="available",
            default_association=False,
            default_propagation=False,
            routes=tuple(sorted(routes.values(), key=lambda route: destination_key(route.destination))),
            associations=tuple(sorted(members)),
            propagations=propagations,
        )


def _host(subnet: Subnet, number: int) -> IPv4Address:
    if subnet.cidr is None:
        raise ValueError("a drawn subnet has a CIDR")
    return subnet.cidr[number]
