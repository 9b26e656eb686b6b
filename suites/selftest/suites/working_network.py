"""A network in which every documented packet arrives, so that what a test takes away shows."""

from pathlib import Path

import msgspec
import yaml

from probes.model.spec import RangeMs, RuleSpec
from suites.selftest.spec.corrections import ATTACHMENT_SUBNETS, SPEC, each_vpc, with_rule
from suites.selftest.spec.edit import CATALOGUE, edited
from suites.selftest.suites.static_runs import Judged, judge

GROUPS: dict[str, object] = {
    **with_rule("gpu", RuleSpec(source="10.66.0.0/16", destination="", all=True)),
    **with_rule("fsx", RuleSpec(source="10.66.0.0/16", destination="", all=True)),
    **with_rule("router", RuleSpec(source="", destination="10.66.0.0/16", all=True)),
}
WORKING = edited(
    SPEC,
    {
        **each_vpc("subnets.tgw", list(ATTACHMENT_SUBNETS)),
        **GROUPS,
        "ha.detour.added": RangeMs(min_ms=95, max_ms=130),
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
        "--spec": yaml.safe_dump(
            msgspec.to_builtins(edited(WORKING, {"catalogue": str(CATALOGUE)}), enc_hook=str)
        ),
    }
    for option, content in written.items():
        (scratch / option).write_text(content, encoding="utf-8")
    given = [text for option in written for text in (option, str(scratch / option))]
    return judge(scratch, *given, *options)
