"""What the answers of one Region say, collection by collection, and what they leave out."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from probes.model.state import Gap, Instance, Metric, PrefixList, Resource, TargetGroup, TgwAttachment
from probes.model.state.base import GLOBAL
from probes.sources.describe import edge, gateways, storage, tgw, tgw_tables, vpc
from probes.sources.describe.raw_vpc import RawPrefixList
from probes.sources.describe.region import RegionAnswers

Translator = Callable[[str, Any], Resource]

ONE_TO_ONE: dict[str, tuple[str, Translator]] = {
    "subnets": ("Subnets", vpc.subnet),
    "vpc_route_tables": ("RouteTables", vpc.vpc_route_table),
    "security_groups": ("SecurityGroups", vpc.security_group),
    "network_acls": ("NetworkAcls", vpc.network_acl),
    "network_interfaces": ("NetworkInterfaces", vpc.network_interface),
    "internet_gateways": ("InternetGateways", gateways.internet_gateway),
    "nat_gateways": ("NatGateways", gateways.nat_gateway),
    "vpc_peerings": ("VpcPeeringConnections", gateways.vpc_peering),
    "vpc_endpoints": ("VpcEndpoints", gateways.vpc_endpoint),
    "transit_gateways": ("TransitGateways", tgw.transit_gateway),
    "flow_logs": ("FlowLogs", gateways.flow_log),
    "log_groups": ("logGroups", edge.log_group),
    "bucket_lifecycles": ("BucketLifecycleConfigurations", edge.bucket_lifecycle),
    "load_balancers": ("LoadBalancers", edge.load_balancer),
    "endpoint_services": ("ServiceConfigurations", gateways.endpoint_service),
    "dynamo_tables": ("Tables", storage.dynamo_table),
    "metric_alarms": ("MetricAlarms", storage.metric_alarm),
    "ecs_services": ("services", storage.ecs_service),
    "auto_scaling_groups": ("AutoScalingGroups", storage.auto_scaling_group),
    "kms_aliases": ("Aliases", storage.kms_alias),
    "listeners": ("Listeners", edge.listener),
    "fsx_file_systems": ("FileSystems", storage.fsx_file_system),
}
"""
Collections whose resources each come from one item of one answer.
"""

KEY_OF_KIND: dict[str, str] = {
    **{kind: key for kind, (key, _) in ONE_TO_ONE.items()},
    "vpcs": "Vpcs",
    "prefix_lists": "PrefixLists",
    "instances": "Reservations",
    "tgw_attachments": "TransitGatewayAttachments",
    "tgw_route_tables": "TransitGatewayRouteTables",
    "target_groups": "TargetGroups",
    "metrics": "Metrics",
}
"""
The answer without which a Region's collection is unseen.
"""

KEY_OF_GLOBAL_KIND = {"accelerators": "Accelerators", "endpoint_groups": "EndpointGroups"}
TERMINATED = frozenset({"shutting-down", "terminated"})
GLOBAL_KEYS = frozenset(KEY_OF_GLOBAL_KIND.values())


def resources_of(answers: RegionAnswers) -> Mapping[str, tuple[Resource, ...]]:
    """The resources of one Region by collection of the state."""
    return {kind: tuple(resources) for kind, resources in _resources(answers).items()}


def _resources(answers: RegionAnswers) -> Mapping[str, Iterable[Resource]]:
    if answers.region == GLOBAL:
        return {
            "accelerators": map(edge.accelerator, answers.items("Accelerators")),
            "endpoint_groups": map(edge.endpoint_group, answers.items("EndpointGroups")),
        }
    attachments = tuple(tgw_tables.attachments(answers))
    return {
        **_one_to_one(answers),
        "vpcs": answers.vpcs,
        "prefix_lists": _prefix_lists(answers),
        "instances": _instances(answers),
        "tgw_attachments": attachments,
        "tgw_route_tables": tgw_tables.route_tables(answers, attachments),
        "target_groups": _target_groups(answers),
        "metrics": _metrics(answers),
    }


def gaps_of(answers: RegionAnswers, found: Mapping[str, Iterable[Resource]]) -> Iterable[Gap]:
    """The collections, and the fields of the resources found, that no answer of the Region covers."""
    if answers.region == GLOBAL:
        yield from _unseen(answers, KEY_OF_GLOBAL_KIND)
        return
    yield from _unseen(answers, KEY_OF_KIND)
    attachments = [each for each in found["tgw_attachments"] if isinstance(each, TgwAttachment)]
    yield from tgw_tables.attachment_gaps(answers, attachments)
    yield from tgw_tables.route_table_gaps(answers, attachments)
    for item in _lists(answers).values():
        if item.cidrs is None:
            yield answers.gap(
                "prefix_lists", "ManagedPrefixListEntries", resource=item.prefix_list_id, field="cidrs"
            )
    health = answers.by_id("LoadBalancerTargetHealth")
    for item in answers.items("TargetGroups"):
        if item.target_group_arn not in health:
            yield answers.gap(
                "target_groups", "LoadBalancerTargetHealth", resource=item.target_group_arn, field="targets"
            )


def _unseen(answers: RegionAnswers, key_of_kind: Mapping[str, str]) -> Iterable[Gap]:
    for kind, key in key_of_kind.items():
        if not answers.has(key) and not (kind == "tgw_attachments" and _detailed(answers)):
            yield answers.gap(kind, key)


def _detailed(answers: RegionAnswers) -> bool:
    return answers.has(tgw_tables.VPC_DETAIL) and answers.has(tgw_tables.PEERING_DETAIL)


def _one_to_one(answers: RegionAnswers) -> dict[str, Iterable[Resource]]:
    return {
        kind: [translate(answers.region, item) for item in answers.items(key)]
        for kind, (key, translate) in ONE_TO_ONE.items()
    }


def _prefix_lists(answers: RegionAnswers) -> Iterable[PrefixList]:
    return [vpc.prefix_list(answers.region, item) for item in _lists(answers).values()]


def _lists(answers: RegionAnswers) -> dict[str, RawPrefixList]:
    """Each prefix list once, with the CIDRs that any answer gives it."""
    entries = answers.by_id("ManagedPrefixListEntries")
    cidrs = {name: tuple(entry.cidr for entry in item.entries) for name, item in entries.items()}
    lists: dict[str, RawPrefixList] = {}
    for item in sorted(answers.items("PrefixLists"), key=lambda each: each.cidrs is None):
        if item.cidrs is not None:
            cidrs.setdefault(item.prefix_list_id, item.cidrs)
        lists[item.prefix_list_id] = replace(item, cidrs=cidrs.get(item.prefix_list_id))
    return lists


def _instances(answers: RegionAnswers) -> Iterable[Instance]:
    for reservation in answers.items("Reservations"):
        for item in reservation.instances:
            if item.state.name not in TERMINATED:
                yield gateways.instance(answers.region, item)


def _target_groups(answers: RegionAnswers) -> Iterable[TargetGroup]:
    health = answers.by_id("LoadBalancerTargetHealth")
    for item in answers.items("TargetGroups"):
        yield edge.target_group(answers.region, item, health.get(item.target_group_arn))


def _metrics(answers: RegionAnswers) -> Iterable[Metric]:
    statistics = answers.by_id("MetricStatistics")
    for name, item in answers.by_id("Metrics").items():
        yield storage.metric(answers.region, item, statistics.get(name))
