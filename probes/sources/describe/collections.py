"""What the responses of one Region say, collection by collection, and what they leave out."""

from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from probes.model.state import (
    FsxFileSystem,
    Gap,
    Instance,
    Metric,
    PrefixList,
    Resource,
    TargetGroup,
    TgwAttachment,
)
from probes.model.state.base import GLOBAL
from probes.sources.describe import edge, gateways, storage, tgw_tables, vpc
from probes.sources.describe.region import RegionResponses
from probes.sources.describe.response_keys import GLOBAL_KEYS, REGIONAL_KEYS, ResponseKey

TERMINATED = frozenset({"shutting-down", "terminated"})


def resources_of(responses: RegionResponses) -> Mapping[str, tuple[Resource, ...]]:
    """The resources of one Region by collection of the state."""
    keys = _keys_of(responses)
    found = {row.collection: responses.resources(key) for key, row in keys.items() if row.translation}
    joined = {} if responses.region == GLOBAL else _joined(responses)
    return found | {kind: tuple(resources) for kind, resources in joined.items()}


def _keys_of(responses: RegionResponses) -> Mapping[str, ResponseKey]:
    return GLOBAL_KEYS if responses.region == GLOBAL else REGIONAL_KEYS


def _joined(responses: RegionResponses) -> Mapping[str, Iterable[Resource]]:
    """What several responses tell together."""
    attachments = tuple(tgw_tables.attachments(responses))
    return {
        "prefix_lists": _prefix_lists(responses),
        "instances": _instances(responses),
        "tgw_attachments": attachments,
        "tgw_route_tables": tgw_tables.route_tables(responses, attachments),
        "target_groups": _target_groups(responses),
        "metrics": _metrics(responses),
    }


def gaps_of(responses: RegionResponses, found: Mapping[str, Iterable[Resource]]) -> Iterable[Gap]:
    """The collections, and the fields of the resources found, that no response of the Region covers."""
    yield from _unseen(responses)
    if responses.region == GLOBAL:
        return
    attachments = [each for each in found["tgw_attachments"] if isinstance(each, TgwAttachment)]
    yield from tgw_tables.attachment_gaps(responses, attachments)
    yield from tgw_tables.route_table_gaps(responses, attachments)
    for item in _lists(responses).values():
        if item.cidrs is None:
            yield responses.gap(
                "prefix_lists", "ManagedPrefixListEntries", resource=item.prefix_list_id, field="cidrs"
            )
    yield from _untyped(responses.region, found["fsx_file_systems"])
    health = responses.by_id("LoadBalancerTargetHealth")
    for item in responses.items("TargetGroups"):
        if item.id not in health:
            yield responses.gap(
                "target_groups", "LoadBalancerTargetHealth", resource=item.id, field="targets"
            )


def _unseen(responses: RegionResponses) -> Iterable[Gap]:
    for key, row in _keys_of(responses).items():
        if row.collection and not responses.has(key) and not _is_detailed(responses, key):
            yield responses.gap(row.collection, key)


def _is_detailed(responses: RegionResponses, key: str) -> bool:
    """Whether the responses about each kind of attachment make up for the general one."""
    details = (tgw_tables.VPC_DETAIL, tgw_tables.PEERING_DETAIL)
    return key == tgw_tables.ATTACHMENTS and all(map(responses.has, details))


def _untyped(region: str, file_systems: Iterable[Resource]) -> Iterable[Gap]:
    for each in file_systems:
        if isinstance(each, FsxFileSystem) and not each.type:
            reason = "its FileSystems response has no FileSystemType"
            yield Gap(kind="fsx_file_systems", region=region, resource=each.id, field="type", reason=reason)


def _prefix_lists(responses: RegionResponses) -> Iterable[PrefixList]:
    return [vpc.prefix_list(responses.region, item) for item in _lists(responses).values()]


def _lists(responses: RegionResponses) -> dict[str, vpc.RawPrefixList]:
    """Each prefix list once, with the CIDRs that any response gives it."""
    entries = responses.by_id("ManagedPrefixListEntries")
    cidrs = {name: tuple(entry.cidr for entry in item.entries) for name, item in entries.items()}
    lists: dict[str, vpc.RawPrefixList] = {}
    for item in sorted(responses.items("PrefixLists"), key=lambda each: each.cidrs is None):
        if item.cidrs is not None:
            cidrs.setdefault(item.prefix_list_id, item.cidrs)
        lists[item.prefix_list_id] = replace(item, cidrs=cidrs.get(item.prefix_list_id))
    return lists


def _instances(responses: RegionResponses) -> Iterable[Instance]:
    for reservation in responses.items("Reservations"):
        for item in reservation.instances:
            if item.state.name not in TERMINATED:
                yield gateways.instance(responses.region, item)


def _target_groups(responses: RegionResponses) -> Iterable[TargetGroup]:
    health = responses.by_id("LoadBalancerTargetHealth")
    for item in responses.items("TargetGroups"):
        yield edge.target_group(responses.region, item, health.get(item.id))


def _metrics(responses: RegionResponses) -> Iterable[Metric]:
    statistics = responses.by_id("MetricStatistics")
    for name, item in responses.by_id("Metrics").items():
        yield storage.metric(responses.region, item, statistics.get(name))
