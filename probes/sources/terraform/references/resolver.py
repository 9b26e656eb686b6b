"""Which resources an attribute refers to while its value is not known.

A plan lists the addresses that an expression mentions, not how it combines them. An attribute that is unknown
before apply must come from something that is unknown itself, so known IDs are no candidates while an unknown
one is. More than one candidate for a single ID, or a mention of what the file does not show (`local.x`), is
no answer: the caller records a gap.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from probes.sources.terraform.file.addresses import outermost
from probes.sources.terraform.file.document import Block, Expression, expressions_of
from probes.sources.terraform.file.module_tree import Instance, Scope
from probes.sources.terraform.file.resource_ids import Identities
from probes.sources.terraform.references.local_values import Deduction
from probes.sources.terraform.references.targets import Found, Known, Lead, Local, place_of
from probes.sources.terraform.references.traversal import Follower
from probes.sources.terraform.schema.references import (
    EXPECTED,
    ID_PREFIXES,
    IDENTITY,
    PART_TYPES,
    PARTS,
    SAME_RESOURCE,
)

NOT_CONFIGURED = "is not known before apply and not set in the configuration"
PAIR = 2
"""
Terraform lists `type.name.id` and then `type.name`.
"""
MODULE = "module."
VARYING = frozenset({"each.key", "each.value", "count.index"})
_BLOCK = msgspec.json.Decoder(dict[str, Expression | Block])


class Candidate(Struct, frozen=True):
    """One resource that a reference leads to; `known` when its ID is known before apply, the rest as in Found."""

    id: str
    known: bool
    part: str = ""
    keyed: bool | None = None


class Answer(Struct, frozen=True):
    """The IDs behind an attribute; `missing` says why they may not be all, or not the right one."""

    ids: tuple[str, ...] = ()
    missing: str = ""


Candidates = tuple[Sequence[Candidate], Sequence[str]]


class Resolver:
    """Answers for attributes that are unknown before apply."""

    def __init__(self, identities: Identities) -> None:
        self._follower = Follower()
        self._identities = identities
        self._deduction = Deduction(self._follower, identities)

    def find(self, instance: Instance[Any], attribute: str) -> str:
        """The single ID behind an attribute in the common case that it is written as one reference; else "".

        Most resources of a module refer to the same few others, so what was found is remembered there.
        """
        config = instance.config
        expression = (config.decoded or expressions_of(config)).get(attribute) if config else None
        if type(expression) is not Expression or not 0 < len(expression.references) <= PAIR:
            return ""
        references = expression.references
        full, base = references[0], references[-1]
        if base in VARYING:
            return ""
        key = (attribute, full, base)
        found = instance.scope.found.get(key)
        if found is None:
            instance.scope.found[key] = ""
            found = self._target(instance.scope, full, base, EXPECTED[attribute])
            if not found:
                answer = self.one_of(instance, references, attribute)
                found = "" if answer.missing else answer.ids[0]
            instance.scope.found[key] = found
        return found

    def one(self, instance: Instance[Any], attribute: str) -> Answer:
        """The single ID behind an attribute."""
        return self.one_of(instance, references_of(instance, attribute), attribute)

    def one_of(self, instance: Instance[Any], references: list[str], attribute: str) -> Answer:
        """The single ID that some references lead to."""
        if not references:
            return Answer(missing=NOT_CONFIGURED)
        candidates, missing = self._collect(instance, references, EXPECTED[attribute], single=True)
        likely = [candidate for candidate in candidates if not candidate.known] or candidates
        by_key = all(candidate.keyed is not None for candidate in likely)
        ids = {candidate.id for candidate in likely if candidate.keyed or not by_key}
        if missing or len(ids) != 1:
            return Answer(missing=_why(references, missing, sorted(ids)))
        return Answer(tuple(ids))

    def all_of(
        self, instance: Instance[Any], references: list[str], attribute: str, *, is_alone: bool = False
    ) -> Answer:
        """Every ID that some references lead to, in their order.

        `is_alone` says that no other attribute's references are among them: a condition can then be told.
        """
        if not references:
            return Answer(missing=NOT_CONFIGURED)
        direct = self._directly(instance, references, attribute)
        if direct:
            return Answer(direct)
        leads = self._follower.follow(place_of(instance), references, is_alone=is_alone)
        expected = EXPECTED[attribute]
        candidates, missing = self._weigh(leads, expected, 0, ID_PREFIXES.get(expected))
        alternatives = _alternatives(candidates)
        if alternatives:
            ids = tuple(dict.fromkeys(candidate.id for candidate in candidates if not candidate.part))
            return Answer(ids, _why(references, missing, alternatives))
        ids = tuple(dict.fromkeys(candidate.id for candidate in candidates))
        return Answer(ids, _why(references, missing, ()) if missing or not ids else "")

    def _directly(self, instance: Instance[Any], references: list[str], attribute: str) -> tuple[str, ...]:
        """The IDs if every reference is of the common case, else none."""
        pairs = zip(references[::PAIR], references[1::PAIR], strict=False)
        ids = [self._target(instance.scope, full, base, EXPECTED[attribute]) for full, base in pairs]
        return tuple(ids) if all(ids) and len(ids) * PAIR == len(references) else ()

    def _target(self, scope: Scope, full: str, base: str, expected: frozenset[str]) -> str:
        """What `type.name.id`, `module.name.output` or an accepter's ID stands for, if nothing is repeated."""
        instances = scope.resources.get(base)
        if instances is None:
            return self._of_output(scope, full, base, expected)
        target, attribute = instances.get(None), full[len(base) + 1 :]
        if target is None:
            return ""
        if target.type in expected and (not attribute or attribute in IDENTITY):
            return target.identity or self._identities.of(target)
        same = SAME_RESOURCE.get(target.type, "")
        if not same or attribute not in ("id", same):
            return ""
        value = getattr(target.attributes, same)
        return value if isinstance(value, str) else self.find(target, same)

    def _of_output(self, scope: Scope, full: str, base: str, expected: frozenset[str]) -> str:
        child = scope.children.get(base[len(MODULE) :], {}).get(None)
        output = (
            child.config.outputs.get(full[len(base) + 1 :])
            if child and base[: len(MODULE)] == MODULE
            else None
        )
        if child is None or output is None or len(output.expression.references) != PAIR:
            return ""
        inner, start = output.expression.references
        return self._target(child, inner, start, expected)

    def _collect(
        self,
        instance: Instance[Any],
        references: list[str],
        expected: frozenset[str],
        depth: int = 0,
        *,
        single: bool = False,
    ) -> Candidates:
        leads = self._follower.follow(place_of(instance, depth), references)
        return self._weigh(self._deduced(leads, expected) if single else leads, expected, depth)

    def _deduced(self, leads: Iterable[Lead], expected: frozenset[str]) -> Iterator[Lead | Candidate]:
        for lead in leads:
            found = self._deduction.stands_for(lead, expected) if isinstance(lead, Local) else ""
            yield Candidate(found, known=False) if found else lead

    def _weigh(
        self,
        leads: Iterable[Lead | Candidate],
        expected: frozenset[str],
        depth: int,
        id_prefix: str | None = None,
    ) -> Candidates:
        """What leads to the right type; known IDs count only where they begin with `id_prefix`."""
        candidates: list[Candidate] = []
        missing: list[str] = []
        for lead in leads:
            if isinstance(lead, Candidate):
                candidates.append(lead)
                continue
            if isinstance(lead, Known):
                ids = (each for each in lead.ids if id_prefix and each.startswith(id_prefix))
                candidates += [Candidate(each, known=True, part=lead.part) for each in ids]
                continue
            if not isinstance(lead, Found):
                missing.append(lead if isinstance(lead, str) else lead.name)
                continue
            inner, unclear = self._candidates(lead, expected, depth)
            candidates += (
                [replace(one, part=lead.part, keyed=lead.keyed) for one in inner] if lead.part else inner
            )
            missing += unclear
        return candidates, missing

    def _candidates(self, found: Found, expected: frozenset[str], depth: int) -> Candidates:
        instance, attribute = found.instance, found.attribute
        same = SAME_RESOURCE.get(instance.type)
        if same and attribute in ("", "id", same) and instance.type not in expected:
            return self._join(instance, same, expected, depth)
        if instance.type in expected and (not attribute or attribute in IDENTITY):
            identity = self._identities.of(instance)
            return (Candidate(identity, identity != instance.address),), ()
        part = PARTS.get((instance.type, attribute))
        if part:
            return self._part(instance, part, expected)
        if EXPECTED.get(attribute, frozenset()) & expected:
            return self._join(instance, attribute, expected, depth)
        return (), ()

    def _part(self, instance: Instance[Any], part: str, expected: frozenset[str]) -> Candidates:
        if PART_TYPES[part] not in expected:
            return (), ()
        own = self._identities.own_part(instance, part)
        return (Candidate(self._identities.part(instance, part), not own.endswith(f".{part}")),), ()

    def _join(
        self, instance: Instance[Any], attribute: str, expected: frozenset[str], depth: int
    ) -> Candidates:
        """`aws_route_table.x.vpc_id` means whatever the VPC of that table is."""
        value = getattr(instance.attributes, attribute, None)
        if isinstance(value, str):
            return (Candidate(value, known=True),), ()
        return self._collect(instance, references_of(instance, attribute), expected, depth + 1)


def _alternatives(candidates: Sequence[Candidate]) -> list[str]:
    """The IDs of which only some are meant: those of parts that do not all have the same."""
    parts: dict[str, set[str]] = {}
    for candidate in candidates:
        if candidate.part:
            parts.setdefault(candidate.part, set()).add(candidate.id)
    every = set().union(*parts.values())
    return [] if all(ids == every for ids in parts.values()) else sorted(every)


def references_of(instance: Instance[Any], attribute: str, inner: str = "") -> list[str]:
    """The references of an attribute; with `inner`, of that argument in every block of the name.

    Some blocks are attributes to Terraform, which then lists the references of all of them together.
    """
    if instance.config is None:
        return []
    expression = expressions_of(instance.config).get(attribute)
    if isinstance(expression, Expression):
        return expression.references
    return [] if expression is None else _block_references(expression, inner)


def _block_references(blocks: Block, inner: str) -> list[str]:
    expressions = (_BLOCK.decode(block).get(inner) for block in blocks)
    return [
        reference
        for expression in expressions
        if isinstance(expression, Expression)
        for reference in expression.references
    ]


def configured(instance: Instance[Any], attribute: str) -> bool:
    """Whether the configuration sets an attribute or block; without a configuration nobody can say."""
    return instance.config is not None and attribute in expressions_of(instance.config)


def _why(references: list[str], missing: Sequence[str], ids: Sequence[str]) -> str:
    written = ", ".join(outermost(references))
    if missing:
        return f"refers to {written}; the file does not show what {', '.join(missing)} stands for"
    if ids:
        return f"refers to {written}, which may be any of {', '.join(ids)}"
    return f"refers to {written}, which leads to no resource of the right type"
