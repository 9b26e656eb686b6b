"""Findings as SARIF 2.1.0, for code scanning and editors.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from probes.model.untrusted_text import cleaned
from reports.annotations.findings import Finding
from reports.results.model import Results

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
TOOL = "crossregion-conformance"


def sarif(results: Results, found: Sequence[Finding], root: Path) -> str:
    """The findings of a run; one without a place of its own stands in the first line of the spec."""
    sentences = {row.id: row.sentence for row in results.requirements}
    named = dict.fromkeys(name for one in found for name in one.requirements)
    document = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": TOOL,
                        "version": results.tool_version,
                        "rules": [
                            {"id": name, "shortDescription": {"text": sentences.get(name) or name}}
                            for name in named
                        ],
                    }
                },
                "invocations": [
                    {
                        "executionSuccessful": not (results.interrupted or results.problems),
                        "endTimeUtc": f"{results.finished_at:%Y-%m-%dT%H:%M:%SZ}",
                    }
                ],
                "results": [_result(one, results, root) for one in found],
            }
        ],
    }
    return msgspec.json.format(msgspec.json.encode(cleaned(document))).decode() + "\n"


def _result(one: Finding, results: Results, root: Path) -> dict[str, Any]:
    spec = results.judged.spec.rpartition(", ")[2]
    path, line = (os.path.relpath(one.place.path, root), one.place.line) if one.place else (spec, 1)
    location = {"artifactLocation": {"uri": Path(path).as_posix()}, "region": {"startLine": line}}
    return {
        "ruleId": one.requirements[0] if one.requirements else TOOL,
        "level": one.level,
        "message": {"text": one.text},
        "locations": [{"physicalLocation": location}],
        "properties": {"requirements": list(one.requirements)},
        **({"baselineState": "new"} if results.baseline else {}),
    }
