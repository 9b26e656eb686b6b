"""A network in which every documented packet arrives, so that what a test takes away shows."""

from pathlib import Path

import msgspec
import yaml

from probes.model.spec import RangeMs, SgRuleSpec
from suites.selftest.spec.corrections import SPEC, TGW_SUBNETS, each_region
from suites.selftest.spec.edit import edited
from suites.selftest.suites.static_runs import Judged, judge

EVERYTHING = SgRuleSpec(requirement="SG-GPU-I1", protocol="all", peer="10.66.0.0/16")
GROUPS: dict[str, object] = {
    f"security_groups.{role}.{side}": (*getattr(SPEC.security_groups[role], side), EVERYTHING)
    for role, side in (("gpu", "ingress"), ("fsx", "ingress"), ("router", "egress"))
}
WORKING = edited(
    SPEC,
    {
        **each_region("subnets.tgw", list(TGW_SUBNETS)),
        **GROUPS,
        "ha.detour_added": RangeMs(min_ms=95, max_ms=130),
    },
)
"""
A document without the contradictions that keep packets from arriving.
"""

DELIVERY = {"PEER-05", "HA-07", "RTB-12", "TEST-01", "TEST-03", "VPCE-04"}
"""
Requirements that the corrected document makes possible.
"""


def judge_working(scratch: Path, *options: str) -> Judged:
    """The verdicts about a network that should be the working one, without any waiver."""
    written = {
        "--waivers": "[]",
        "--spec": yaml.safe_dump(msgspec.to_builtins(WORKING, enc_hook=str)),
    }
    for option, content in written.items():
        (scratch / option).write_text(content, encoding="utf-8")
    given = [text for option in written for text in (option, str(scratch / option))]
    return judge(scratch, *given, *options)
