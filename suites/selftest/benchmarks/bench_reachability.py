"""Exact reachability of all pairs, against Z3 and decision diagrams on the same network in the same run.

As a script it prints the whole table:
`.venv-bench/bin/python -m suites.selftest.benchmarks.bench_reachability`.
"""

import gc
import json
import math
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import msgspec
import pytest

from fixtures.build import Options, build_state
from fixtures.build.describe import raw_responses
from fixtures.build.network.many_regions import wide_spec
from probes.model.intent.delivered_traffic import DeliveredTraffic, Receivers, Senders
from probes.model.intent.lost_flows import Group, losses
from probes.model.network.endpoints import Endpoint, of_subnet
from probes.model.network.index import Network
from probes.model.network.packets import ICMP, TCP
from probes.model.reachability.analysis import Reachability
from probes.model.reachability.header_classes import HeaderBox
from probes.model.reachability.packet_set import NONE, PORTS
from probes.model.spec import Spec
from probes.model.state import State
from probes.sources.documents.spec import load_spec
from suites.selftest.benchmarks.rival_model import Host, Model, group_of, model_of, role_of

ROOT = Path(__file__).resolve().parents[3]
SIZES = (3, 16, 64)
ECHO: list[HeaderBox] = [((ICMP, ICMP), NONE, NONE, (8, 8), NONE)]
SSH: list[HeaderBox] = [((TCP, TCP), PORTS, (22, 22), NONE, NONE)]
PAIRS_ASKED = 40
TURNS = 25


def network_of(spec: Spec, count: int) -> State:
    """The documented network with so many Regions, two zones each, so that every subnet has its way out."""
    wide = spec if count == len(spec.vpcs) else wide_spec(spec, count)
    return build_state(wide, Options(az_count=2, instances=0, services=False))


def endpoints_of(state: State) -> list[Endpoint]:
    """Every subnet, its hosts with the group of their role."""
    groups = group_of(state)
    found = []
    for subnet in state.subnets:
        group = groups.get((subnet.region, role_of(subnet)))
        found.append(of_subnet(subnet, (group,) if group else None))
    return found


def prove(state: State, ends: list[Endpoint]) -> Reachability:
    """From the state to the verdict: everything computed, pings all answered, SSH nowhere delivered."""
    reachability = Reachability(Network(state), ends)
    gpus = tuple(end for end in ends if _gpu(end))
    lost = list(losses(reachability, [Group(gpus, gpus)], ECHO))
    search = DeliveredTraffic(reachability)
    delivered = list(search.between(Senders(reachability, gpus), Receivers(reachability, gpus), SSH))
    if lost or delivered:
        raise AssertionError([*lost, *delivered])
    for rows in (*reachability.routed, *reachability.reply):
        assert rows.inside
    return reachability


def _gpu(end: Endpoint) -> bool:
    return "private" in end.label


def median_ms(question: Callable[[], object], runs: int) -> float:
    """The median CPU time of some runs in milliseconds, which depends least on what else the machine does."""
    found = []
    for _ in range(runs):
        gc.collect()
        start = time.process_time()
        question()
        found.append((time.process_time() - start) * 1e3)
    return statistics.median(found)


def _some_pairs(model: Model) -> list[tuple[Host, Host]]:
    hosts = model.hosts
    return [(hosts[7 * i % len(hosts)], hosts[(11 * i + 3) % len(hosts)]) for i in range(PAIRS_ASKED)]


def row(spec: Spec, count: int) -> dict[str, float]:
    """One size of network: our side and every rival, in milliseconds."""
    from suites.selftest.benchmarks import rival_bdd, rival_z3  # noqa: PLC0415 - only the bench environment has them

    state = network_of(spec, count)
    text = msgspec.json.encode(state, enc_hook=str)
    dump = json.dumps(raw_responses(state)).encode()
    ends, model = endpoints_of(state), model_of(state)
    asked = _some_pairs(model)
    per_pair = median_ms(lambda: [rival_z3.pair(model, *pair) for pair in asked], 3) / len(asked)
    analysis = prove(state, ends)
    assert rival_z3.all_pairs(model)
    assert rival_bdd.all_pairs(model)
    return {
        "subnets": len(ends),
        "address_classes": len(analysis.compiled.address_classes),
        "header_classes": len(analysis.class_pairs),
        "state_json_mb": len(dump) / 1e6,
        "packed_json_mb": len(text) / 1e6,
        "proof_ms": median_ms(lambda: prove(state, ends), 9),
        "json_loads_ms": median_ms(lambda: json.loads(dump), 9),
        "packed_json_loads_ms": median_ms(lambda: json.loads(text), 9),
        "z3_per_pair_ms": per_pair * len(ends) * len(ends),
        "z3_at_once_ms": median_ms(lambda: rival_z3.all_pairs(model), 3),
        "cudd_ms": median_ms(lambda: rival_bdd.all_pairs(model), 5),
    }


def growth(spec: Spec) -> float:
    """The log-log slope of the proof's time from 16 to 64 Regions.

    Of the medians of runs in turns, so that whatever else a machine does meanwhile hits both sizes.
    """
    networks = {count: network_of(spec, count) for count in SIZES[1:]}
    ends = {count: endpoints_of(state) for count, state in networks.items()}
    runs: dict[int, list[float]] = {count: [] for count in networks}
    for _ in range(TURNS):
        for count, state in networks.items():
            runs[count].append(median_ms(partial(prove, state, ends[count]), 1))
    return math.log(statistics.median(runs[64]) / statistics.median(runs[16])) / math.log(64 / 16)


def report() -> str:
    """The table of all sizes, with ratios and the slope from 16 to 64 Regions."""
    spec = load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml")
    rows = {count: row(spec, count) for count in SIZES}
    lines = [f"{'':22}" + "".join(f"{count:>14} Regions" for count in SIZES)]
    lines += [
        f"{name:22}" + "".join(f"{rows[count][name]:>22,.2f}" for count in SIZES)
        for name in next(iter(rows.values()))
    ]
    for rival in ("json_loads_ms", "packed_json_loads_ms", "z3_per_pair_ms", "z3_at_once_ms", "cudd_ms"):
        ratios = "".join(f"{rows[count][rival] / rows[count]['proof_ms']:>21,.1f}x" for count in SIZES)
        lines.append(f"{rival.removesuffix('_ms') + ' / proof':22}{ratios}")
    lines.append(f"log-log slope of the proof from 16 to 64 Regions: {growth(spec):.2f}")
    lines.append(
        f"peak memory of this process, rivals included: {getrusage(RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB"
    )
    lines.append("state_json is what AWS answers about the network, packed_json our own leanest form of it")
    lines.append(f"z3_per_pair is projected from {PAIRS_ASKED} pairs; the rivals judge no ACL and no reply")
    return "\n".join(lines)


@pytest.mark.parametrize("count", SIZES)
def test_all_pairs_are_proved(benchmark: Callable[..., object], count: int) -> None:
    """The time of the proof alone."""
    state = network_of(load_spec(ROOT / "fixtures" / "specs" / "gpu-cluster.yaml"), count)
    ends = endpoints_of(state)

    assert benchmark(prove, state, ends)


def test_the_rivals_take_longer(capsys: pytest.CaptureFixture[str]) -> None:
    """The whole table. The goals are ratios of one run: see `report`."""
    table = report()
    with capsys.disabled():
        print(f"\n{table}")  # noqa: T201 - the bench's answer

    assert "slope" in table


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
