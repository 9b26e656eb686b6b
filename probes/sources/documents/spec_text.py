"""A drafted spec as the text of a YAML file that a person reads and corrects."""

from typing import Any

import yaml

from probes.model.draft.spec import Draft
from probes.model.untrusted_text import one_line

_WIDTH = 100
_HEAD = """\
# yaml-language-server: $schema=spec.schema.json
# Drafted from what was observed: every line is a claim. Correct what should not be so.
"""
_TO_DECIDE = """
# What only a person can say; each line is a claim that is judged once it is no comment.
# address_space: [10.0.0.0/8]                   # all addresses of the network lie in it
# peerings: - {between: [a, b], rtt: {min_ms: 60, max_ms: 70}, throughput_floor_mbit_per_s: 1000}
# flows:
#   - {from: a, to: b, tcp: [443]}              # is delivered, and so are the replies
#   - {from: b, to: a, all: true, expect: denied}
"""


def spec_text(draft: Draft) -> str:
    """The draft with its notes as comments."""
    sections = [_section(key, value) for key, value in draft.document.items()]
    notes = "".join(f"# {one_line(note)}\n" for note in draft.notes)
    return "".join((_HEAD, notes, *sections, _TO_DECIDE))


def _section(key: str, value: Any) -> str:  # noqa: ANN401  # of a document
    lines = block_lines(key, value, 0)
    gap = "\n" if len(lines) > 1 else ""
    return gap + "\n".join(lines) + "\n"


def block_lines(key: str, value: Any, depth: int) -> list[str]:  # noqa: ANN401  # as above
    """A key and its value, indented by two spaces for each level; below the top in one line where it fits."""
    indent = "  " * depth
    flow = flow_style(value)
    if not isinstance(value, dict | list) or (depth > 0 and len(indent) + len(key) + len(flow) < _WIDTH):
        return [f"{indent}{flow_style(key)}: {flow}"]
    head = f"{indent}{flow_style(key)}:"
    if isinstance(value, list):
        return [head, *(f"{indent}  - {flow_style(item)}" for item in value)]
    return [head, *(line for name, item in value.items() for line in block_lines(name, item, depth + 1))]


def flow_style(value: Any) -> str:  # noqa: ANN401  # as above
    """A value in one line."""
    text: str = yaml.safe_dump(
        value, default_flow_style=True, sort_keys=False, width=float("inf"), allow_unicode=True
    )
    return text.removesuffix("\n...\n").removesuffix("\n")
