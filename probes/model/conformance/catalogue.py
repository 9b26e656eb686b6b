"""The catalogue: every requirement of the architecture under a permanent ID."""

from functools import cached_property
from typing import Literal

import msgspec

from probes.model.errors import EmptySelectionError

Means = Literal["spec", "state", "plan", "live", "drill", "none"]


class Requirement(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One sentence of the architecture, in our words.

    `verified_by` lists what can decide it: the spec alone, an observed state (AWS or a dump), a Terraform
    plan, a live measurement, a drill that changes the network, or nothing a machine can do. A `derived`
    requirement is not in the document, but another of its claims cannot hold without it. `contradictions` are
    the IDs of the spec lint's findings that it takes part in. `undecided` says of each means that decides
    nothing here why it does not: a selftest asks for a test and a fault that fails it, or for such a reason.
    `decided_by` leads the rules that decide it to globs for the claims that it is about.
    """

    id: str
    section: str
    sentence: str
    verified_by: tuple[Means, ...]
    derived: bool = False
    contradictions: tuple[str, ...] = ()
    undecided: dict[Means, str] = {}
    decided_by: dict[str, str | tuple[str, ...]] = {}

    def claims_of(self, rule: str) -> tuple[str, ...]:
        """The globs for the claims for which a rule decides the requirement; none when it does not."""
        globs = self.decided_by.get(rule, ())
        return (globs,) if isinstance(globs, str) else globs


class Catalogue(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """The requirements by ID, in the catalogue's order."""

    requirements: dict[str, Requirement]

    @cached_property
    def decided_by(self) -> dict[str, list[tuple[str, tuple[str, ...]]]]:
        """By rule: the requirements that it decides, each with the globs for its claims."""
        found: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
        for entry in self.requirements.values():
            for rule in entry.decided_by:
                found.setdefault(rule, []).append((entry.id, entry.claims_of(rule)))
        return found

    def of(self, requirement_id: str) -> Requirement:
        """The requirement of an ID. Raises EmptySelectionError when the catalogue has none such."""
        try:
            return self.requirements[requirement_id]
        except KeyError:
            raise EmptySelectionError(f"the catalogue has no requirement {requirement_id}") from None

    def verified_by(self, means: Means) -> tuple[str, ...]:
        """The IDs of the requirements that one means can decide."""
        return tuple(name for name, entry in self.requirements.items() if means in entry.verified_by)
