"""The CloudWatch alarms on the network, and what its metrics say."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.monitoring import bytes_between_regions, replication_latency_ms, watched_metrics
from probes.model.conformance.verdict import Violation, violation_unless
from probes.model.spec import DynamoSpec, Spec
from probes.model.spec.claims import MetricClaim, RegionClaim

rule = pytest.mark.rule


@rule("metric-alarm")
def test_transit_gateway_metric_is_watched(documented: Documented, metric_claim: MetricClaim) -> None:
    """An enabled alarm that can fire and tells somebody watches the metric of the whole Transit Gateway."""
    transit_gateway, metric = documented.transit_gateway(metric_claim.gateway), metric_claim.metric
    watched = watched_metrics(documented, transit_gateway)
    violations = violation_unless(
        metric in watched,
        resource=transit_gateway.label,
        expected=f"an enabled alarm with actions that can fire, on AWS/TransitGateway {metric}",
        observed=f"alarms on {', '.join(sorted(watched)) or 'none of its metrics'}",
        hint="create a CloudWatch alarm for this metric",
    )

    assert violations == []


@rule("replication-latency")
def test_replication_is_as_fast_as_documented(
    documented: Documented, dynamodb_spec: DynamoSpec, fast_replica_claim: RegionClaim
) -> None:
    """The observed replication latency to each other Region is below the documented limit."""
    region, limit_ms = fast_replica_claim.region, (dynamodb_spec.replication_limit_s or 0) * 1000
    violations = [
        Violation(
            resource=f"{table} {region} to {receiver}",
            expected=f"less than {limit_ms:g} ms",
            observed=f"p99 {latency_ms:g} ms over the last day",
            hint="AWS gives no guarantee here; look for throttling, or correct the document",
        )
        for table, receiver, latency_ms in replication_latency_ms(documented, region)
        if latency_ms >= limit_ms
    ]

    assert violations == []


@rule("transfer-budget")
@pytest.mark.usefixtures("transfer_claim")
def test_inter_region_traffic_is_as_small_as_budgeted(
    spec: Spec, documented: Documented, own_traffic_gb: float
) -> None:
    """The bytes that left over all peerings in 30 days stay within the budgeted gigabytes per month.

    What this suite's own throughput tests sent is not the network's.
    """
    budget_gb = sum(row.gb_per_month for row in spec.cost.transfer)
    sent_gb = bytes_between_regions(documented) / 1e9 - own_traffic_gb
    violations = violation_unless(
        sent_gb <= budget_gb,
        resource="all peerings",
        expected=f"at most {budget_gb:g} GB in 30 days",
        observed=f"{sent_gb:g} GB{f', and {own_traffic_gb:g} GB by this suite' if own_traffic_gb else ''}",
        hint="find the talkers in the flow logs, or raise the budget in the document",
    )

    assert violations == []
