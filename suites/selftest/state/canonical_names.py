"""A name for every resource that says what it is in the network, whatever ID its source knows it by."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from probes.model.state import NetworkAcl, Resource, State, TgwAttachment, VpcRouteTable

Key = tuple[str, str]
Words = tuple[object, object]


class Names:
    """Structural names by Region and ID, such as `us-east-1/vpc 10.66.0.0/18`."""

    def __init__(self, state: State) -> None:
        self._names: dict[Key, str] = {}
        self._anywhere: dict[str, str] = {}
        self._attachments = state.tgw_attachments
        for kind, describe in _DESCRIPTIONS.items():
            self._add(getattr(state, kind), describe)

    def of(self, region: str, identity: str) -> str:
        """The name of what a resource of a Region refers to; an ID that the state does not hold stays as it is."""
        found = self._names.get((region, identity))
        return found or self._anywhere.get(identity, identity)

    def near(self, resource: Resource, identity: str | None) -> str:
        """As `of`, without the Region where it is the resource's own."""
        return self.of(resource.region, identity or "").removeprefix(f"{resource.region}/")

    def first(self, resource: Resource, identities: Iterable[str]) -> str:
        """The first name of several; the resource's Name tag when there is none."""
        return min((self.near(resource, identity) for identity in identities), default=resource.name)

    def vpcs_of_tgw(self, tgw: Resource) -> Iterable[str]:
        """The IDs of the VPCs attached to a Transit Gateway, which say best which one it is."""
        for attachment in self._attachments:
            mine = attachment.region == tgw.region and attachment.transit_gateway_id == tgw.id
            if mine and attachment.resource_type == "vpc" and attachment.resource_id:
                yield attachment.resource_id

    def _add(self, resources: Iterable[Resource], describe: Callable[["Names", Any], Words]) -> None:
        for name, alike in _grouped(
            resources, lambda each: f"{each.region}/{describe(self, each)[0]}"
        ).items():
            if len(alike) == 1:
                self._set(alike[0], name)
                continue
            for longer, twins in _grouped(alike, lambda each: str(describe(self, each)[1])).items():
                for number, resource in enumerate(sorted(twins, key=_tie)):
                    self._set(resource, f"{name} ({longer})" + (f" #{number + 1}" if number else ""))

    def _set(self, resource: Resource, name: str) -> None:
        self._names[resource.region, resource.id] = name
        self._anywhere.setdefault(resource.id, name)


def _grouped(resources: Iterable[Resource], key: Callable[[Resource], str]) -> dict[str, list[Resource]]:
    groups: dict[str, list[Resource]] = {}
    for resource in resources:
        groups.setdefault(key(resource), []).append(resource)
    return groups


def _tie(resource: Resource) -> tuple[str, str]:
    return resource.name, resource.id


def _table(names: Names, table: VpcRouteTable) -> Words:
    vpc = names.near(table, table.vpc_id)
    if table.main:
        return f"main table of {vpc}", table.name
    return f"table for {names.first(table, (*table.subnet_ids, *table.gateway_ids))}", vpc


def _acl(names: Names, acl: NetworkAcl) -> Words:
    vpc = names.near(acl, acl.vpc_id)
    if acl.default:
        return f"default acl of {vpc}", acl.name
    return f"acl for {names.first(acl, acl.subnet_ids)}", vpc


def _attachment(names: Names, attachment: TgwAttachment) -> Words:
    tgw = names.near(attachment, attachment.transit_gateway_id)
    if attachment.resource_type == "peering":
        peer = names.of(attachment.peer_region, attachment.peer_transit_gateway_id or "")
        return f"peering with {attachment.peer_region}", f"{tgw} with {peer}"
    resource = names.near(attachment, attachment.resource_id)
    return f"attachment of {attachment.resource_type} {resource.removeprefix('vpc ')}", tgw


_DESCRIPTIONS: Mapping[str, Callable[[Names, Any], Words]] = {
    "vpcs": lambda _, r: (f"vpc {r.cidrs[0] if r.cidrs else r.name}", r.name),
    "subnets": lambda n, r: (f"subnet {r.cidr or r.name}", n.near(r, r.vpc_id)),
    "vpc_route_tables": _table,
    "security_groups": lambda n, r: (f"group {r.group_name}", n.near(r, r.vpc_id)),
    "network_acls": _acl,
    "prefix_lists": lambda _, r: (f"prefix list {r.list_name}", r.owner_id),
    "network_interfaces": lambda n, r: (
        f"interface {r.private_ips[0] if r.private_ips else r.name}",
        n.near(r, r.subnet_id),
    ),
    "instances": lambda n, r: (
        f"instance {r.name or n.first(r, r.network_interface_ids)}",
        n.near(r, r.subnet_id),
    ),
    "internet_gateways": lambda n, r: (f"internet gateway of {n.first(r, r.vpc_ids)}", r.name),
    "egress_only_gateways": lambda n, r: (f"egress-only gateway of {n.first(r, r.vpc_ids)}", r.name),
    "nat_gateways": lambda n, r: (f"nat gateway in {n.near(r, r.subnet_id)}", r.private_ips),
    "vpc_peerings": lambda n, r: (
        f"vpc peering of {n.of(r.requester_region, r.requester_vpc_id or '')}",
        n.of(r.accepter_region, r.accepter_vpc_id or ""),
    ),
    "vpc_endpoints": lambda n, r: (f"endpoint {r.service_name}", n.near(r, r.vpc_id)),
    "transit_gateways": lambda n, r: (f"tgw of {n.first(r, n.vpcs_of_tgw(r))}", r.name),
    "tgw_attachments": _attachment,
    "tgw_route_tables": lambda n, r: (
        f"tgw table for {n.first(r, r.associations)}",
        n.near(r, r.transit_gateway_id),
    ),
    "flow_logs": lambda n, r: (f"flow log of {n.near(r, r.resource_id)}", r.destination_type),
    "load_balancers": lambda _, r: (f"load balancer {r.lb_name}", r.type),
    "target_groups": lambda n, r: (f"target group {r.protocol} {r.port}", n.near(r, r.vpc_id)),
    "listeners": lambda n, r: (f"listener {r.port} of {n.near(r, r.load_balancer_id)}", r.protocol),
    "endpoint_services": lambda n, r: (f"service behind {n.first(r, r.load_balancer_ids)}", r.name),
    "accelerators": lambda _, r: (f"accelerator {r.accelerator_name}", r.ips),
    "endpoint_groups": lambda n, r: (
        f"endpoint group {r.endpoint_region} of {n.near(r, r.accelerator_id)}",
        r.endpoints,
    ),
    "fsx_file_systems": lambda n, r: (f"file system in {n.first(r, r.subnet_ids)}", r.name),
    "ecs_services": lambda _, r: (f"service {r.service_name}", r.cluster),
}
"""
What each resource is, and what tells it from its like, by resources of kinds that come before it here.

Kinds that are missing are named by their users.
"""
