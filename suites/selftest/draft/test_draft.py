"""A drafted spec: the network that it was drafted of conforms, and one that has changed does not."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml
from msgspec.structs import replace

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from fixtures.faults.recorded import load_broken, write_broken
from probes.model.draft.names import region_alias
from probes.model.draft.spec import draft
from probes.model.errors import EmptySelectionError
from probes.model.state import SgRule, State
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from probes.sources.documents.spec_text import spec_text
from suites.selftest.spec.edit import ROOT
from suites.selftest.suites.static_runs import Judged, judge

RECORDED = ROOT / "fixtures/states/gpu-cluster"
BROKEN = ROOT / "fixtures/broken"
SPECS = ROOT / "fixtures/specs"
HOSTILE = "a: {b} #c\n- 'd\" [e]* ${{f}} \u202eg"


def drafted(state: State, scratch: Path, name: str = "network") -> Path:
    path = scratch / "drafted.yaml"
    path.write_text(spec_text(draft(state, name)), encoding="utf-8")
    return path


def judged(spec: Path, dump: Path, scratch: Path) -> Judged:
    return judge(scratch, "--spec", str(spec), "--state", f"dump:{dump}")


def recorded() -> State:
    return load_state(f"dump:{RECORDED}")


@pytest.mark.parametrize("name", ["gpu-cluster", "hub", "minimal", "segments", "web-shop"])
def test_network_conforms_to_the_spec_that_was_drafted_of_it(tmp_path: Path, name: str) -> None:
    write_dump(build_state(load_spec(SPECS / f"{name}.yaml")), tmp_path / "dump")
    spec = drafted(load_state(f"dump:{tmp_path / 'dump'}"), tmp_path)
    found = judged(spec, tmp_path / "dump", tmp_path)

    assert found.exit_code == pytest.ExitCode.OK, found.output
    assert found.requirements


@pytest.mark.parametrize(
    "fault",
    [
        "asn-changed",
        "appliance-mode-enabled",
        "attachment-subnet-missing",
        "dynamodb-not-routed",
        "flow-log-failing",
        "flow-log-retention-30-days",
        "fsx-admits-everything",
        "gpu-egress-to-the-internet",
        "gpu-instance-in-the-default-group",
        "gpu-refuses-443",
        "nacl-not-associated",
        "nacl-open-to-the-world",
        "peering-not-associated",
        "peering-pending-acceptance",
        "private-route-to-tgw-missing",
        "private-subnets-made-public",
        "public-subnet-renumbered",
        "router-cannot-reach-gpus",
        "ssh-open-to-the-world",
        "tgw-route-to-use1-blackhole-in-usw2",
        "tgw-route-to-use1-takes-a-detour",
        "tgw-route-to-use2-missing",
        "tgw-subnets-route-onwards",
        "undocumented-peering",
        "undocumented-subnet",
        "undocumented-tgw-route",
        "vpc-cidr-widened",
    ],
)
def test_network_that_has_changed_since_does_not(tmp_path: Path, fault: str) -> None:
    broken = write_broken(load_broken(BROKEN / f"{fault}.yaml"), RECORDED, tmp_path / "state")
    found = judged(drafted(recorded(), tmp_path), broken, tmp_path)

    assert found.exit_code == pytest.ExitCode.TESTS_FAILED, found.output
    assert found.violations, found.output


@pytest.mark.parametrize("name", ["minimal", "segments"])
def test_draft_of_the_network_that_a_draft_describes_is_the_same(tmp_path: Path, name: str) -> None:
    state = build_state(load_spec(SPECS / f"{name}.yaml"))
    again = build_state(load_spec(drafted(state, tmp_path, name)))

    assert draft(again, name) == draft(state, name)


def with_group(state: State, name: str, **changes: object) -> State:
    groups = tuple(replace(g, **changes) if g.group_name == name else g for g in state.security_groups)
    return replace(state, security_groups=groups)


def test_what_a_draft_has_no_words_for_is_a_comment_and_no_claim() -> None:
    state = recorded()
    (group,) = [g for g in state.security_groups if g.name == "sg-gpu-use1"]
    echo = SgRule(protocol="icmp", from_port=8, to_port=0, peer=IPv4Network("203.0.113.0/24"))
    found = draft(with_group(state, group.group_name, ingress=(*group.ingress, echo)), "n")
    mine = {name: role for name, role in found.document["roles"].items() if name.startswith("gpu")}

    assert {name: "ingress" in role for name, role in mine.items()} == {
        "gpu-use1": False,
        "gpu-use2": True,
        "gpu-usw2": True,
    }
    assert (
        "roles.gpu-use1: ingress is not claimed: one type of icmp, for which the spec has no word"
        in found.notes
    )


def test_group_beside_others_plays_no_role() -> None:
    state = recorded()
    (group,) = [g for g in state.security_groups if g.name == "sg-fsx-use1"]
    (gpu,) = [g for g in state.security_groups if g.name == "sg-gpu-use1"]
    interfaces = tuple(
        replace(each, group_ids=(*each.group_ids, gpu.id)) if group.id in each.group_ids else each
        for each in state.network_interfaces
    )
    found = draft(replace(state, network_interfaces=interfaces), "n")

    assert found.document["roles"]["fsx"]["vpcs"] == ["use2", "usw2"]
    assert {note for note in found.notes if note.startswith("no role")} == {
        f"no role: interfaces of {each.label} have other groups too" for each in (group, gpu)
    }


def test_names_from_aws_cannot_break_out_of_the_file(tmp_path: Path) -> None:
    state = recorded()
    hostile = replace(
        state,
        vpcs=tuple(replace(vpc, tags={"Name": HOSTILE}) for vpc in state.vpcs),
        subnets=tuple(replace(subnet, tags={"Name": HOSTILE}) for subnet in state.subnets),
        tgw_route_tables=tuple(replace(t, tags={"Name": HOSTILE}) for t in state.tgw_route_tables),
    )
    spec = load_spec(drafted(hostile, tmp_path, HOSTILE))

    assert spec.name == HOSTILE
    assert {cidr for vpc in spec.vpcs.values() for cidr in vpc.cidrs} == {
        cidr for vpc in state.vpcs for cidr in vpc.cidrs
    }


def test_every_gap_is_told_in_a_comment() -> None:
    (dump,) = [load_state(f"dump:{RECORDED}")]
    gaps = tuple(replace(gap, reason="denied") for gap in dump.gaps)
    text = spec_text(draft(replace(dump, gaps=gaps), "n"))

    assert text.count("# not seen: ") == len({(g.kind, g.resource or g.region) for g in gaps})
    assert yaml.safe_load(text)["name"] == "n"


def test_state_without_a_vpc_is_refused() -> None:
    with pytest.raises(EmptySelectionError, match="no VPC"):
        draft(State(), "n")


@pytest.mark.parametrize(
    "region, alias",
    [
        ("us-east-1", "use1"),
        ("us-west-2", "usw2"),
        ("eu-central-1", "euc1"),
        ("ap-southeast-2", "apse2"),
        ("ap-northeast-1", "apne1"),
        ("us-gov-west-1", "usgw1"),
    ],
)
def test_region_has_its_usual_short_form(region: str, alias: str) -> None:
    assert region_alias(region) == alias
