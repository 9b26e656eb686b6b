"""What one run of the conformance suites found: the one source of every report.

`docs/results.schema.json` is generated from these types. A change that an old reader would misread raises
`SCHEMA_VERSION`.
"""

from datetime import date, datetime
from typing import Annotated, Literal

import msgspec

from probes.model.conformance.measurements import Latency, Throughput
from probes.model.conformance.verdict import Verdict, Violation
from probes.model.state import Gap

SCHEMA_VERSION = 1

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Divisor = Annotated[float, msgspec.Meta(gt=0)]
WaiverStatus = Literal["used", "stale", "expired", "not judged"]


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all records in the results. Keys of a later minor version are ignored."""


class Judged(_Record, frozen=True, kw_only=True):
    """What was judged and against what, in words that leave no doubt whether the network was real.

    `target` is empty when nothing was measured. `is_example` marks the bundled recording. `region_pairs` are
    as written by the user. `command` holds no secrets and no absolute path of the machine.
    """

    spec: str = "not stated"
    spec_sha256: str = ""
    state: str = "not stated"
    target: str = ""
    is_emulation: bool = False
    is_example: bool = False
    region_pairs: tuple[str, ...] = ()
    command: tuple[str, ...] = ()
    git_commit: str = ""


class Requirement(_Record, frozen=True, kw_only=True):
    """One entry of the requirements catalogue. `contradictions` are IDs of findings about the document itself.

    `undecided` says of each of its means that decides nothing here why that is so.
    """

    id: str
    section: str = ""
    sentence: str = ""
    verified_by: tuple[str, ...] = ()
    derived: bool = False
    contradictions: tuple[str, ...] = ()
    undecided: dict[str, str] = {}


class RequirementResult(Requirement, frozen=True, kw_only=True):
    """A catalogue entry with its verdict and the IDs of its tests, executed or not.

    The verdict is the worst of the executed tests; `tests_not_run` says how many of them were not.
    """

    verdict: Verdict = Verdict.NOT_RUN
    tests: tuple[str, ...] = ()
    tests_not_run: int = 0

    @property
    def is_partial(self) -> bool:
        """Some tests ran and some did not, so the verdict may still get worse."""
        return 0 < self.tests_not_run < len(self.tests)


class WaiverResult(_Record, frozen=True, kw_only=True):
    """One waiver and what became of it.

    "stale": its tests ran and did not need it. "expired": its last day is past. Both fail the run.
    """

    requirement: str
    resource: str
    reason: str
    owner: str = ""
    expires: date | None = None
    contradiction: str = ""
    status: WaiverStatus = "not judged"


class TestResult(_Record, frozen=True, kw_only=True):
    """One conformance test. `id` is its pytest node ID, unique within the results.

    `shard` names the merged run it comes from. `message` says why, whatever the verdict; for "unobservable"
    it is the reason. `waivers` are the ones that its violations were covered by. What is `known` was there before,
    in the baseline, and fails no run.
    """

    __test__ = False  # the name fits pytest's pattern for test classes

    id: str
    shard: str = ""
    requirements: tuple[str, ...] = ()
    verdict: Verdict = Verdict.NOT_RUN
    duration_s: float = 0.0
    violations: tuple[Violation, ...] = ()
    message: str = ""
    waivers: tuple[WaiverResult, ...] = ()
    known: bool = False


Measurement = Latency | Throughput


class Budget(_Record, frozen=True, kw_only=True):
    """What the spec allows between two Regions. The throughput floor is undivided."""

    between: tuple[str, str]
    latency_min_ms: float | None = None
    latency_max_ms: float | None = None
    throughput_floor_mbit_per_s: float | None = None


class Sent(_Record, frozen=True, kw_only=True):
    """What the throughput tests of a direction sent, and the most that was planned.

    `usd` is what that costs by the spec's prices, None where they name none.
    """

    source_region: str
    destination_region: str
    most_gb: float
    sent_gb: float
    usd: float | None = None


class MeasuredHost(_Record, frozen=True, kw_only=True):
    """A host that measured or was measured."""

    name: str
    role: str = ""
    region: str = ""
    az: str = ""


class Hosts(_Record, frozen=True, kw_only=True):
    """The hosts that took part, of how many that the target has."""

    known: int = 0
    measured: tuple[MeasuredHost, ...] = ()


class LintFinding(_Record, frozen=True, kw_only=True):
    """A finding about the spec itself, with the fields of `probes.model.spec_checks.finding.Finding`."""

    id: str
    severity: str
    requirements: tuple[str, ...] = ()
    where: str = ""
    expected: str = ""
    observed: str = ""
    hint: str = ""


class Lab(_Record, frozen=True, kw_only=True):
    """The emulated network that was measured."""

    name: str
    rate_divisor: Divisor = 1.0


class Node(_Record, frozen=True, kw_only=True):
    """One node of the drawing. `detail` lines are printed below the label."""

    id: str
    label: str
    kind: Literal["tgw", "vpc", "host"]
    region: str
    detail: tuple[str, ...] = ()


class Link(_Record, frozen=True, kw_only=True):
    """One link of the drawing between two node IDs."""

    source: str
    target: str
    label: str = ""
    verdict: Verdict = Verdict.NOT_RUN


class Topology(_Record, frozen=True, kw_only=True):
    """What the drawing shows."""

    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()


class Delivery(_Record, frozen=True, kw_only=True):
    """What one role sends another, with the fields of `probes.model.intent.delivery_table.Delivery`."""

    source: str
    destination: str
    scope: str
    delivered: str = ""
    more: str = ""
    less: str = ""
    verdict: Verdict = Verdict.NOT_RUN


class Deliveries(_Record, frozen=True, kw_only=True):
    """Who reaches whom; `absent` is the reason why there are no rows."""

    rows: tuple[Delivery, ...] = ()
    absent: str = ""


class Context(_Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What plugins contribute to the results through `pytest_conformance_context`."""

    judged: Judged = Judged()
    catalogue: tuple[Requirement, ...] = ()
    waivers: tuple[WaiverResult, ...] = ()
    budgets: tuple[Budget, ...] = ()
    lint: tuple[LintFinding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_modelled: tuple[str, ...] = ()
    lab: Lab | None = None
    topology: Topology = Topology()
    deliveries: Deliveries = Deliveries()
    traffic: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()
    hosts: Hosts = Hosts()
    problems: tuple[str, ...] = ()


class Results(_Record, frozen=True, kw_only=True):
    """One run of conformance tests.

    `problems` are defects of the run itself (a collection error, an unreadable property), each of which keeps
    it from passing; `interrupted` says that it ended early. After `valid_until` the results are stale. `baseline`
    names the earlier run that they are held against, `traffic` what is gained and lost against another network.
    """

    schema_version: int = SCHEMA_VERSION
    tool_version: str = ""
    run_id: str
    started_at: Moment
    finished_at: Moment
    duration_s: float
    valid_until: Moment | None = None
    interrupted: bool = False
    problems: tuple[str, ...] = ()
    judged: Judged
    baseline: str = ""
    merged_from: tuple[Judged, ...] = ()
    requirements: tuple[RequirementResult, ...] = ()
    tests: tuple[TestResult, ...] = ()
    waivers: tuple[WaiverResult, ...] = ()
    latency: tuple[Latency, ...] = ()
    throughput: tuple[Throughput, ...] = ()
    budgets: tuple[Budget, ...] = ()
    lint: tuple[LintFinding, ...] = ()
    gaps: tuple[Gap, ...] = ()
    not_modelled: tuple[str, ...] = ()
    lab: Lab | None = None
    topology: Topology = Topology()
    deliveries: Deliveries = Deliveries()
    traffic: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()
    hosts: Hosts = Hosts()

    @property
    def measurements(self) -> tuple[Measurement, ...]:
        """All measurements, of every kind."""
        return (*self.latency, *self.throughput)
