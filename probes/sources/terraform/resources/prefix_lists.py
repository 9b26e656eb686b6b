"""Prefix lists: the customer's own, and those of AWS that gateway endpoints use."""

import re
from collections import defaultdict

import msgspec
from msgspec import UNSET, UnsetType

from probes.model.state import PrefixList as ObservedList
from probes.sources.terraform.file.module_tree import ResourceInstance
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.values import Network, listed, number_of, parsed, tags_of, text_of
from probes.sources.terraform.resources.vpc_endpoints import VpcEndpoint
from probes.sources.terraform.schema.base import Attributes, Number, Tagged, Text, Texts

COLLECTION = "prefix_lists"
PART = "prefix_list_id"
_AWS_LIST = re.compile(r"com\.amazonaws\.([a-z]{2,}(?:-[a-z]+)+-\d+)\.")


class PrefixListEntry(msgspec.Struct, gc=False):
    """One entry written inside a prefix list."""

    cidr: Text = UNSET


class PrefixList(Tagged, gc=False):
    """`aws_ec2_managed_prefix_list`."""

    name: Text = UNSET
    owner_id: Text = UNSET
    max_entries: Number = UNSET
    entry: list[PrefixListEntry] | UnsetType | None = UNSET


class SinglePrefixListEntry(Attributes, gc=False):
    """`aws_ec2_managed_prefix_list_entry`."""

    prefix_list_id: Text = UNSET
    cidr: Text = UNSET


class ReadPrefixList(msgspec.Struct, gc=False):
    """`data.aws_prefix_list` and `data.aws_ec2_managed_prefix_list`."""

    id: Text = UNSET
    name: Text = UNSET
    cidr_blocks: Texts = UNSET
    entries: list[PrefixListEntry] | UnsetType | None = UNSET


_READ_LIST = msgspec.json.Decoder(ReadPrefixList)


def read_prefix_lists(reader: Reader) -> tuple[list[ObservedList], dict[str, str]]:
    """The customer's prefix lists and AWS's own that gateway endpoints use; and which list each endpoint uses."""
    entries = _single_entries(reader)
    lists = [
        _customer_list(reader, instance, entries)
        for instance in reader.of(PrefixList, "aws_ec2_managed_prefix_list")
    ]
    read = _read_lists(reader)
    used: dict[str, str] = {}
    found: dict[str, ObservedList] = {}
    for endpoint in reader.of(VpcEndpoint, "aws_vpc_endpoint"):
        if text_of(endpoint.attributes.vpc_endpoint_type, "Gateway") != "Gateway":
            continue
        known = read.get(text_of(endpoint.attributes.service_name))
        prefix_list = known or _endpoint_list(reader, endpoint)
        reader.ids.adopt(reader.ids.own_part(endpoint, PART), prefix_list.id)
        used[reader.identity(endpoint)] = prefix_list.id
        found[prefix_list.id] = prefix_list
    found |= {prefix_list.id: prefix_list for prefix_list in read.values()}
    return [*lists, *found.values()], used


def _customer_list(
    reader: Reader, instance: ResourceInstance[PrefixList], entries: dict[str, list[Network]]
) -> ObservedList:
    resource, attributes = reader.own(instance), instance.attributes
    cidrs = list(entries[resource.id])
    for entry in listed(attributes.entry):
        if isinstance(entry.cidr, str):
            cidrs.append(reader.network(instance, "entry.cidr", entry.cidr))
        else:
            resource.unknown("entry.cidr", "cidrs")
    if attributes.entry is UNSET and instance.configures("entry"):
        resource.unknown("entry", "cidrs")
    return ObservedList(
        region=instance.region,
        id=resource.id,
        tags=tags_of(attributes),
        list_name=text_of(attributes.name),
        owner_id=text_of(attributes.owner_id),
        cidrs=tuple(dict.fromkeys(cidrs)),
        max_entries=number_of(attributes.max_entries),
    )


def _single_entries(reader: Reader) -> dict[str, list[Network]]:
    entries = defaultdict(list)
    for instance in reader.of(SinglePrefixListEntry, "aws_ec2_managed_prefix_list_entry"):
        list_id, cidr = reader.at(instance).one(PART), instance.attributes.cidr
        if list_id and isinstance(cidr, str):
            entries[list_id].append(reader.network(instance, "cidr", cidr))
        elif list_id:
            reader.at(instance, list_id).unknown("cidr", "cidrs")
    return entries


def _endpoint_list(reader: Reader, instance: ResourceInstance[VpcEndpoint]) -> ObservedList:
    """AWS's list behind a gateway endpoint, which only a state knows."""
    attributes, list_id = instance.attributes, reader.ids.part(instance, PART)
    if not isinstance(attributes.cidr_blocks, list):
        reader.at(instance, list_id, COLLECTION).unknown("cidr_blocks", "cidrs")
    texts = listed(attributes.cidr_blocks)
    cidrs = [reader.network(instance, "cidr_blocks", text) for text in texts if text]
    return _aws_list(instance.region, list_id, text_of(attributes.service_name), cidrs)


def _read_lists(reader: Reader) -> dict[str, ObservedList]:
    """AWS's lists that data sources have read, by service name."""
    lists = {}
    sources = [
        (file.path, source)
        for file in reader.tree.files
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
            cidrs = [parsed(f"{path}: {source.address}", text) for text in dict.fromkeys(texts) if text]
            lists[name] = _aws_list(region[1], list_id, name, cidrs)
    return lists


def _aws_list(region: str, list_id: str, name: str, cidrs: list[Network]) -> ObservedList:
    return ObservedList(region=region, id=list_id, list_name=name, owner_id="AWS", cidrs=tuple(cidrs))
