"""The recorded Terraform plan of the documented network, grown to any number of Regions of the same make."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "terraform" / "plan.json"
PAIR = frozenset({"use1_use2", "use1_to_use2", "use2_to_use1", "use2_use1"})
"""
What the plan holds for one peering: both sides, and in each Region a route and an association.
"""
Json = dict[str, Any]


def scaled_plan(regions: int) -> bytes:
    """The plan for so many Regions, up to 256, fully meshed: 76 resources a Region and 6 a peering."""
    plan: Json = json.loads(SAMPLE.read_bytes())
    pairs = list(combinations(range(regions), 2))
    shown, config = plan["planned_values"]["root_module"], plan["configuration"]
    module, call = shown["child_modules"][0], config["root_module"]["module_calls"]["use1"]
    changes = plan["resource_changes"]
    inner = [each for each in changes if each.get("module_address") == "module.use1"]
    outer = [each for each in changes if "module_address" not in each]
    plan["planned_values"]["root_module"] = {
        "resources": _for_pairs(shown["resources"], pairs),
        "child_modules": [_for_region(module, number) for number in range(regions)],
    }
    plan["resource_changes"] = [
        *(change for number in range(regions) for change in _for_region(inner, number)),
        *_for_pairs(outer, pairs),
    ]
    config["root_module"]["resources"] = _for_pairs(config["root_module"]["resources"], pairs)
    config["root_module"]["module_calls"] = {_name(n): _for_region(call, n) for n in range(regions)}
    config["provider_config"] = {_alias(number): _provider(number) for number in range(regions)}
    return json.dumps(plan, separators=(",", ":")).encode()


def _for_region(part: Any, number: int) -> Any:  # noqa: ANN401  # any JSON
    text = json.dumps(part).replace("use1", _name(number)).replace("us-east-1", _region(number))
    return json.loads(text.replace('"10.66.', f'"10.{number}.'))


def _for_pairs(parts: list[Json], pairs: list[tuple[int, int]]) -> list[Json]:
    text = json.dumps([part for part in parts if part["name"] in PAIR])
    return [part for one, other in pairs for part in _for_pair(text, one, other)]


def _for_pair(text: str, one: int, other: int) -> list[Json]:
    swaps = {
        "use1": "@one@",
        "use2": _name(other),
        "@one@": _name(one),
        "us-east-1": _region(one),
        "us-east-2": _region(other),
        "10.66.64.0/18": f"10.{other}.0.0/18",
        "10.66.0.0/18": f"10.{one}.0.0/18",
    }
    for old, new in swaps.items():
        text = text.replace(old, new)
    parts: list[Json] = json.loads(text)
    return parts


def _name(number: int) -> str:
    return f"r{number:03}"


def _alias(number: int) -> str:
    return f"aws.{_name(number)}"


def _region(number: int) -> str:
    return f"xx-{'abcdefghijklmnop'[number // 16]}{'abcdefghijklmnop'[number % 16]}-1"


def _provider(number: int) -> Json:
    region = {"region": {"constant_value": _region(number)}}
    return {"name": "aws", "alias": _name(number), "expressions": region}
