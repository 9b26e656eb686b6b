"""What the source of a drawn network could not see: a field of one resource, or a Region's whole collection."""

from typing import Any

from msgspec.structs import replace

from probes.model.state import Gap, State
from suites.selftest.reachability.random_source import Drawing

FIELDS = (
    ("network_acls", "entries"),
    ("security_groups", "ingress"),
    ("security_groups", "egress"),
    ("vpc_route_tables", "routes"),
    ("tgw_route_tables", "routes"),
    ("network_interfaces", "public_ips"),
    ("prefix_lists", "cidrs"),
    ("tgw_attachments", "state"),
)
COLLECTIONS = (
    "network_acls",
    "internet_gateways",
    "nat_gateways",
    "vpc_endpoints",
    "vpc_peerings",
    "prefix_lists",
    "vpc_route_tables",
    "tgw_route_tables",
    "tgw_attachments",
)


def with_gap(drawing: Drawing, state: State) -> State:
    """The network with one gap."""
    if drawing.one((True, False)):
        kind, region = drawing.one(COLLECTIONS), drawing.one(state.regions)
        kept = tuple(each for each in getattr(state, kind) if each.region != region)
        gap = Gap(kind=kind, region=region, reason="denied")
        return replace(state, gaps=(gap,), **{kind: kept})
    kind, field = drawing.one(FIELDS)
    resource = drawing.one(getattr(state, kind))
    gap = Gap(kind=kind, region=resource.region, resource=resource.id, field=field, reason="planned")
    seen = _half_seen(drawing, resource, field) if drawing.one((True, False)) else resource
    resources = tuple(seen if each is resource else each for each in getattr(state, kind))
    return replace(state, gaps=(gap,), **{kind: resources})


def _half_seen(drawing: Drawing, resource: Any, field: str) -> Any:  # noqa: ANN401 - any resource of the state
    """The resource with one rule whose peer, or one route whose target, is not known."""
    unknown = {"ingress": "peer", "egress": "peer", "routes": "target_id"}.get(field)
    rows = getattr(resource, field)
    if unknown is None or not rows or not hasattr(rows[0], unknown):
        return resource
    place = drawing.pick(len(rows))
    changed = tuple(replace(row, **{unknown: None}) if n == place else row for n, row in enumerate(rows))
    return replace(resource, **{field: changed})
