"""
The spec lint: where the document contradicts itself, its own arithmetic or AWS.

Every finding is computed from the spec's fields, so a corrected document loses exactly the findings that it
corrects. The IDs C01 to C34 are permanent.
"""

from collections.abc import Callable, Iterator

from probes.model import (
    spec_lint_access,
    spec_lint_addresses,
    spec_lint_edge,
    spec_lint_figures,
    spec_lint_routing,
    spec_lint_services,
)
from probes.model.spec import Spec
from probes.model.spec_finding import Finding

LINTS: tuple[Callable[[Spec], Iterator[Finding]], ...] = (
    spec_lint_addresses.attachment_subnets,
    spec_lint_addresses.vpc_routes,
    spec_lint_routing.rerouting,
    spec_lint_routing.added_latency,
    spec_lint_routing.autonomous_systems,
    spec_lint_access.references_across_regions,
    spec_lint_access.lustre_ports,
    spec_lint_access.flows_without_rule,
    spec_lint_edge.acl_against_clients,
    spec_lint_edge.acl_against_gateway_endpoint,
    spec_lint_edge.tenant_path,
    spec_lint_edge.accelerator_names,
    spec_lint_edge.endpoint_types,
    spec_lint_access.peers_without_group,
    spec_lint_figures.peering_cost,
    spec_lint_figures.tgw_total,
    spec_lint_addresses.fsx_subnets,
    spec_lint_figures.concurrent_loading,
    spec_lint_figures.sold_throughput,
    spec_lint_services.mount_string,
    spec_lint_addresses.tenant_range,
    spec_lint_figures.latency_bounds,
    spec_lint_figures.latency_union,
    spec_lint_figures.bandwidth_ceiling,
    spec_lint_figures.recovery_time,
    spec_lint_services.metric_meanings,
    spec_lint_services.missing_metrics,
    spec_lint_edge.internet_gateways,
    spec_lint_services.encryption,
    spec_lint_services.tenant_keys,
    spec_lint_services.replication_limit,
    spec_lint_services.expansion_steps,
    spec_lint_routing.failover_path,
    spec_lint_edge.platform_services,
    spec_lint_access.redundant_rules,
    spec_lint_services.flow_log_uses,
    spec_lint_figures.hours_of_a_month,
    spec_lint_addresses.placement,
    spec_lint_addresses.mtu,
)


_last: list[tuple[Spec, tuple[Finding, ...]]] = []


def lint(spec: Spec) -> tuple[Finding, ...]:
    """
    All findings, by ID; those of the spec that was asked about last are kept, as a session asks for each ID.
    """
    if not _last or _last[0][0] is not spec:
        _last[:] = [(spec, tuple(sorted(finding for one in LINTS for finding in one(spec))))]
    return _last[0][1]
