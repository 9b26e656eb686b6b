"""The JSON schema of results.json."""

import msgspec

from reports.results.model import Results


def results_schema() -> str:
    """The schema as it is kept in docs/results.schema.json."""
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "crossregion-conformance results",
        **msgspec.json.schema(Results),
    }
    return msgspec.json.format(msgspec.json.encode(schema)).decode() + "\n"
