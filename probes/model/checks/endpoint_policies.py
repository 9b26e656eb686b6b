"""What an endpoint policy lets pass.

Without one an endpoint lets everything pass. An explicit deny decides over any allow; what no statement allows is
denied (https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
"""

import json
from collections.abc import Mapping
from typing import Any

from probes.model.checks.documented import Documented
from probes.model.errors import UnobservableError
from probes.model.state import VpcEndpoint

_WHOM = "Principal"
_RESTRICTIONS = ("Condition", "NotAction", "NotPrincipal", "NotResource")


def refuses_everything(documented: Documented, endpoint: VpcEndpoint) -> bool:
    """Whether nobody can do anything through the endpoint, as far as its own policy decides.

    Which of the service's actions and resources a policy lets pass is not judged. Raises UnobservableError when the
    policy is unknown or cannot be read.
    """
    text: str = documented.collection("vpc_endpoints").known(endpoint, "policy")
    if not text:
        return False
    statements = _statements(endpoint, text)
    allowed = any(statement.get("Effect") == "Allow" for statement in statements)
    return not allowed or any(
        _is_about_everything(statement) for statement in statements if statement.get("Effect") == "Deny"
    )


def _statements(endpoint: VpcEndpoint, text: str) -> tuple[Mapping[str, Any], ...]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    found = policy.get("Statement", []) if isinstance(policy, dict) else None
    statements = found if isinstance(found, list) else [found]
    if not all(isinstance(statement, dict) for statement in statements):
        raise UnobservableError(f"{endpoint.label}: its policy is no policy of IAM's: {text[:80]!r}")
    return tuple(statements)


def _is_about_everything(statement: Mapping[str, Any]) -> bool:
    whom = statement.get(_WHOM)
    return (
        not any(key in statement for key in _RESTRICTIONS)
        and "*" in _listed(whom.get("AWS") if isinstance(whom, dict) else whom)
        and "*" in _listed(statement.get("Action"))
        and "*" in _listed(statement.get("Resource"))
    )


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else [value]
