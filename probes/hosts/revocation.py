"""Revoking rules until each is gone, refused for good, or the time is over."""

import random
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor

from probes.hosts.ingress_rules import ERRORS, GONE, IngressRules, Rule, code_of, may_pass
from probes.hosts.ssh.deadline import Deadline

SETTLED_S = 10.0
"""
For so long EC2 may not know a rule that it has just made:
https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
"""
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 15.0
_AT_ONCE = 32


def revoke_all(rules: IngressRules, made_at_s: Mapping[Rule, float], within_s: float) -> dict[Rule, str]:
    """Revoke these rules, all at once; returns those that stay open, with the reason.

    `made_at_s` says when each was authorised, by the monotonic clock. Each is tried again, with growing pauses, as
    long as the error may pass and the time is not over, beside the retries of botocore itself.
    """
    if not made_at_s:
        return {}
    deadline = Deadline(within_s)

    def attempt(rule: Rule) -> str:
        settled_at_s = made_at_s[rule] + SETTLED_S
        return _revoke(lambda: rules.revoke(rule), deadline, settled_at_s)

    with ThreadPoolExecutor(min(_AT_ONCE, len(made_at_s))) as pool:
        reasons = dict(zip(made_at_s, pool.map(attempt, made_at_s), strict=True))
    return {rule: reason for rule, reason in reasons.items() if reason}


def _revoke(revoke: Callable[[], None], deadline: Deadline, settled_at_s: float) -> str:
    pause_s = _SHORTEST_PAUSE_S
    while True:
        try:
            revoke()
        except ERRORS as error:
            is_unknown = code_of(error) in GONE
            if is_unknown and time.monotonic() >= settled_at_s:
                return ""
            if not (is_unknown or may_pass(error)) or deadline.remaining_s < pause_s:
                return str(error)
        else:
            return ""
        time.sleep(pause_s * random.uniform(0.5, 1.0))  # noqa: S311  # so that many do not come back together
        pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
