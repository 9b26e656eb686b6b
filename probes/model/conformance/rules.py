"""The rules: what the suite can judge on any network."""

from collections.abc import Iterable
from fnmatch import fnmatchcase

import msgspec

from probes.model.conformance.catalogue import Catalogue, Means, Requirement
from probes.model.spec import Spec
from probes.model.spec.claims import Claim


class JudgedRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One rule under its permanent ID. `sentence` has placeholders for the values of the claim that it judges."""

    id: str
    area: str
    sentence: str
    verified_by: tuple[Means, ...]


Rules = dict[str, JudgedRule]
EVERYWHERE = Claim(name="every claim")
_SPECIAL = frozenset("*?[")  # fnmatch compiles every other name too, and soon forgets it


def requirements_of(catalogue: Catalogue, rule: str, claim: str) -> tuple[str, ...]:
    """The IDs of the requirements that a rule decides for a claim; the rule's own where no document asks for it."""
    found = tuple(
        requirement
        for requirement, globs in catalogue.decided_by.get(rule, ())
        if claim in globs or any(fnmatchcase(claim, glob) for glob in globs if not _SPECIAL.isdisjoint(glob))
    )
    return found or (own_id(rule, claim),)


def own_id(rule: str, claim: str) -> str:
    """What a rule is called for one claim when no requirement of a document asks for it."""
    return f"{rule}:{claim}"


def requirement_of(rule: JudgedRule, spec: Spec, claim: Claim, *, everywhere: bool = False) -> Requirement:
    """A rule as the requirement of one claim, its sentence filled with the claim's own values.

    In a network of many places it is one requirement `everywhere`, with the names of the values.
    """
    return Requirement(
        id=rule.id if everywhere else own_id(rule.id, claim.name),
        section=rule.area,
        sentence=rule.sentence.format_map(_Values(spec, EVERYWHERE if everywhere else claim)),
        verified_by=rule.verified_by,
    )


def with_own(catalogue: Catalogue, added: Iterable[Requirement]) -> Catalogue:
    """A catalogue with rules that its document does not ask for behind its own requirements."""
    more = {entry.id: entry for entry in added}
    return msgspec.structs.replace(catalogue, requirements=catalogue.requirements | more)


class _Values(dict[str, object]):
    """The values of a claim by name; one that it has not is left out of the sentence."""

    def __init__(self, spec: Spec, claim: Claim) -> None:
        super().__init__(msgspec.structs.asdict(claim))
        self["address_space"] = _listed(spec.address_space)
        if vpc := spec.vpcs.get(str(self.get("vpc", ""))):
            self["cidrs"] = _listed(vpc.cidrs)
            self["subnets"] = _listed(vpc.tier(str(self.get("tier", ""))))
            self["appliance_mode"] = "enabled" if vpc.appliance_mode else "disabled"
        if gateway := spec.transit_gateways.get(str(self.get("gateway", ""))):
            self["asn"] = gateway.asn
        for name, value in tuple(self.items()):
            self.update(_described(name, value))

    def __missing__(self, name: str) -> str:
        return f"({name})"


def _described(name: str, value: object) -> dict[str, object]:
    """What a sentence says of the parts of a claim."""
    match name:
        case "claimed":
            return {
                "associated": _listed(getattr(value, "associated", ())),
                "propagated": _listed(getattr(value, "propagated", ())),
            }
        case "peering":
            one, other = getattr(value, "between", ("", ""))
            return {"one": one, "other": other}
        case "endpoint":
            return {"users": _listed(getattr(value, "users", ())) or "its users"}
        case "rule":
            words = (
                f"{getattr(value, 'direction', '')} {getattr(value, 'kind', '')} {getattr(value, 'peer', '')}"
            )
            return {"rule": words}
        case "flow":
            return {
                "flow": getattr(value, "sentence", "") or f"{getattr(value, 'name', '')} is as documented."
            }
    return {}


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
