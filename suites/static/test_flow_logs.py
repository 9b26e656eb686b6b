"""VPC flow logs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.monitoring import flow_logs_of, retention_days
from probes.model.conformance.verdict import in_words, mismatch, violation_unless
from probes.model.spec import FlowLogSpec
from probes.model.spec.claims import VpcClaim
from probes.model.state import FlowLog

rule = pytest.mark.rule


@rule("flow-log")
def test_vpc_has_an_active_delivering_flow_log(documented: Documented, flow_log_claim: VpcClaim) -> None:
    """The VPC has a flow log that is active and delivers."""
    flow_logs = flow_logs_of(documented, flow_log_claim.vpc)
    known = documented.collection("flow_logs").known
    working = [f for f in flow_logs if f.status == "ACTIVE" and known(f, "deliver_status") == "SUCCESS"]
    violations = violation_unless(
        bool(working),
        resource=documented.vpc(flow_log_claim.vpc).label,
        expected="an active, delivering flow log",
        observed=_words(flow_logs),
        hint="create the flow log, or repair its role and destination",
    )

    assert violations == []


@rule("flow-log-retention")
def test_flow_logs_are_kept_as_long_as_documented(
    documented: Documented, flow_log_spec: FlowLogSpec, retention_claim: VpcClaim
) -> None:
    """The destination of each flow log keeps its records for the documented number of days."""
    vpc = documented.vpc(retention_claim.vpc)
    flow_logs = flow_logs_of(documented, retention_claim.vpc)
    expected = f"{flow_log_spec.retention_days} days"
    violations = [
        violation
        for flow_log in flow_logs
        for violation in mismatch(
            resource=f"{flow_log.label} destination {flow_log.destination}",
            expected=expected,
            observed=f"{retention_days(documented, vpc.region, flow_log) or 'unlimited'} days",
            hint="set the log group's retention, or the bucket's expiration rule",
        )
    ] + violation_unless(
        bool(flow_logs),
        resource=vpc.label,
        expected=f"flow logs that are kept {expected}",
        observed="no flow log",
        hint="create the flow log: no record is kept for any time by none",
    )

    assert violations == []


@rule("flow-log-traffic")
def test_flow_logs_record_accepted_and_rejected_traffic(
    documented: Documented, flow_log_spec: FlowLogSpec, flow_log_claim: VpcClaim
) -> None:
    """A flow log that works records all traffic: patterns need ACCEPT records, violations REJECT ones."""
    flow_logs = flow_logs_of(documented, flow_log_claim.vpc)
    known = documented.collection("flow_logs").known
    shown = documented.collection("flow_logs").shown
    working = [f for f in flow_logs if f.status == "ACTIVE" and shown(f, "deliver_status", "") != "FAILED"]
    types = {known(flow_log, "traffic_type") for flow_log in working or flow_logs}
    violations = violation_unless(
        flow_log_spec.traffic_type in types,
        resource=documented.vpc(flow_log_claim.vpc).label,
        expected=f"a flow log with TrafficType {flow_log_spec.traffic_type}",
        observed=f"TrafficType {in_words(types)}",
        hint="recreate the flow log with TrafficType ALL: it cannot be modified",
    )

    assert violations == []


def _words(flow_logs: tuple[FlowLog, ...]) -> str:
    return ", ".join(f"{f.label} {f.status}, delivery {f.deliver_status}" for f in flow_logs) or "no flow log"
