"""What a run may send: said before, never exceeded, counted after."""

import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import msgspec
import pytest
from msgspec.structs import replace

from fixtures.live.run import MeasuringRun
from fixtures.plugins.transfer import LEDGER, Entry, recently_sent_gb
from probes.hosts.measurements.iperf3_output import parse_tcp
from probes.hosts.measurements.throughput import ThroughputTest
from probes.hosts.scheduling.transfer import Transfer, TransferPlan, plan_transfers
from probes.hosts.ssh.shell import CommandResult
from probes.model.checks.documented import Documented
from probes.model.conformance.measurements import Measured, Throughput, WireFacts
from probes.model.errors import InputError, UnobservableError
from probes.model.spec import Spec
from probes.model.spec.arithmetic import usd_per_gb
from reports.results.model import Sent
from reports.results.words import sent_words
from suites.live import test_throughput
from suites.selftest.live.test_run import FORWARD, QUICK_SPEC, ScriptedFleet, healthy
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.edit import ROOT
from suites.static import test_monitoring

PAIRS = (("us-east-1", "us-east-2"), ("us-east-1", "us-west-2"), ("us-east-2", "us-west-2"))
SHORT_GB = 2 * 1.25 * 30_000 * 5 / 8000  # both directions, a quarter above the floor, 3 s and 2 s of start


@pytest.mark.parametrize(
    "budget_gb, seconds, longer_s",
    [
        (0, (0, 0, 0), 0),
        (46, (0, 0, 0), 0),
        (47, (5, 0, 0), 0),
        (100, (5, 5, 0), 0),
        (3 * SHORT_GB, (5, 5, 5), 0),
        (3 * SHORT_GB + 3 * 9.375 * 6, (5, 5, 5), 6),
        (1e6, (5, 5, 5), 12),
    ],
)
def test_never_more_is_planned_than_the_budget(
    budget_gb: float, seconds: tuple[int, ...], longer_s: int
) -> None:
    plan = plan_transfers(SPEC, PAIRS, budget_gb)

    assert tuple(each.seconds for each in plan.transfers) == seconds
    assert {each.longer_s for each in plan.transfers if each.seconds} <= {longer_s}
    assert sum(each.most_gb for each in plan.transfers) <= budget_gb


def test_refusal_names_the_budget_that_is_enough() -> None:
    refusal = plan_transfers(SPEC, PAIRS, 50).refusal("us-west-2", "us-east-2")

    assert "more than the budget of 50 GB" in refusal
    enough = float(refusal.partition("--transfer-budget ")[2].split()[0])
    assert not any(plan_transfers(SPEC, PAIRS, enough).refusal(*pair) for pair in PAIRS)


def test_dollars_are_the_prices_of_the_spec_and_no_others() -> None:
    assert usd_per_gb(SPEC, "use1", "us-east-2") == pytest.approx(0.01 + 0.02)
    assert usd_per_gb(SPEC, "us-west-2", "us-east-2") == pytest.approx(0.02 + 0.02)
    unpriced = replace(SPEC, cost=replace(SPEC.cost, transfer=()))
    assert usd_per_gb(unpriced, "use1", "use2") is None
    assert "$1.41 by the spec's prices" in plan_transfers(SPEC, PAIRS[:1], 50).words()
    assert "$" not in plan_transfers(unpriced, PAIRS[:1], 50).words()


def run_of(plan: TransferPlan, spec: Spec = QUICK_SPEC) -> tuple[Throughput, ...]:
    fleet = ScriptedFleet()
    return MeasuringRun(spec, fleet, fleet, transfers=plan).measure(PAIRS[:1]).throughput


def test_pair_beyond_the_budget_is_not_measured() -> None:
    assert run_of(plan_transfers(QUICK_SPEC, PAIRS[:1], 1)) == ()


def one(seconds: int, longer_s: int) -> TransferPlan:
    transfer = Transfer(pair=PAIRS[0], rate_mbit_per_s=10, seconds=seconds, longer_s=longer_s)
    return TransferPlan(budget_gb=1, needed_gb=1, transfers=(transfer,))


def test_undecided_test_is_repeated_and_both_are_counted() -> None:
    once, twice = (
        run_of(one(1, 0)),
        run_of(one(1, 1)),
    )  # one interval in the recording: no bounds, so undecided

    assert [row.sent_gb for row in twice] == [2 * (row.sent_gb or 0) for row in once]
    assert all(row.sent_gb for row in once)


def recorded(rates: Sequence[float], **changes: Any) -> str:  # noqa: ANN401  # any JSON
    document = msgspec.json.decode(FORWARD)
    total = document["end"]["sum_sent"]
    count = len(rates)
    document["intervals"] = [
        {"sum": {"bytes": round(total["bytes"] * rate / sum(rates)), "seconds": 1 / count, "omitted": False}}
        for rate in rates
    ]
    start = {"sum": {"bytes": total["bytes"], "seconds": 1.0, "omitted": True}}
    document["intervals"].insert(0, start)
    return msgspec.json.encode(document | changes).decode()


def planned() -> ThroughputTest:
    between = Throughput(source="a", destination="b", source_region="x", destination_region="y")
    return ThroughputTest(planned=between, address="10.0.0.1", duration_s=1, omit_s=0)


def test_start_counts_as_sent_and_not_as_measured() -> None:
    plain, started = parse_tcp(planned(), FORWARD), parse_tcp(planned(), recorded([1, 1, 1, 1]))

    assert started.mbit_per_s == plain.mbit_per_s
    assert started.sent_gb == pytest.approx(2 * (plain.sent_gb or 0), rel=1e-3)


def test_steady_rate_has_narrow_bounds_and_an_unsteady_one_wide_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("probes.hosts.measurements.iperf3_output._LEAST_SAMPLE_S", 0.0)
    steady, unsteady = (
        parse_tcp(planned(), recorded(rates)).rate for rates in ([100, 101] * 5, [10, 190] * 5)
    )

    assert steady is not None
    assert unsteady is not None
    assert not steady.is_unclear(0.97 * steady.value)
    assert not steady.is_unclear(1.03 * steady.value)
    assert unsteady.is_unclear(0.7 * steady.value)
    assert unsteady.is_unclear(1.3 * steady.value)


@pytest.mark.parametrize(
    "intervals",
    [None, 3, [], [{}], [{"sum": {"bytes": -1, "seconds": 1}}], [{"sum": {"bytes": 1, "seconds": 0}}]],
)
def test_intervals_that_say_nothing_leave_the_rate_without_bounds(intervals: object) -> None:
    measured = parse_tcp(planned(), recorded([1], intervals=intervals))

    assert measured.low_mbit_per_s is None
    assert measured.sent_gb


def test_each_stream_of_each_pair_of_hosts_gets_its_share_of_the_rate() -> None:
    commands: list[str] = []

    def answer(argv: Sequence[str]) -> CommandResult:
        commands.append(" ".join(argv))
        return healthy(argv)

    fleet = ScriptedFleet(answer)
    MeasuringRun(QUICK_SPEC, fleet, fleet, transfers=one(1, 0)).measure(PAIRS[:1])

    assert any("-b 5000000 -i 0.5" in command for command in commands if "iperf3 -c" in command)


def test_what_was_sent_is_told_with_its_price() -> None:
    unpriced = Sent(source_region="x", destination_region="y", most_gb=20, sent_gb=8)
    rows = (replace(unpriced, usd=0.24), unpriced)

    assert sent_words(rows) == (
        "16 GB by throughput tests, of at most 40 GB, $0.24 by the spec's prices, "
        "some of it without a price in the spec"
    )


def test_runs_of_the_last_thirty_days_are_counted(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    entries = (Entry(at=now - timedelta(days=days), gb=gb) for days, gb in ((1, 100), (29, 200), (40, 5000)))
    (tmp_path / LEDGER).write_bytes(b"\n".join(map(msgspec.json.encode, entries)))

    assert recently_sent_gb(tmp_path) == 300
    assert recently_sent_gb(tmp_path / "none") == 0


def test_ledger_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / LEDGER).write_text("{")
    with pytest.raises(InputError, match=LEDGER):
        recently_sent_gb(tmp_path)


def test_own_traffic_is_not_the_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_monitoring, "bytes_between_regions", lambda _: 900e9)
    judged = test_monitoring.test_inter_region_traffic_is_as_small_as_budgeted
    nothing = create_autospec(Documented, instance=True)
    judged(SPEC, nothing, 300)
    with pytest.raises(AssertionError, match="1 violation"):
        judged(SPEC, nothing, 100)


def test_rate_that_the_budget_leaves_undecided_is_unobservable() -> None:
    row = replace(
        planned().planned,
        mbit_per_s=95.0,
        low_mbit_per_s=80.0,
        high_mbit_per_s=110.0,
        duration_s=3.0,
        streams=16,
    )
    facts = create_autospec(WireFacts, instance=True)
    facts.throughput.return_value = Measured((row,))
    judged = test_throughput.test_throughput_reaches_the_pairs_floor
    with pytest.raises(UnobservableError, match=r"too close to the floor.*80 to 110.*--transfer-budget"):
        judged(facts, row.direction, 100.0, 1.0, lambda _: None)
    with pytest.raises(AssertionError, match="1 violation"):
        judged(facts, row.direction, 120.0, 1.0, lambda _: None)
    judged(facts, row.direction, 79.0, 1.0, lambda _: None)


def test_command_line_says_what_is_sent_and_what_does_not_fit(tmp_path: Path) -> None:
    hosts = [
        {"name": region, "region": region, "role": "gpu", "az": f"{region}a", "address": f"10.66.{number}.1"}
        for number, region in enumerate(("use1", "use2", "usw2"))
    ]
    zones = {"use1": "us-east-1a", "use2": "us-east-2a", "usw2": "us-west-2a"}
    inventory = {
        "ssh": {"username": "x"},
        "hosts": [host | {"az": zones[host["region"]]} for host in hosts],
    }
    (tmp_path / "hosts.yaml").write_bytes(msgspec.json.encode(inventory))
    command = [
        sys.executable,
        "-m",
        "pytest",
        "suites/live",
        "--dry-run",
        "--region-pair=all",
        "-p",
        "no:cacheprovider",
    ]
    command += [f"--target=inventory:{tmp_path}/hosts.yaml", "--transfer-budget=100", "--probe-window=aws"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    said = "throughput sends at most 93.8 of 100 GB, $3.28 by the spec's prices; 1 of 3 pairs do not fit"
    assert f"sends:  {said}" in done.stdout
    assert sum("iperf3 -c" in line for line in done.stdout.splitlines()) == 4
