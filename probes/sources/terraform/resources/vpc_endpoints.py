"""VPC endpoints and prefix lists, which meet in the routes of gateway endpoints."""

import re
from collections import defaultdict
from functools import partial

import msgspec
from msgspec.structs import replace

from probes.model.state import PrefixList, VpcEndpoint
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.availability_zones import one_per_zone
from probes.sources.terraform.resources.reader import Network, Reading, flag_of, number_of, tags_of, text_of
from probes.sources.terraform.resources.vpc_defaults import SECURITY_GROUP, Defaults
from probes.sources.terraform.schema import filters
from probes.sources.terraform.schema import vpc as network

KIND = "vpc_endpoints"
LISTS = "prefix_lists"
PART = "prefix_list_id"
_FIELDS = {
    "route_table_ids": "route_table_ids",
    "subnet_ids": "subnet_ids",
    "security_group_ids": "group_ids",
}
_READ_LIST = msgspec.json.Decoder(filters.ReadPrefixList)
_AWS_LIST = re.compile(r"com\.amazonaws\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.")


def read_endpoints(reading: Reading, defaults: Defaults) -> list[VpcEndpoint]:
    """VPC endpoints with what association resources add to them."""
    added = _associations(reading)
    private_dns = _private_dns(reading)
    found = [
        _endpoint(reading, defaults, instance, added[reading.identity(instance)])
        for instance in reading.of(network.VpcEndpoint, "aws_vpc_endpoint")
    ]
    return [replace(each, private_dns=private_dns.get(each.id, each.private_dns)) for each in found]


def _private_dns(reading: Reading) -> dict[str, bool]:
    """Private DNS where a resource of its own switches it."""
    switched = {}
    for instance in reading.of(network.VpcEndpointPrivateDns, "aws_vpc_endpoint_private_dns"):
        value = instance.attributes.vpc_endpoint_id
        endpoint = reading.one(instance, value, "vpc_endpoint_id", KIND)
        if endpoint:
            switched[endpoint] = flag_of(instance.attributes.private_dns_enabled, default=False)
    return switched


def _endpoint(
    reading: Reading, defaults: Defaults, instance: Instance[network.VpcEndpoint], added: dict[str, set[str]]
) -> VpcEndpoint:
    attributes, place = instance.attributes, (KIND, reading.identity(instance))
    vpc_id = reading.one(instance, attributes.vpc_id, "vpc_id", *place, "vpc_id")
    kind = text_of(attributes.vpc_endpoint_type, "Gateway")
    members = partial(_members, reading, instance, added)
    if not isinstance(attributes.service_name, str):
        reading.unknown(instance, "service_name", *place, "service_name")
    return VpcEndpoint(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        vpc_id=vpc_id,
        service_name=text_of(attributes.service_name),
        endpoint_type=kind,
        state="available",
        route_table_ids=members("route_table_ids"),
        subnet_ids=members("subnet_ids"),
        group_ids=members("security_group_ids") or _default_group(instance, kind, vpc_id, defaults),
        network_interface_ids=_interfaces(reading, instance, kind),
        private_dns=flag_of(attributes.private_dns_enabled, default=False),
    )


def _members(
    reading: Reading, instance: Instance[network.VpcEndpoint], added: dict[str, set[str]], attribute: str
) -> tuple[str, ...]:
    place = (KIND, reading.identity(instance), _FIELDS[attribute])
    values = getattr(instance.attributes, attribute)
    own = reading.many(instance, values, attribute, *place)
    if attribute == "subnet_ids":
        one_per_zone(reading, instance, values, attribute, own, *place[:2])
    return tuple(sorted({*own, *added.get(attribute, ())}))


def _default_group(
    instance: Instance[network.VpcEndpoint], kind: str, vpc_id: str | None, defaults: Defaults
) -> tuple[str, ...]:
    """An interface endpoint for which nobody chose a group has the VPC's default one."""
    if kind != "Interface" or not vpc_id or configured(instance, "security_group_ids"):
        return ()
    return (defaults.part(vpc_id, SECURITY_GROUP),)


def _interfaces(reading: Reading, instance: Instance[network.VpcEndpoint], kind: str) -> tuple[str, ...]:
    known = instance.attributes.network_interface_ids
    if kind == "Gateway" or isinstance(known, list):
        return tuple(sorted(text for text in known or () if text)) if isinstance(known, list) else ()
    field = "network_interface_ids"
    reading.unknown(instance, field, KIND, reading.identity(instance), field)
    return ()


def _associations(reading: Reading) -> dict[str, dict[str, set[str]]]:
    added: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for what in ("route_table", "subnet", "security_group"):
        for instance in reading.of(network.VpcEndpointAssociation, f"aws_vpc_endpoint_{what}_association"):
            endpoint = reading.one(instance, instance.attributes.vpc_endpoint_id, "vpc_endpoint_id", KIND)
            value = getattr(instance.attributes, f"{what}_id")
            field = _FIELDS[f"{what}_ids"]
            member = reading.one(instance, value, f"{what}_id", KIND, endpoint or "", field)
            if endpoint and member:
                added[endpoint][f"{what}_ids"].add(member)
    return added


def read_prefix_lists(reading: Reading) -> tuple[list[PrefixList], dict[str, str]]:
    """The customer's prefix lists and AWS's own that gateway endpoints use; and which list each endpoint uses."""
    entries = _single_entries(reading)
    lists = [
        _customer_list(reading, instance, entries)
        for instance in reading.of(filters.PrefixList, "aws_ec2_managed_prefix_list")
    ]
    read = _read_lists(reading)
    used: dict[str, str] = {}
    found: dict[str, PrefixList] = {}
    for endpoint in reading.of(network.VpcEndpoint, "aws_vpc_endpoint"):
        if text_of(endpoint.attributes.vpc_endpoint_type, "Gateway") != "Gateway":
            continue
        known = read.get(text_of(endpoint.attributes.service_name))
        prefix_list = known or _endpoint_list(reading, endpoint)
        reading.identities.adopt(reading.identities.own_part(endpoint, PART), prefix_list.id)
        used[reading.identity(endpoint)] = prefix_list.id
        found[prefix_list.id] = prefix_list
    found |= {prefix_list.id: prefix_list for prefix_list in read.values()}
    return [*lists, *found.values()], used


def _customer_list(
    reading: Reading, instance: Instance[filters.PrefixList], entries: dict[str, list[Network]]
) -> PrefixList:
    attributes, list_id = instance.attributes, reading.identity(instance)
    cidrs = list(entries[list_id])
    for entry in attributes.entry if isinstance(attributes.entry, list) else ():
        if isinstance(entry.cidr, str):
            cidrs.append(reading.network(instance, "entry.cidr", entry.cidr))
        else:
            reading.unknown(instance, "entry.cidr", LISTS, list_id, "cidrs")
    if not isinstance(attributes.entry, list) and configured(instance, "entry"):
        reading.unknown(instance, "entry", LISTS, list_id, "cidrs")
    return PrefixList(
        region=instance.region,
        id=list_id,
        tags=tags_of(attributes),
        list_name=text_of(attributes.name),
        owner_id=text_of(attributes.owner_id),
        cidrs=tuple(dict.fromkeys(cidrs)),
        max_entries=number_of(attributes.max_entries),
    )


def _single_entries(reading: Reading) -> dict[str, list[Network]]:
    entries = defaultdict(list)
    for instance in reading.of(filters.SinglePrefixListEntry, "aws_ec2_managed_prefix_list_entry"):
        list_id = reading.one(instance, instance.attributes.prefix_list_id, PART, LISTS)
        if list_id and isinstance(instance.attributes.cidr, str):
            entries[list_id].append(reading.network(instance, "cidr", instance.attributes.cidr))
        elif list_id:
            reading.unknown(instance, "cidr", LISTS, list_id, "cidrs")
    return entries


def _endpoint_list(reading: Reading, instance: Instance[network.VpcEndpoint]) -> PrefixList:
    """AWS's list behind a gateway endpoint, which only a state knows."""
    attributes, list_id = instance.attributes, reading.identities.part(instance, PART)
    known = attributes.cidr_blocks if isinstance(attributes.cidr_blocks, list) else None
    if known is None:
        reading.unknown(instance, "cidr_blocks", LISTS, list_id, "cidrs")
    cidrs = [reading.network(instance, "cidr_blocks", text) for text in known or () if text]
    return _aws_list(instance.region, list_id, text_of(attributes.service_name), cidrs)


def _read_lists(reading: Reading) -> dict[str, PrefixList]:
    """AWS's lists that data sources have read, by service name."""
    lists = {}
    sources = [
        (file.path, source)
        for file in reading.world.files
        for each in file.data_sources.values()
        for source in each.values()
    ]
    for path, source in sources:
        if source.type not in ("aws_prefix_list", "aws_ec2_managed_prefix_list"):
            continue
        values = _READ_LIST.decode(source.values)
        name, list_id = text_of(values.name), text_of(values.id)
        region = _AWS_LIST.match(name)
        if region and list_id:
            texts = [*(values.cidr_blocks or ()), *(entry.cidr for entry in values.entries or ())]
            cidrs = [
                reading.parse(f"{path}: {source.address}", text) for text in dict.fromkeys(texts) if text
            ]
            lists[name] = _aws_list(region[1], list_id, name, cidrs)
    return lists


def _aws_list(region: str, list_id: str, name: str, cidrs: list[Network]) -> PrefixList:
    return PrefixList(region=region, id=list_id, list_name=name, owner_id="AWS", cidrs=tuple(cidrs))
