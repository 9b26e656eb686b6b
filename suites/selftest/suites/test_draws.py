"""Drawn examples find what is wrong, shrink it, draw the same every time, and say so when they drew nothing."""

from pathlib import Path
from unittest.mock import patch

import pytest

from fixtures.build import build_state
from fixtures.faults.recorded import load_broken, write_broken
from probes.model.intent.evaluators import require_agreement
from probes.model.intent.roles import Roles
from probes.model.network.index import Network
from probes.model.network.packets import TCP, opening
from probes.model.reachability.analysis import Reachability
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

RECORDED = ROOT / "fixtures/states/gpu-cluster"
ONLY = ("-k", "test_draws")


def drawn(tmp_path: Path, fault: str, *options: str) -> Judged:
    state = write_broken(load_broken(ROOT / f"fixtures/broken/{fault}.yaml"), RECORDED, tmp_path / "state")
    return judge(tmp_path, f"--state=dump:{state}", *ONLY, *options)


@pytest.mark.parametrize(
    "fault, rule, observed",
    [
        ("public-subnet-renumbered", "drawn-address", "in no subnet"),
        ("tgw-route-to-use2-missing", "drawn-destination", "to nowhere"),
        ("tgw-route-to-use1-blackhole-in-usw2", "drawn-destination", "to blackhole by 10.66.0.0/18"),
        ("ssh-open-to-the-world", "drawn-traffic", "allowed"),
        ("gpu-refuses-ping", "drawn-traffic", "refused"),
    ],
)
def test_fault_is_found_and_shrunk_to_one_example(
    tmp_path: Path, fault: str, rule: str, observed: str
) -> None:
    found = drawn(tmp_path, fault, "--draws=200")

    assert {violation.observed for names, violation in found.violations if f"{rule}:network" in names} == {
        observed
    }
    assert len([violation for _, violation in found.violations]) == 1


def test_same_examples_are_drawn_every_time(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()

    one, other = (drawn(tmp_path / folder, "ssh-open-to-the-world", "--draws=50") for folder in ("a", "b"))

    assert one.violations == other.violations


def test_nothing_drawn_is_not_run(tmp_path: Path) -> None:
    found = judge(tmp_path, *ONLY, "--draws=0")

    assert {test.message for test in found.tests if "test_draws" in test.id} == {
        "--draws 0: nothing was drawn"
    }


def test_negative_number_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="ERROR: --draws -1: expected a number of examples, 0 or more"):
        judge(tmp_path, "--draws=-1")


def test_disagreement_of_the_evaluators_is_no_verdict() -> None:
    spec = load_spec(ROOT / "fixtures/specs/minimal.yaml")
    roles = Roles(spec, Network(build_state(spec)))
    hosts = [end for end in roles.reachability.endpoints if end.kind == "interface"] or list(
        roles.reachability.endpoints
    )
    source, destination = hosts[0], hosts[-1]
    packet = opening(source.networks[0][10], destination.networks[0][10], TCP, source_port=50_000, port=443)
    require_agreement(roles, packet, source, destination)

    with (
        patch.object(
            Reachability, "carries", lambda *_: not roles.reachability.delivers(packet, source, destination)
        ),
        pytest.raises(RuntimeError, match=r"please report this: tcp 10\.10\."),
    ):
        require_agreement(roles, packet, source, destination)
