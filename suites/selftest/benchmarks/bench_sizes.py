"""What size costs: the whole static suite along each axis, and many rules against CUDD and z3 on one question.

As a script it prints the tables:
`.venv-bench/bin/python -m suites.selftest.benchmarks.bench_sizes`.
"""

import json
import math
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from fixtures.build import Options
from probes.model.intent.delivered_traffic import DeliveredTraffic, Receivers, Senders
from probes.model.intent.lost_flows import Group, losses
from probes.model.network.endpoints import of_interface
from probes.model.network.index import Network
from probes.model.reachability.analysis import Reachability
from probes.model.state import State
from suites.selftest.benchmarks.bench_reachability import ECHO, SSH
from suites.selftest.benchmarks.large_network import Size, large_network, write_network
from suites.selftest.benchmarks.rival_model import hosts_model

ROOT = Path(__file__).resolve().parents[3]
AXES: dict[str, tuple[Size, ...]] = {
    "rules": (
        Size(hosts=1300, groups=150, rules=3_000),
        Size(hosts=1300, groups=600, rules=30_000),
        Size(hosts=1300, groups=2000, rules=100_000),
    ),
    "hosts": (Size(hosts=400), Size(hosts=1300), Size(hosts=4250)),
    "vpcs": (Size(hosts=1000, vpcs=10), Size(hosts=10_000, vpcs=97)),
    "regions": (Size(regions=3), Size(regions=8), Size(regions=16)),
    "prefix_lists": tuple(Size(hosts=1300, groups=150, rules=3_000, prefix_lists=n) for n in (20, 200)),
    "tgw_routes": (Size(tgw_routes=1_000), Size(tgw_routes=9_900)),
}
RIVAL_SIZES = (Size(hosts=60, groups=15, rules=300), Size(hosts=1300, groups=600, rules=30_000))
LIMIT_S = 300
"""
When a rival is stopped: its time is then at least this.
"""


class Cost(NamedTuple):
    """One whole process, and `json.loads` of the same files in this one."""

    elapsed_s: float
    cpu_s: float
    peak_mib: float
    json_loads_s: float


def cost(size: Size, rounds: int = 3) -> Cost:
    """The medians of some runs of the static suite on a network of this size."""
    with tempfile.TemporaryDirectory() as folder:
        options = _written(size, folder)
        runs = [_run(options) for _ in range(rounds)]
        loading = _json_loads_s(Path(folder) / "dump")
    elapsed, cpu, peak = (statistics.median(column) for column in zip(*runs, strict=True))
    return Cost(elapsed, cpu, peak, loading)


def _written(size: Size, folder: str) -> list[str]:
    """The network in files, made by another process: a child's peak memory is at least what its parent held."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_write, (size, folder))


def _write(size: Size, folder: str) -> list[str]:
    return write_network(large_network(size), Path(folder))


def _run(options: list[str]) -> tuple[float, float, float]:
    command = [sys.executable, "-m", "pytest", "suites/static", "-q", "--report", "none", "--tb=no"]
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "-pno:cacheprovider", *options], cwd=ROOT, stdout=subprocess.DEVNULL
    ) as run:
        _, status, used = os.wait4(run.pid, 0)
        run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode not in (0, 1):
        raise RuntimeError(f"pytest ended with {run.returncode}")
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def _json_loads_s(dump: Path) -> float:
    texts = [path.read_bytes() for path in dump.rglob("*.json")]
    started = time.process_time()
    for text in texts:
        json.loads(text)
    return time.process_time() - started


def report_axis(axis: str) -> str:
    """The table of one axis, with the log-log slope of CPU time from its first to its last size."""
    sizes = AXES[axis]
    costs = [cost(size) for size in sizes]
    lines = [
        f"{axis} {getattr(size, axis):>8,}: {c.elapsed_s:6.2f} s, CPU {c.cpu_s:6.2f} s, {c.peak_mib:5.0f} MiB, "
        f"json.loads {c.json_loads_s:.2f} s"
        for size, c in zip(sizes, costs, strict=True)
    ]
    grown = math.log(getattr(sizes[-1], axis) / getattr(sizes[0], axis))
    slope = math.log(costs[-1].cpu_s / costs[0].cpu_s) / grown
    return "\n".join([*lines, f"{axis}: log-log slope {slope:.2f} (load {os.getloadavg()[0]:.1f})"])


def rival_network(size: Size) -> State:
    """A network in which every host has its way, so that all questions have the same answer for everybody."""
    return large_network(size, Options(az_count=2, instances=2, services=False)).state


def ours(state: State) -> bool:
    """Whether all GPU hosts answer each other's pings and none gets SSH from another."""
    names = {(g.region, g.id): g.group_name for g in state.security_groups}
    gpus = tuple(
        of_interface(each)
        for each in state.network_interfaces
        if any(names[each.region, group].startswith("gpu") for group in each.group_ids)
    )
    reachability = Reachability(Network(state), gpus)
    search = DeliveredTraffic(reachability)
    senders, receivers = Senders(reachability, gpus), Receivers(reachability, gpus)
    return not any(losses(reachability, [Group(gpus, gpus)], ECHO)) and not any(
        search.between(senders, receivers, SSH)
    )


def _bdd(state: State) -> bool:
    from suites.selftest.benchmarks import rival_bdd  # noqa: PLC0415 - only the bench environment has it

    return rival_bdd.all_pairs(hosts_model(state))


def _z3(state: State) -> bool:
    from suites.selftest.benchmarks import rival_z3  # noqa: PLC0415 - only the bench environment has it

    return rival_z3.all_pairs(hosts_model(state))


def _timed_s(question: Callable[[State], bool], state: State) -> tuple[float, bool]:
    """CPU time of an answer in a process of its own, and whether it was stopped before it came."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=_answer, args=(question, state, there))
    process.start()
    if not here.poll(LIMIT_S):
        process.terminate()
        process.join()
        return LIMIT_S, True
    taken, right = here.recv()
    process.join()
    if not right:
        raise AssertionError(f"{question.__name__} disagrees")
    return taken, False


def _answer(
    question: Callable[[State], bool], state: State, told: "multiprocessing.connection.Connection"
) -> None:
    started = time.process_time()
    right = question(state)
    told.send((time.process_time() - started, right))


def report_rivals(size: Size) -> str:
    """Our time and the rivals', in seconds, on the same network in the same run."""
    state = rival_network(size)
    own, _ = _timed_s(ours, state)
    lines = [f"{size.rules:,} rules in {size.groups} groups on {size.hosts:,} hosts: ours {own:.2f} s"]
    for name, rival in (("cudd", _bdd), ("z3", _z3)):
        taken, stopped = _timed_s(rival, state)
        more = ">" if stopped else ""
        lines.append(f"  {name} {more}{taken:.1f} s, {more}{taken / own:.0f} times ours")
    lines.append("  the rivals judge no ACL, no zone and no reply")
    return "\n".join(lines)


@pytest.mark.parametrize("axis", AXES)
def test_each_axis_has_its_table(axis: str, capsys: pytest.CaptureFixture[str]) -> None:
    table = report_axis(axis)
    with capsys.disabled():
        print(f"\n{table}")  # noqa: T201 - the bench's answer

    assert "slope" in table


@pytest.mark.parametrize("size", RIVAL_SIZES)
def test_the_rivals_answer_the_same_or_are_stopped(size: Size, capsys: pytest.CaptureFixture[str]) -> None:
    table = report_rivals(size)
    with capsys.disabled():
        print(f"\n{table}")  # noqa: T201 - the bench's answer

    assert "ours" in table


def main() -> None:
    """Print the tables of all axes, or of those named."""
    for axis in sys.argv[1:] or AXES:
        sys.stdout.write(report_axis(axis) + "\n")
        sys.stdout.flush()
    for size in RIVAL_SIZES if not sys.argv[1:] else ():
        sys.stdout.write(report_rivals(size) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
