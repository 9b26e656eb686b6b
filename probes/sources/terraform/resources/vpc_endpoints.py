"""VPC endpoints, with what association resources add to them."""

from collections import defaultdict

from msgspec import UNSET
from msgspec.structs import replace

from probes.model.state import VpcEndpoint as ObservedEndpoint
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import flag_of, listed, tags_of
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, VpcDefaults
from probes.sources.terraform.schema.base import Attributes, Flag, Tagged, Text, Texts

FIELD_OF_ASSOCIATED = {
    "route_table_id": "route_table_ids",
    "subnet_id": "subnet_ids",
    "security_group_id": "group_ids",
}
Members = dict[str, set[str]]


class VpcEndpoint(Tagged, gc=False):
    """`aws_vpc_endpoint`."""

    vpc_id: Text = UNSET
    service_name: Text = UNSET
    vpc_endpoint_type: Text = UNSET
    state: Text = UNSET
    route_table_ids: Texts = UNSET
    subnet_ids: Texts = UNSET
    security_group_ids: Texts = UNSET
    network_interface_ids: Texts = UNSET
    private_dns_enabled: Flag = UNSET
    policy: Text = UNSET
    prefix_list_id: Text = UNSET
    cidr_blocks: Texts = UNSET


class VpcEndpointAssociation(Attributes, gc=False):
    """What a `aws_vpc_endpoint_…_association` adds to an endpoint."""

    vpc_endpoint_id: Text = UNSET
    route_table_id: Text = UNSET
    subnet_id: Text = UNSET
    security_group_id: Text = UNSET


class VpcEndpointPrivateDns(Attributes, gc=False):
    """`aws_vpc_endpoint_private_dns`."""

    vpc_endpoint_id: Text = UNSET
    private_dns_enabled: Flag = UNSET


class VpcEndpointPolicy(Attributes, gc=False):
    """`aws_vpc_endpoint_policy`."""

    vpc_endpoint_id: Text = UNSET
    policy: Text = UNSET


def read_endpoints(reader: Reader, defaults: VpcDefaults) -> list[ObservedEndpoint]:
    """VPC endpoints."""
    added, private_dns, policies = _associations(reader), _private_dns(reader), _policies(reader)
    return [
        replace(endpoint, policy=policies.get(endpoint.id, endpoint.policy))
        for instance in reader.of(VpcEndpoint, "aws_vpc_endpoint")
        for endpoint in [
            _endpoint(reader.own(instance), defaults, added[reader.identity(instance)], private_dns)
        ]
    ]


def _private_dns(reader: Reader) -> dict[str, bool]:
    """Private DNS where a resource of its own switches it."""
    switched = {}
    for instance in reader.of(VpcEndpointPrivateDns, "aws_vpc_endpoint_private_dns"):
        endpoint = reader.at(instance).one("vpc_endpoint_id")
        if endpoint:
            switched[endpoint] = flag_of(instance.attributes.private_dns_enabled, default=False)
    return switched


def _policies(reader: Reader) -> dict[str, str]:
    """Policies that a resource of its own sets."""
    policies = {}
    for instance in reader.of(VpcEndpointPolicy, "aws_vpc_endpoint_policy"):
        endpoint = reader.at(instance).one("vpc_endpoint_id")
        if endpoint:
            policies[endpoint] = reader.at(instance, endpoint).text("policy")
    return policies


def _associations(reader: Reader) -> dict[str, Members]:
    added: dict[str, Members] = defaultdict(lambda: defaultdict(set))
    for attribute, field in FIELD_OF_ASSOCIATED.items():
        name = f"aws_vpc_endpoint_{attribute.removesuffix('_id')}_association"
        for instance in reader.of(VpcEndpointAssociation, name):
            endpoint = reader.at(instance).one("vpc_endpoint_id")
            member = reader.at(instance, endpoint or "").one(attribute, field)
            if endpoint and member:
                added[endpoint][field].add(member)
    return added


def _endpoint(
    resource: ResourceReader[VpcEndpoint], defaults: VpcDefaults, added: Members, private_dns: dict[str, bool]
) -> ObservedEndpoint:
    vpc_id = resource.one("vpc_id")
    kind = resource.text("vpc_endpoint_type", "endpoint_type", default="Gateway")
    tables = {*resource.many("route_table_ids"), *added["route_table_ids"]}
    subnets = {*resource.one_per_zone("subnet_ids"), *added["subnet_ids"]}
    groups = {*resource.many("security_group_ids", "group_ids"), *added["group_ids"]}
    own_dns = resource.flag("private_dns_enabled", "private_dns", default=False)
    return ObservedEndpoint(
        region=resource.instance.region,
        id=resource.id,
        tags=tags_of(resource.attributes),
        vpc_id=vpc_id,
        service_name=resource.text("service_name", computed=True),
        endpoint_type=kind,
        state="available",
        route_table_ids=tuple(sorted(tables)),
        subnet_ids=tuple(sorted(subnets)),
        group_ids=tuple(sorted(groups)) or _default_group(resource.instance, kind, vpc_id, defaults),
        network_interface_ids=_interfaces(resource, kind),
        private_dns=private_dns.get(resource.id, own_dns),
        policy=resource.text("policy"),
    )


def _default_group(
    instance: ResourceInstance[VpcEndpoint], kind: str, vpc_id: str | None, defaults: VpcDefaults
) -> tuple[str, ...]:
    """An interface endpoint for which nobody chose a group has the VPC's default one."""
    if kind != "Interface" or not vpc_id or instance.configures("security_group_ids"):
        return ()
    return (defaults.part(vpc_id, SECURITY_GROUP),)


def _interfaces(resource: ResourceReader[VpcEndpoint], kind: str) -> tuple[str, ...]:
    known = resource.attributes.network_interface_ids
    if kind != "Gateway" and not isinstance(known, list):
        resource.chosen("network_interface_ids")
    return tuple(sorted(text for text in listed(known) if text))
