"""The guide's fourth region, done as the guide says: a change to YAML alone."""

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.build import build_state
from fixtures.build.describe import write_dump
from probes.model.conformance.verdict import Verdict
from probes.sources.documents.spec import load_spec
from suites.selftest.spec.edit import BUNDLED, CATALOGUE, ROOT
from suites.selftest.suites.static_runs import judge

GUIDE = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
WAIVERS = (ROOT / "fixtures/specs/gpu-cluster.waivers.yaml").read_text(encoding="utf-8")
BASE_IS_FULL = {
    "requirement": "EXP-01",
    "resource": "spec expansion.vpc_cidr",
    "reason": "The fourth region has the last range of the base network.",
    "owner": "network-architecture",
    "expires": "2999-12-31",
}
RTT_MS = {"use1": (65, 80), "use2": (75, 90), "usw2": (120, 140)}


def guides_region() -> dict[str, Any]:
    (block,) = re.findall(r"```yaml\n(\s+regions:\n\s+euw1:.*?)```", GUIDE, re.DOTALL)
    added: dict[str, Any] = yaml.safe_load(textwrap.dedent(block))
    return added


def peering(alias: str) -> dict[str, Any]:
    low, high = RTT_MS[alias]
    return {
        "between": [alias, "euw1"],
        "rtt": {"min_ms": low, "max_ms": high},
        "bandwidth_gbit_per_s": 50,
        "throughput_floor_mbit_per_s": 30000,
    }


def with_fourth_region(spec: dict[str, Any]) -> dict[str, Any]:
    for gateway in spec["transit_gateways"].values():
        gateway["route_tables"]["main"]["associated"].append("euw1")
        gateway["route_tables"]["main"]["routes"]["10.66.192.0/18"] = "euw1"
    for section, added in guides_region().items():
        spec[section] |= added
    spec["peerings"] += map(peering, RTT_MS)
    for aliases in (
        spec["global_accelerator"]["endpoint_regions"],
        spec["dynamodb"]["replica_regions"],
        spec["expansion"]["new_peerings"],
    ):
        aliases.append("euw1")
    spec["capacity"]["normal"]["euw1"] = spec["capacity"]["after_failover"]["euw1"] = 8
    spec["capacity"]["total"] = 58
    spec["latency"]["cross_region"]["max_ms"] = 140
    spec["cost"]["tgw"][0] |= {"quantity": 4, "usd_per_month": 144}
    spec["cost"]["tgw"][2] |= {"quantity": 6, "usd_per_month": 216}
    spec["catalogue"] = str(CATALOGUE)
    return spec


def test_fourth_region_of_the_guide_conforms(tmp_path: Path) -> None:
    spec, waivers, state = tmp_path / "spec.yaml", tmp_path / "waivers.yaml", tmp_path / "state"
    bundled = yaml.safe_load(BUNDLED.read_text(encoding="utf-8"))
    spec.write_text(yaml.safe_dump(with_fourth_region(bundled), sort_keys=False), encoding="utf-8")
    waivers.write_text(WAIVERS + yaml.safe_dump([BASE_IS_FULL]), encoding="utf-8")
    write_dump(build_state(load_spec(spec)), state)

    judged = judge(tmp_path, "--spec", str(spec), "--state", f"dump:{state}", "--waivers", str(waivers))

    assert judged.exit_code == pytest.ExitCode.OK, judged.output
    assert "EXP-01" in judged.those(Verdict.WAIVED)
