"""Results for the selftests of the reports: every kind of thing a report can show, once."""

from datetime import UTC, date, datetime, timedelta

from probes.model.conformance.measurements import Histogram, Latency, Throughput
from probes.model.conformance.verdict import Verdict, Violation
from probes.model.state import Gap
from reports.results.model import (
    Budget,
    Deliveries,
    Delivery,
    Judged,
    Lab,
    Link,
    LintFinding,
    Node,
    Requirement,
    Results,
    TestResult,
    Topology,
    WaiverResult,
)
from reports.results.verdicts import matrix

STARTED = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
REGIONS = {"use1": "us-east-1", "use2": "us-east-2", "usw2": "us-west-2"}
BUDGETS = (
    Budget(
        between=("use1", "use2"), latency_min_ms=15, latency_max_ms=20, throughput_floor_mbit_per_s=10_000
    ),
    Budget(
        between=("use1", "usw2"), latency_min_ms=65, latency_max_ms=80, throughput_floor_mbit_per_s=10_000
    ),
    Budget(
        between=("use2", "usw2"), latency_min_ms=50, latency_max_ms=65, throughput_floor_mbit_per_s=10_000
    ),
)
CATALOGUE = (
    Requirement(
        id="CIDR-02",
        section="Network CIDR allocation",
        sentence="The VPC of us-east-1 has the CIDR 10.66.0.0/18.",
        verified_by=("static",),
    ),
    Requirement(
        id="CIDR-13",
        section="Network CIDR allocation",
        sentence="Each AZ with a private or FSx subnet has a subnet of the Transit Gateway attachment.",
        verified_by=("static",),
        derived=True,
        contradictions=("C01",),
    ),
    Requirement(
        id="RTB-01",
        section="Transit Gateway routes",
        sentence="us-east-1 sends its own CIDR to the VPC attachment.",
        verified_by=("static",),
    ),
    Requirement(
        id="RTB-02",
        section="Transit Gateway routes",
        sentence="us-east-1 sends 10.66.64.0/18 to the peering with us-east-2.",
        verified_by=("static",),
    ),
    Requirement(
        id="PEER-05",
        section="Reachability",
        sentence="Every host reaches every other Region, and gets its reply.",
        verified_by=("static", "live"),
    ),
    Requirement(
        id="LAT-04",
        section="Latency and bandwidth",
        sentence="A round trip between us-east-1 and us-east-2 takes 15–20 ms.",
        verified_by=("live",),
    ),
    Requirement(
        id="LAT-05",
        section="Latency and bandwidth",
        sentence="A round trip between us-east-1 and us-west-2 takes 65–80 ms.",
        verified_by=("live",),
    ),
    Requirement(
        id="LAT-06",
        section="Latency and bandwidth",
        sentence="A round trip between us-east-2 and us-west-2 takes 50–65 ms.",
        verified_by=("live",),
    ),
    Requirement(
        id="BW-01",
        section="Latency and bandwidth",
        sentence="The peering of us-east-1 and us-east-2 carries the floor in both directions.",
        verified_by=("live",),
    ),
    Requirement(
        id="HA-03",
        section="High availability",
        sentence="Recovery takes less than 60 s.",
        verified_by=("drill",),
    ),
)
WAIVER = WaiverResult(
    requirement="CIDR-13",
    resource="use1-az3",
    reason="The document lists two attachment subnets for three AZs (C01).",
    owner="network team",
    expires=date(2027, 1, 31),
    status="used",
)
TESTS = (
    TestResult(
        id="suites/static/test_cidr.py::test_vpc_has_the_documented_cidr[use1]",
        requirements=("CIDR-02",),
        verdict=Verdict.CONFORMS,
        duration_s=0.01,
    ),
    TestResult(
        id="suites/static/test_cidr.py::test_every_az_has_an_attachment_subnet[use1]",
        requirements=("CIDR-13",),
        verdict=Verdict.WAIVED,
        duration_s=0.02,
        message="waived until 2027-01-31: C01",
        waivers=(WAIVER,),
    ),
    TestResult(
        id="suites/static/test_routes.py::test_tgw_sends_each_region_where_documented[use1-RTB-02]",
        requirements=("RTB-02",),
        verdict=Verdict.NONCONFORMING,
        duration_s=0.03,
        violations=(
            Violation(
                resource='tgw-rtb-0a1 "use1-main" (us-east-1)',
                expected="10.66.64.0/18 static to the peering with us-east-2",
                observed="10.66.64.0/18 blackhole",
                hint="replace the route: its attachment was deleted",
            ),
        ),
    ),
    TestResult(
        id="suites/static/test_routes.py::test_tgw_sends_each_region_where_documented[use1-RTB-01]",
        requirements=("RTB-01",),
        verdict=Verdict.UNOBSERVABLE,
        duration_s=0.01,
        message="us-east-1: AccessDenied on ec2:SearchTransitGatewayRoutes",
    ),
    TestResult(
        id="suites/static/test_reach.py::test_every_host_reaches_every_region",
        requirements=("PEER-05",),
        verdict=Verdict.NONCONFORMING,
        duration_s=0.2,
        violations=(
            Violation(
                resource="use1 private → use2 private",
                expected="tcp 988 delivered, and its reply",
                observed="dropped: 10.66.10.10 → 10.66.74.10 tcp 40000 → 988",
                hint="the decisive hop is the last one of the trace",
                trace=(
                    "10.66.10.10 eni-1: sg-gpu egress rule all → 10.66.0.0/16 allows",
                    "rtb-private (us-east-1): 10.66.0.0/16 → tgw-use1",
                    "tgw-rtb-0a1 (us-east-1): 10.66.64.0/18 blackhole, dropped",
                ),
            ),
        ),
    ),
    TestResult(
        id="suites/live/test_latency.py::test_round_trip_is_within_the_documented_range[use1-use2]",
        requirements=("LAT-04",),
        verdict=Verdict.CONFORMS,
        duration_s=21.4,
    ),
    TestResult(
        id="suites/live/test_latency.py::test_round_trip_is_within_the_documented_range[use1-usw2]",
        requirements=("LAT-05",),
        verdict=Verdict.NONCONFORMING,
        duration_s=24.9,
        violations=(
            Violation(
                resource="use1 → usw2",
                expected="65–80 ms on average",
                observed="96.2 ms on average over 100 replies",
                hint="compare the path with the peering's route; a detour by use2 costs 115–145 ms",
            ),
        ),
    ),
    TestResult(
        id="suites/live/test_throughput.py::test_peering_carries_the_floor[use1-use2]",
        requirements=("BW-01",),
        verdict=Verdict.CONFORMS,
        duration_s=12.1,
    ),
)


def latency(source: str, destination: str, avg_ms: float, verdict: Verdict) -> Latency:
    """A plausible measurement around an average."""
    return Latency(
        source=f"gpu-1.{source}",
        destination=f"gpu-1.{destination}",
        source_region=source,
        destination_region=destination,
        verdict=verdict,
        sent=100,
        received=100,
        loss_ratio=0.0,
        min_ms=avg_ms - 0.4,
        avg_ms=avg_ms,
        median_ms=avg_ms,
        p95_ms=avg_ms + 0.3,
        p99_ms=avg_ms + 0.6,
        max_ms=avg_ms + 0.9,
        mdev_ms=0.12,
        histogram=Histogram(low_ms=avg_ms - 0.4, width_ms=0.13, counts=(2, 30, 50, 12, 4, 0, 0, 1, 0, 1)),
    )


def throughput(source: str, destination: str, mbit_per_s: float, verdict: Verdict) -> Throughput:
    """A plausible measurement in a lab that divides rates by 100."""
    return Throughput(
        source=f"gpu-1.{source}",
        destination=f"gpu-1.{destination}",
        source_region=source,
        destination_region=destination,
        verdict=verdict,
        mbit_per_s=mbit_per_s,
        floor_mbit_per_s=100,
        retransmits=12,
        streams=16,
        duration_s=10,
        rate_divisor=100,
    )


def sample_results(run_id: str = "1" * 32, days: int = 0) -> Results:
    """A run with every verdict, `days` after the first."""
    return Results(
        tool_version="0.1.0",
        run_id=run_id,
        started_at=STARTED + timedelta(days=days),
        finished_at=STARTED + timedelta(days=days, seconds=61.5),
        duration_s=61.5,
        judged=Judged(
            spec="fixtures/specs/gpu-cluster.yaml",
            spec_sha256="ab" * 32,
            state="dump fixtures/states/gpu-cluster",
            target="lab gpu-cluster, network namespaces on one machine",
            is_emulation=True,
            region_pairs=("use1-use2", "use1-usw2", "use2-usw2"),
            command=("pytest", "suites/static", "suites/live", "--region-pair", "all"),
            git_commit="0123456789abcdef0123456789abcdef01234567",
        ),
        requirements=matrix(CATALOGUE, TESTS),
        tests=TESTS,
        waivers=(WAIVER,),
        latency=(
            latency("use1", "use2", 17.6, Verdict.CONFORMS),
            latency("use2", "use1", 17.8, Verdict.CONFORMS),
            latency("use1", "usw2", 96.2, Verdict.NONCONFORMING),
            latency("usw2", "use1", 72.5, Verdict.CONFORMS),
            Latency(
                source="gpu-1.use2",
                destination="gpu-1.usw2",
                source_region="use2",
                destination_region="usw2",
                verdict=Verdict.UNOBSERVABLE,
                error="gpu-1.use2: no SSH connection within 10 s",
            ),
        ),
        throughput=(
            throughput("use1", "use2", 312.4, Verdict.CONFORMS),
            throughput("use2", "use1", 298.0, Verdict.CONFORMS),
        ),
        budgets=BUDGETS,
        lint=(
            LintFinding(
                id="C03",
                severity="S1",
                where="ha.rerouting",
                expected="a runbook: Transit Gateway peerings carry static routes only",
                observed="Automatic BGP rerouting between peerings",
                hint="write the two route changes down and rehearse them",
                requirements=("HA-03",),
            ),
        ),
        gaps=(Gap(kind="tgw_route_tables", reason="AccessDenied", region="us-east-1"),),
        not_modelled=("AWS::EC2::VPNConnection",),
        lab=Lab(name="gpu-cluster", rate_divisor=100),
        topology=topology(),
        deliveries=deliveries(),
    )


def deliveries() -> Deliveries:
    """Two roles: one flow as documented, one that is lost across Regions, one way that is closed."""
    rows = (
        ("gpu", "fsx", "within a VPC", "tcp 988", "", Verdict.CONFORMS),
        ("gpu", "fsx", "across Regions", "", "tcp 988", Verdict.NONCONFORMING),
        ("fsx", "gpu", "within a VPC", "", "", Verdict.CONFORMS),
    )
    return Deliveries(
        rows=tuple(
            Delivery(source=here, destination=there, scope=scope, delivered=sent, less=less, verdict=verdict)
            for here, there, scope, sent, less, verdict in rows
        )
    )


def topology() -> Topology:
    """Three Regions in full mesh with two hosts each."""
    nodes = []
    for index, (alias, region) in enumerate(REGIONS.items()):
        cidr = f"10.66.{64 * index}.0/18"
        nodes += [
            Node(id=f"tgw-{alias}", label=f"TGW {alias}", kind="tgw", region=alias, detail=("ASN 64512",)),
            Node(id=f"vpc-{alias}", label=f"VPC {region}", kind="vpc", region=alias, detail=(cidr,)),
            Node(id=f"gpu-1.{alias}", label=f"gpu-1 10.66.{64 * index + 10}.10", kind="host", region=alias),
            Node(id=f"gpu-2.{alias}", label=f"gpu-2 10.66.{64 * index + 12}.10", kind="host", region=alias),
        ]
    links = [Link(source=f"vpc-{alias}", target=f"tgw-{alias}") for alias in REGIONS]
    links += [
        Link(
            source=f"tgw-{b.between[0]}",
            target=f"tgw-{b.between[1]}",
            label=f"{b.latency_min_ms:.0f}–{b.latency_max_ms:.0f} ms",
        )
        for b in BUDGETS
    ]
    return Topology(nodes=tuple(nodes), links=tuple(links))
