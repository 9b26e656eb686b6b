"""The state, part by part, from what one file shows."""

from collections.abc import Iterable
from itertools import pairwise
from operator import attrgetter
from typing import Any, TypeVar

from probes.model.checks.terraform_modules import PLACED
from probes.model.errors import InputError
from probes.model.state import PrefixList, Resource, State, Subnet, Vpc
from probes.model.state.base import GLOBAL
from probes.sources.terraform.file.module_tree import World
from probes.sources.terraform.kinds import ABOUT_OTHERS, KINDS
from probes.sources.terraform.resources import (
    accelerators,
    load_balancers,
    monitoring,
    storage,
    transit_gateways,
    vpc_endpoints,
    vpcs,
)
from probes.sources.terraform.resources.instances import Hosts
from probes.sources.terraform.resources.known_after_apply import note_unknown
from probes.sources.terraform.resources.network_acls import NetworkAcls
from probes.sources.terraform.resources.reader import Reading
from probes.sources.terraform.resources.security_groups import SecurityGroups
from probes.sources.terraform.resources.tgw_default_tables import DefaultTables
from probes.sources.terraform.resources.tgw_route_tables import TgwRouteTables
from probes.sources.terraform.resources.vpc_defaults import Defaults
from probes.sources.terraform.resources.vpc_route_tables import RouteTables

R = TypeVar("R", bound=Resource)
_PLACE = attrgetter("region", "id")


def translate(reading: Reading) -> State:
    """Everything the file shows, as the observed network."""
    subnets = vpcs.read_subnets(reading)
    parts = _network(reading, subnets) | _services(reading, subnets)
    _note_unplaced(reading)
    note_unknown(reading)
    reading.gap("metrics", "Terraform does not show what CloudWatch has measured")
    resources: dict[str, Any] = {kind: _sorted(reading, kind, found) for kind, found in parts.items()}
    regions = {resource.region for found in parts.values() for resource in found} - {"", GLOBAL}
    return State(
        source=_source(reading.world),
        regions=tuple(sorted(regions)),
        gaps=tuple(sorted(reading.gaps)),
        not_modelled=tuple(sorted(name for name in reading.world.instances if name not in KINDS)),
        addresses=tuple(
            sorted(i.shown.address for name in PLACED for i in reading.world.instances.get(name, ()))
        ),
        **resources,
    )


def _network(reading: Reading, subnets: list[Subnet]) -> dict[str, list[Any]]:
    prefix_lists, lists_of_endpoints = vpc_endpoints.read_prefix_lists(reading)
    defaults = Defaults(reading)
    found = vpcs.read_vpcs(reading)
    found_endpoints = vpc_endpoints.read_endpoints(reading, defaults)
    instances, interfaces = Hosts(reading, defaults, subnets).read()
    tables = RouteTables(reading, defaults, found, subnets).read(found_endpoints, lists_of_endpoints)
    parts: dict[str, list[Any]] = {
        "vpcs": found,
        "subnets": subnets,
        "vpc_route_tables": tables,
        "security_groups": SecurityGroups(reading, defaults, found).read(),
        "network_acls": NetworkAcls(reading, defaults, found, subnets).read(),
        "prefix_lists": prefix_lists,
        "network_interfaces": interfaces,
        "instances": instances,
        "internet_gateways": vpcs.read_internet_gateways(reading),
        "nat_gateways": vpcs.read_nat_gateways(reading, subnets),
        "vpc_peerings": vpcs.read_vpc_peerings(reading),
        "vpc_endpoints": found_endpoints,
    }
    return parts | _transit(reading, found, prefix_lists)


def _transit(reading: Reading, found: list[Vpc], prefix_lists: list[PrefixList]) -> dict[str, list[Any]]:
    defaults = DefaultTables(reading)
    gateways = transit_gateways.read_transit_gateways(reading, defaults)
    attachments = transit_gateways.read_attachments(reading, gateways)
    tables = TgwRouteTables(reading, defaults, gateways, attachments, found).read(prefix_lists)
    return {"transit_gateways": gateways, "tgw_attachments": attachments, "tgw_route_tables": tables}


def _services(reading: Reading, subnets: list[Subnet]) -> dict[str, list[Any]]:
    by_id = {subnet.id: subnet for subnet in subnets}
    return {
        "flow_logs": monitoring.read_flow_logs(reading),
        "log_groups": monitoring.read_log_groups(reading),
        "bucket_lifecycles": monitoring.read_bucket_lifecycles(reading),
        "load_balancers": load_balancers.read_load_balancers(reading, by_id),
        "listeners": load_balancers.read_listeners(reading),
        "target_groups": load_balancers.read_target_groups(reading),
        "endpoint_services": load_balancers.read_endpoint_services(reading),
        "accelerators": accelerators.read_accelerators(reading),
        "endpoint_groups": accelerators.read_endpoint_groups(reading),
        "fsx_file_systems": storage.read_file_systems(reading, by_id),
        "dynamo_tables": storage.read_tables(reading),
        "metric_alarms": monitoring.read_alarms(reading),
        "ecs_services": storage.read_ecs_services(reading),
        "auto_scaling_groups": storage.read_scaling_groups(reading),
        "kms_aliases": monitoring.read_key_aliases(reading),
    }


def _source(world: World) -> str:
    kinds = {"plan" if file.document.planned_values else "state": file.path for file in world.files}
    if len(world.files) == 1:
        return "".join(f"Terraform {kind} {path}" for kind, path in kinds.items())
    return f"{len(world.files)} Terraform files ({', '.join(sorted(kinds))})"


def _note_unplaced(reading: Reading) -> None:
    """A resource of an unknown Region may belong to any, so nobody knows any Region's resources of its kind."""
    for name, kind in KINDS.items():
        for instance in reading.world.instances.get(name, ()):
            if not instance.region and name not in ABOUT_OTHERS:
                reading.gap(kind, f"{instance.address}: its Region cannot be told")


def _sorted(reading: Reading, kind: str, found: Iterable[R]) -> tuple[R, ...]:
    resources = tuple(sorted(found, key=_PLACE))
    for first, second in pairwise(resources):
        if first.id == second.id and first.region == second.region:
            places = ", ".join(str(file.path) for file in reading.world.files)
            raise InputError(f"{places}: {kind}: {first.label} is there twice")
    return resources
