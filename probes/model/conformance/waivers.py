"""Waivers: nonconformity that somebody has accepted, for a reason and for a time."""

import re
from collections.abc import Collection, Iterable
from datetime import date

import msgspec

from probes.model.conformance.verdict import Violation

# A resource as the model labels it (`tgw-rtb-0a1 "main" (us-east-1)`), and what says more of it.
_LABEL = re.compile(r'(\S+)(?: "([^"]*)")? \([a-z0-9-]+\)(.*)', re.DOTALL)


class Waiver(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """One accepted nonconformity. It never changes the intent, and it ends after the day `expires`.

    `resource` is compared with a violation's resource as it is printed, and with its ID, its Terraform address and
    its Name alone, so that one waiver serves a plan and AWS; `*` in it stands for any text, every other character
    for itself. Where a rule is one requirement for many places, a waiver for one of its claims is about the rule.
    `contradiction` is the spec lint's ID when the document itself is the reason.
    """

    requirement: str
    resource: str
    reason: str
    owner: str
    expires: date
    contradiction: str = ""

    def expired(self, today: date) -> bool:
        """Whether the waiver no longer holds."""
        return self.expires < today

    def covers(self, requirements: Collection[str], resource: str) -> bool:
        """Whether the waiver is about this resource and one of these requirements, expired or not."""
        named = {self.requirement, self.requirement.partition(":")[0]}
        return not named.isdisjoint(requirements) and covered(self.resource, resource)


def covered(pattern: str, resource: str) -> bool:
    """Whether the `resource` of a waiver matches that of a violation."""
    wanted = ".*".join(re.escape(part) for part in pattern.split("*"))
    return any(re.fullmatch(wanted, name, re.DOTALL) for name in _names_of(resource))


def _names_of(resource: str) -> tuple[str, ...]:
    """What a resource is called: as it is printed; by its ID or address, and by its Name, with what follows."""
    label = _LABEL.fullmatch(resource)
    if label is None:
        return (resource,)
    identity, name, rest = label.groups(default="")
    return (resource, f"{identity}{rest}", f"{name}{rest}") if name else (resource, f"{identity}{rest}")


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """Violations after waivers: the remaining ones, the waived ones, and waivers that came too late to help."""

    remaining: tuple[Violation, ...]
    waived: tuple[tuple[Violation, Waiver], ...]
    expired: tuple[Waiver, ...]


def applied(
    waivers: Iterable[Waiver], requirements: Collection[str], violations: Iterable[Violation], today: date
) -> Applied:
    """What the waivers leave of the violations of a test that decides these requirements."""
    about = tuple(waivers)
    remaining: list[Violation] = []
    waived: list[tuple[Violation, Waiver]] = []
    expired: set[Waiver] = set()
    for violation in violations:
        covering = [waiver for waiver in about if waiver.covers(requirements, violation.resource)]
        valid = [waiver for waiver in covering if not waiver.expired(today)]
        if valid:
            waived.append((violation, valid[0]))
        else:
            remaining.append(violation)
            expired.update(covering)
    return Applied(remaining=tuple(remaining), waived=tuple(waived), expired=tuple(sorted(expired)))


def stale(waivers: Iterable[Waiver], judged: Collection[str], used: Collection[Waiver]) -> tuple[Waiver, ...]:
    """The waivers that waived nothing although their requirement was judged everywhere."""
    return tuple(waiver for waiver in waivers if waiver.requirement in judged and waiver not in used)
