"""The spec lint: where the document contradicts itself, its own arithmetic or AWS.

Every finding is computed from the spec's fields, so a corrected document loses exactly the findings that it
corrects. The IDs C01 to C34 are permanent.
"""

from collections.abc import Callable, Iterator

from probes.model.spec import Spec
from probes.model.spec_checks import access, addresses, edge, figures, routing, services
from probes.model.spec_checks.finding import Finding

LINTS: tuple[Callable[[Spec], Iterator[Finding]], ...] = (
    addresses.attachment_subnets,
    addresses.vpc_routes,
    routing.rerouting,
    routing.added_latency,
    routing.autonomous_systems,
    access.references_across_regions,
    access.lustre_ports,
    access.flows_without_rule,
    edge.acl_against_clients,
    edge.acl_against_gateway_endpoint,
    edge.tenant_path,
    edge.accelerator_names,
    edge.endpoint_types,
    access.peers_without_group,
    figures.peering_cost,
    figures.tgw_total,
    addresses.fsx_subnets,
    figures.concurrent_loading,
    figures.sold_throughput,
    services.mount_string,
    addresses.tenant_range,
    figures.latency_bounds,
    figures.latency_union,
    figures.bandwidth_ceiling,
    figures.recovery_time,
    services.metric_meanings,
    services.missing_metrics,
    edge.internet_gateways,
    services.encryption,
    services.tenant_keys,
    services.replication_limit,
    services.expansion_steps,
    routing.failover_path,
    edge.platform_services,
    access.redundant_rules,
    services.flow_log_uses,
    figures.hours_of_a_month,
    addresses.placement,
    addresses.mtu,
)


_last: list[tuple[Spec, tuple[Finding, ...]]] = []


def lint(spec: Spec) -> tuple[Finding, ...]:
    """All findings, by ID; those of the spec that was asked about last are kept, as a session asks for each ID."""
    if not _last or _last[0][0] is not spec:
        _last[:] = [(spec, tuple(sorted(finding for one in LINTS for finding in one(spec))))]
    return _last[0][1]
