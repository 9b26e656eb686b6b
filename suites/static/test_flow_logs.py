"""VPC flow logs."""

import pytest

from probes.model.checks.documented import Documented
from probes.model.checks.monitoring import flow_logs_of, retention_days
from probes.model.conformance.verdict import in_words, mismatch, violation_unless
from probes.model.errors import EmptySelectionError
from probes.model.spec import Spec
from probes.model.state import FlowLog, Vpc

requirement = pytest.mark.requirement


@pytest.fixture
def flow_logs(documented: Documented, region: str) -> tuple[FlowLog, ...]:
    """The flow logs of the documented VPC."""
    return flow_logs_of(documented, region)


@pytest.fixture
def existing_flow_logs(vpc: Vpc, flow_logs: tuple[FlowLog, ...]) -> tuple[FlowLog, ...]:
    """The flow logs when there are any: no record is kept for any time by none."""
    if not flow_logs:
        raise EmptySelectionError(f"{vpc.label} has no flow log")
    return flow_logs


@requirement("FLOW-01", "SEC-05")
def test_vpc_has_an_active_delivering_flow_log(
    documented: Documented, vpc: Vpc, flow_logs: tuple[FlowLog, ...]
) -> None:
    """The VPC has a flow log that is active and delivers."""
    known = documented.collection("flow_logs").known
    working = [f for f in flow_logs if f.status == "ACTIVE" and known(f, "deliver_status") == "SUCCESS"]
    violations = violation_unless(
        bool(working),
        resource=vpc.label,
        expected="an active, delivering flow log",
        observed=_words(flow_logs),
        hint="create the flow log, or repair its role and destination",
    )

    assert violations == []


@requirement("FLOW-02", "SEC-05")
def test_flow_logs_are_kept_as_long_as_documented(
    spec: Spec, documented: Documented, region: str, existing_flow_logs: tuple[FlowLog, ...]
) -> None:
    """The destination of each flow log keeps its records for the documented number of days."""
    violations = [
        violation
        for flow_log in existing_flow_logs
        for violation in mismatch(
            resource=f"{flow_log.label} destination {flow_log.destination}",
            expected=f"{spec.flow_logs.retention_days} days",
            observed=f"{retention_days(documented, region, flow_log) or 'unlimited'} days",
            hint="set the log group's retention, or the bucket's expiration rule",
        )
    ]

    assert violations == []


@requirement("FLOW-03")
def test_flow_logs_record_accepted_and_rejected_traffic(
    spec: Spec, documented: Documented, vpc: Vpc, flow_logs: tuple[FlowLog, ...]
) -> None:
    """One flow log records all traffic: connection patterns need ACCEPT records, violations REJECT ones."""
    known = documented.collection("flow_logs").known
    types = {known(flow_log, "traffic_type") for flow_log in flow_logs}
    violations = violation_unless(
        spec.flow_logs.traffic_type in types,
        resource=vpc.label,
        expected=f"a flow log with TrafficType {spec.flow_logs.traffic_type}",
        observed=f"TrafficType {in_words(types)}",
        hint="recreate the flow log with TrafficType ALL: it cannot be modified",
    )

    assert violations == []


def _words(flow_logs: tuple[FlowLog, ...]) -> str:
    return ", ".join(f"{f.label} {f.status}, delivery {f.deliver_status}" for f in flow_logs) or "no flow log"
