"""The state, collection by collection, from what the files show."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, TypeVar, get_args, get_type_hints

from probes.model.checks.terraform_modules import PLACED
from probes.model.state import PrefixList, Resource, State, Vpc
from probes.model.state.base import GLOBAL
from probes.sources.terraform.file.module_tree import ModuleTree
from probes.sources.terraform.file.same_resources import Contradiction
from probes.sources.terraform.resources import (
    monitoring,
    network_firewalls,
    prefix_lists,
    storage,
    transit_gateways,
    vpc_endpoints,
    vpcs,
)
from probes.sources.terraform.resources.fields import read_fields
from probes.sources.terraform.resources.instances import Instances
from probes.sources.terraform.resources.network_acls import NetworkAcls
from probes.sources.terraform.resources.reader import Reader
from probes.sources.terraform.resources.security_groups import SecurityGroups
from probes.sources.terraform.resources.tgw_default_tables import DefaultTables
from probes.sources.terraform.resources.tgw_route_tables import TgwRouteTables
from probes.sources.terraform.resources.vpc_defaults import VpcDefaults
from probes.sources.terraform.resources.vpc_route_tables import RouteTables
from probes.sources.terraform.schema.resource_types import RESOURCE_TYPES

R = TypeVar("R", bound=Resource)
Collections = dict[str, list[Any]]
_PLACE = attrgetter("region", "id")


def translate(reader: Reader, contradictions: Sequence[Contradiction]) -> State:
    """Everything the files show, as the observed network."""
    collections = _network(reader) | _services(reader)
    _note_unplaced(reader)
    for each in contradictions:
        _note_contradiction(reader, each)
    reader.gap("metrics", "Terraform does not show what CloudWatch has measured", after_apply=True)
    resources: dict[str, Any] = {kind: _sorted(found) for kind, found in collections.items()}
    regions = {resource.region for found in collections.values() for resource in found} - {"", GLOBAL}
    instances = reader.tree.instances
    return State(
        source=_source(reader.tree),
        regions=tuple(sorted(regions)),
        gaps=tuple(sorted(reader.gaps)),
        not_modelled=tuple(sorted(name for name in instances if name not in RESOURCE_TYPES)),
        addresses=tuple(sorted(each.shown.address for name in PLACED for each in instances.get(name, ()))),
        **resources,
    )


def _network(reader: Reader) -> Collections:
    subnets = vpcs.read_subnets(reader)
    reader.subnets = {subnet.id: subnet for subnet in subnets}
    lists, lists_of_endpoints = prefix_lists.read_prefix_lists(reader)
    defaults = VpcDefaults(reader)
    found = vpcs.read_vpcs(reader)
    endpoints = vpc_endpoints.read_endpoints(reader, defaults)
    instances, interfaces = Instances(reader, defaults).read()
    collections: Collections = {
        "vpcs": found,
        "subnets": subnets,
        "vpc_route_tables": RouteTables(reader, defaults, found).read(endpoints, lists_of_endpoints),
        "security_groups": SecurityGroups(reader, defaults, found).read(),
        "network_acls": NetworkAcls(reader, defaults, found).read(),
        "prefix_lists": lists,
        "network_interfaces": interfaces,
        "instances": instances,
        "internet_gateways": vpcs.read_internet_gateways(reader),
        "nat_gateways": vpcs.read_nat_gateways(reader),
        "vpc_peerings": vpcs.read_vpc_peerings(reader),
        "vpc_endpoints": [*endpoints, *network_firewalls.read_firewall_endpoints(reader)],
    }
    return collections | _transit(reader, found, lists)


def _transit(reader: Reader, found: list[Vpc], lists: list[PrefixList]) -> Collections:
    defaults = DefaultTables(reader)
    gateways = transit_gateways.read_transit_gateways(reader, defaults)
    attachments = transit_gateways.read_attachments(reader, gateways)
    tables = TgwRouteTables(reader, defaults, gateways, attachments, found).read(lists)
    return {"transit_gateways": gateways, "tgw_attachments": attachments, "tgw_route_tables": tables}


def _services(reader: Reader) -> Collections:
    """The plain services by their field maps, and those that need more."""
    found: Collections = defaultdict(list)
    for name, row in RESOURCE_TYPES.items():
        if row.fields:
            found[row.collection] += read_fields(reader, row.fields, name)
    found["bucket_lifecycles"] = monitoring.read_bucket_lifecycles(reader)
    found["dynamo_tables"] = storage.read_tables(reader)
    return found


def _source(tree: ModuleTree) -> str:
    kinds = {"plan" if file.document.planned_values else "state": file.path for file in tree.files}
    if len(tree.files) == 1:
        return "".join(f"Terraform {kind} {path}" for kind, path in kinds.items())
    return f"{len(tree.files)} Terraform files ({', '.join(sorted(kinds))})"


def _note_unplaced(reader: Reader) -> None:
    """A resource of an unknown Region may belong to any, so nobody knows any Region's resources of its kind."""
    for name, row in RESOURCE_TYPES.items():
        for instance in reader.tree.instances.get(name, ()):
            if not instance.region and not row.about_others:
                reader.at(instance).gap("its Region cannot be told")


def _note_contradiction(reader: Reader, found: Contradiction) -> None:
    """What two configurations say of one resource in contradiction leaves every field of it unknown."""
    schema = RESOURCE_TYPES[found.instance.type]
    resource = "" if schema.about_others else found.instance.identity
    differing = ", ".join(found.attributes)
    reason = f"{found.other.address} has another {differing}: whichever is applied last decides"
    for field in _fields_of(schema.collection) if resource else ("",):
        reader.at(found.instance, resource).gap(reason, field)


def _fields_of(collection: str) -> Iterable[str]:
    (resource, _) = get_args(get_type_hints(State)[collection])
    return (name for name in resource.__struct_fields__ if name not in Resource.__struct_fields__)


def _sorted(found: Iterable[R]) -> tuple[R, ...]:
    """In order, and once each: a name is that of one resource only within a Region that is known."""
    resources: list[R] = []
    for each in sorted(found, key=_PLACE):
        if not (resources and each.region and each == resources[-1]):
            resources.append(each)
    return tuple(resources)
