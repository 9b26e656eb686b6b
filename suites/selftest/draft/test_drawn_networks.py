"""Whatever network is drawn, it conforms to the spec that is drafted of it, as far as it was seen."""

import os
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from probes.model.draft.spec import draft
from probes.model.state import State
from probes.sources.documents.spec_text import spec_text
from suites.selftest.draft.random_deployments import deployment
from suites.selftest.mutations.judging import UNOBSERVABLE, Finding, with_judge

NETWORKS = 2_000 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 30
OF_THE_NETWORK = ("symmetric-paths", "peering-failure-local")
"""Rules that hold for every network, whatever a draft says."""


@pytest.fixture(scope="module")
def spec(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("drawn") / "spec.yaml"


def said_of(state: State, spec: Path) -> list[Finding]:
    """What the suite says against a network that is judged by its own draft."""
    spec.write_text(spec_text(draft(state, "drawn")), encoding="utf-8")
    return with_judge(spec, state, lambda judge: list(judge(state)))


@settings(max_examples=NETWORKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.randoms(use_true_random=True))
def test_drawn_network_conforms_to_its_draft(spec: Path, random: Random) -> None:
    state = deployment(random)
    said = said_of(state, spec)
    certain = [one for one in said if one.resource != UNOBSERVABLE]
    unknown = [one for one in said if one.rule not in OF_THE_NETWORK]

    assert [str(one) for one in certain if one.rule != "symmetric-paths"] == []
    assert state.gaps or [str(one) for one in unknown] == []


def test_drafts_of_drawn_networks_claim_much(spec: Path) -> None:
    state = deployment(Random(0))  # noqa: S311 - the same network each time
    spec.write_text(spec_text(draft(state, "drawn")), encoding="utf-8")

    assert len(with_judge(spec, state, lambda judge: judge.asked)) > 15
