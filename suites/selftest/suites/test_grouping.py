"""Judging a claim of many Regions in one test changes no verdict and hides nothing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from fixtures.build import Options, build_state, wide_spec
from fixtures.build.describe import write_dump
from fixtures.plugins.options import MANY_VPCS
from probes.model.conformance.verdict import Verdict
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED, CATALOGUE
from suites.selftest.suites.static_runs import Judged, judge

UNGROUPED = ("-p", "suites.selftest.suites.ungrouped")
UNSEEN = "us-east-2/NetworkAcls.json", "us-west-2/TransitGatewayVpcAttachments.json"


class Judge:
    """Runs of the static suite on one network of too many Regions for a test each, some of it not seen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        spec = msgspec.structs.replace(wide_spec(load_spec(BUNDLED), MANY_VPCS + 1), catalogue=str(CATALOGUE))
        (folder / "spec.yaml").write_text(yaml.safe_dump(msgspec.to_builtins(spec, enc_hook=str)))
        write_dump(build_state(spec, Options(instances=2)), folder / "state")
        for unseen in UNSEEN:
            (answer,) = (folder / "state").glob(f"*/{unseen}")
            answer.unlink()

    def __call__(self, waivers: list[dict[str, Any]], *options: str) -> Judged:
        """What a run with these waivers finds."""
        (self.folder / "waivers.yaml").write_text(yaml.safe_dump(waivers))
        given = {"--spec": "spec.yaml", "--waivers": "waivers.yaml"}
        files = [text for option, name in given.items() for text in (option, str(self.folder / name))]
        return judge(self.folder, *files, "--state", f"dump:{self.folder / 'state'}", *options)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judge:
    return Judge(tmp_path_factory.mktemp("wide"))


def verdicts(found: Judged) -> dict[str, Verdict]:
    return {name: row.verdict for name, row in found.requirements.items()}


@pytest.fixture(scope="module")
def apart(judged: Judge) -> Judged:
    return judged([], *UNGROUPED)


def test_grouping_changes_no_verdict_and_no_violation(judged: Judge, apart: Judged) -> None:
    together = judged([])

    assert len(together.tests) < len(apart.tests) / 4
    assert {Verdict.CONFORMS, Verdict.NONCONFORMING, Verdict.UNOBSERVABLE} <= set(verdicts(apart).values())
    assert verdicts(together) == verdicts(apart)
    assert together.violations == apart.violations


def test_every_reason_of_what_could_not_be_observed_is_given(judged: Judge, apart: Judged) -> None:
    reasons = {test.message for test in apart.tests if test.verdict is Verdict.UNOBSERVABLE}
    said = "\n".join(test.message for test in judged([]).tests)

    assert any(reason for reason in reasons if "us-west-2" in reason)
    assert {reason for reason in reasons if reason not in said} == set()


def test_waivers_of_a_group_do_not_hide_the_region_that_could_not_be_observed(
    judged: Judge, apart: Judged
) -> None:
    violations = [found for names, found in apart.violations if "CIDR-13" in names]
    waivers = [
        {
            "requirement": "CIDR-13",
            "resource": violation.resource,
            "reason": "The document lists two attachment subnets for three zones.",
            "owner": "network-architecture",
            "expires": "2999-12-31",
        }
        for violation in violations
    ]

    assert violations
    assert verdicts(judged(waivers))["CIDR-13"] is Verdict.UNOBSERVABLE


def test_one_region_can_still_be_selected(judged: Judge) -> None:
    found = judged([], "-k", "test_attachment_has_the_documented_appliance_mode and use1")

    assert [test.id.rpartition("::")[2] for test in found.tests if test.verdict is not Verdict.NOT_RUN] == [
        "test_attachment_has_the_documented_appliance_mode[use1]"
    ]


def test_network_without_a_catalogue_is_judged_by_rules_and_a_claim_can_still_be_named(judged: Judge) -> None:
    path = judged.folder / "spec.yaml"
    with_catalogue = path.read_text()
    document = yaml.safe_load(with_catalogue)
    try:
        path.write_text(yaml.safe_dump(document | {"catalogue": ""}))
        whole = judged([])
        one = judged([], "--requirement", "peering-available:*use1*")
        waived = {violation.resource for names, violation in whole.violations if "zones-attached" in names}
        waivers = [
            {
                "requirement": "zones-attached:use1",
                "resource": resource,
                "reason": "r",
                "owner": "o",
                "expires": "2999-12-31",
            }
            for resource in waived
        ]
        excused = judged(waivers) if waivers else whole
    finally:
        path.write_text(with_catalogue)

    assert len(whole.tests) < 150
    assert len(whole.requirements) < 150
    assert {name for name, row in one.requirements.items() if row.verdict is not Verdict.NOT_RUN} == {
        "peering-available"
    }
    assert waived
    assert whole.requirements["zones-attached"].verdict is Verdict.NONCONFORMING
    assert (
        excused.requirements["zones-attached"].verdict is Verdict.UNOBSERVABLE
    )  # the other Region was not seen
