"""Which resources an attribute refers to while its value is not known.

A plan lists the addresses that an expression mentions, not how it combines them. An attribute that is unknown
before apply must come from something that is unknown itself, so known IDs are no candidates while an unknown
one is. More than one candidate for a single ID, or a mention of what the file does not show (`local.x`), is
no answer: the caller records a gap.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from probes.sources.terraform.file.addresses import outermost
from probes.sources.terraform.file.document import Expression, expressions_of
from probes.sources.terraform.file.module_tree import ModuleInstance, ResourceInstance
from probes.sources.terraform.file.resource_ids import ResourceIds
from probes.sources.terraform.references.local_values import LocalValues
from probes.sources.terraform.references.targets import (
    LiteralIds,
    LocalValue,
    ResourceTarget,
    Target,
    scope_of,
)
from probes.sources.terraform.references.traversal import ReferenceTraversal
from probes.sources.terraform.schema.references import EXPECTED, ID_PREFIXES, IDENTITY, PART_TYPES, PARTS

NOT_CONFIGURED = "is not known before apply and not set in the configuration"
PAIR = 2
"""
Terraform lists `type.name.id` and then `type.name`.
"""
MODULE = "module."
VARYING = frozenset({"each.key", "each.value", "count.index"})


class Candidate(Struct, frozen=True):
    """One resource that a reference leads to; `known` if its ID is known before apply, the rest as in targets."""

    id: str
    known: bool
    part: str = ""
    keyed: bool | None = None


class Resolution(Struct, frozen=True):
    """The IDs behind an attribute; `missing` says why they may not be all, or not the right one."""

    ids: tuple[str, ...] = ()
    missing: str = ""


Candidates = tuple[Sequence[Candidate], Sequence[str]]


class Resolver:
    """Answers for attributes that are unknown before apply."""

    def __init__(self, ids: ResourceIds) -> None:
        self._traversal = ReferenceTraversal()
        self._ids = ids
        self._local_values = LocalValues(self._traversal, ids)

    def find(self, instance: ResourceInstance[Any], attribute: str) -> str:
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
        found = instance.module.found.get(key)
        if found is None:
            instance.module.found[key] = ""
            found = self._target(instance.module, full, base, EXPECTED[attribute])
            if not found:
                resolution = self.one_of(instance, references, attribute)
                found = "" if resolution.missing else resolution.ids[0]
            instance.module.found[key] = found
        return found

    def one(self, instance: ResourceInstance[Any], attribute: str) -> Resolution:
        """The single ID behind an attribute."""
        return self.one_of(instance, instance.references(attribute), attribute)

    def one_of(self, instance: ResourceInstance[Any], references: list[str], attribute: str) -> Resolution:
        """The single ID that some references lead to."""
        if not references:
            return Resolution(missing=NOT_CONFIGURED)
        candidates, missing = self._collect(instance, references, EXPECTED[attribute], single=True)
        likely = [candidate for candidate in candidates if not candidate.known] or candidates
        by_key = all(candidate.keyed is not None for candidate in likely)
        ids = {candidate.id for candidate in likely if candidate.keyed or not by_key}
        if missing or len(ids) != 1:
            return Resolution(missing=_why(references, missing, sorted(ids)))
        return Resolution(tuple(ids))

    def all_of(
        self,
        instance: ResourceInstance[Any],
        references: list[str],
        attribute: str,
        *,
        is_alone: bool = False,
    ) -> Resolution:
        """Every ID that some references lead to, in their order.

        `is_alone` says that no other attribute's references are among them: a condition can then be told.
        """
        if not references:
            return Resolution(missing=NOT_CONFIGURED)
        direct = self._directly(instance, references, attribute)
        if direct:
            return Resolution(direct)
        targets: Iterable[Target] = self._traversal.follow(scope_of(instance), references, is_alone=is_alone)
        if _is_single_list(references):
            targets = (each for each in targets if not self._is_no_id(each))
        expected = EXPECTED[attribute]
        candidates, missing = self._weigh(targets, expected, 0, ID_PREFIXES.get(expected))
        alternatives = _alternatives(candidates)
        if alternatives:
            ids = tuple(dict.fromkeys(candidate.id for candidate in candidates if not candidate.part))
            return Resolution(ids, _why(references, missing, alternatives))
        ids = tuple(dict.fromkeys(candidate.id for candidate in candidates))
        return Resolution(ids, _why(references, missing, ()) if missing or not ids else "")

    def _directly(
        self, instance: ResourceInstance[Any], references: list[str], attribute: str
    ) -> tuple[str, ...]:
        """The IDs if every reference is of the common case, else none."""
        pairs = zip(references[::PAIR], references[1::PAIR], strict=False)
        ids = [self._target(instance.module, full, base, EXPECTED[attribute]) for full, base in pairs]
        return tuple(ids) if all(ids) and len(ids) * PAIR == len(references) else ()

    def _target(self, module: ModuleInstance, full: str, base: str, expected: frozenset[str]) -> str:
        """What `type.name.id`, `module.name.output` or an accepter's ID stands for, if nothing is repeated."""
        instances = module.resources.get(base)
        if instances is None:
            return self._of_output(module, full, base, expected)
        target, attribute = instances.get(None), full[len(base) + 1 :]
        if target is None:
            return ""
        if target.type in expected and (not attribute or attribute in IDENTITY):
            return target.identity or self._ids.of(target)
        same = target.schema.same_as if target.schema else ""
        if not same or attribute not in ("id", same):
            return ""
        value = getattr(target.attributes, same)
        return value if isinstance(value, str) else self.find(target, same)

    def _of_output(self, module: ModuleInstance, full: str, base: str, expected: frozenset[str]) -> str:
        child = module.children.get(base[len(MODULE) :], {}).get(None)
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
        instance: ResourceInstance[Any],
        references: list[str],
        expected: frozenset[str],
        depth: int = 0,
        *,
        single: bool = False,
    ) -> Candidates:
        targets = self._traversal.follow(scope_of(instance, depth), references)
        weighed = self._deduced(instance, targets, expected) if single else targets
        return self._weigh(weighed, expected, depth)

    def _deduced(
        self, instance: ResourceInstance[Any], targets: Iterable[Target], expected: frozenset[str]
    ) -> Iterator[Target | Candidate]:
        """The targets, with what local values must stand for where only one resource can be meant."""
        for target in targets:
            if not isinstance(target, LocalValue):
                yield target
            elif not self._local_values.is_known(target):
                found = self._local_values.stands_for(target, expected, instance)
                yield Candidate(found, known=False) if found else target

    def _is_no_id(self, target: Target) -> bool:
        return isinstance(target, LocalValue) and self._local_values.is_known(target)

    def _weigh(
        self,
        targets: Iterable[Target | Candidate],
        expected: frozenset[str],
        depth: int,
        id_prefix: str | None = None,
    ) -> Candidates:
        """What leads to the right type; known IDs count only where they begin with `id_prefix`."""
        candidates: list[Candidate] = []
        missing: list[str] = []
        for target in targets:
            match target:
                case Candidate():
                    candidates.append(target)
                case LiteralIds(ids=ids, part=part):
                    right = (each for each in ids if id_prefix and each.startswith(id_prefix))
                    candidates += [Candidate(each, known=True, part=part) for each in right]
                case ResourceTarget(part=part, keyed=keyed):
                    inner, unclear = self._candidates(target, expected, depth)
                    candidates += [replace(one, part=part, keyed=keyed) for one in inner] if part else inner
                    missing += unclear
                case LocalValue():
                    missing.append(target.address)
                case str():
                    missing.append(target)
        return candidates, missing

    def _candidates(self, target: ResourceTarget, expected: frozenset[str], depth: int) -> Candidates:
        instance, attribute = target.instance, target.attribute
        same = instance.schema.same_as if instance.schema else ""
        if same and attribute in ("", "id", same) and instance.type not in expected:
            return self._join(instance, same, expected, depth)
        if instance.type in expected and (not attribute or attribute in IDENTITY):
            identity = self._ids.of(instance)
            return (Candidate(identity, identity != instance.address),), ()
        part = PARTS.get((instance.type, attribute))
        if part:
            return self._part(instance, part, expected)
        if EXPECTED.get(attribute, frozenset()) & expected:
            return self._join(instance, attribute, expected, depth)
        return (), ()

    def _part(self, instance: ResourceInstance[Any], part: str, expected: frozenset[str]) -> Candidates:
        if PART_TYPES[part] not in expected:
            return (), ()
        own = self._ids.own_part(instance, part)
        return (Candidate(self._ids.part(instance, part), not own.endswith(f".{part}")),), ()

    def _join(
        self, instance: ResourceInstance[Any], attribute: str, expected: frozenset[str], depth: int
    ) -> Candidates:
        """`aws_route_table.x.vpc_id` means whatever the VPC of that table is."""
        value = getattr(instance.attributes, attribute, None)
        if isinstance(value, str):
            return (Candidate(value, known=True),), ()
        return self._collect(instance, instance.references(attribute), expected, depth + 1)


def _alternatives(candidates: Sequence[Candidate]) -> list[str]:
    """The IDs of which only some are meant: those of parts that do not all have the same."""
    parts: dict[str, set[str]] = {}
    for candidate in candidates:
        if candidate.part:
            parts.setdefault(candidate.part, set()).add(candidate.id)
    every = set().union(*parts.values())
    return [] if all(ids == every for ids in parts.values()) else sorted(every)


def _is_single_list(references: list[str]) -> bool:
    """Whether an expression mentions no more than one list, so that nothing beside it can choose among several."""
    no_lists = ("local.", "each.key", "count.")
    return sum(not each.startswith(no_lists) for each in outermost(references)) <= 1


def _why(references: list[str], missing: Sequence[str], ids: Sequence[str]) -> str:
    written = ", ".join(outermost(references))
    if missing:
        return f"refers to {written}; the file does not show what {', '.join(missing)} stands for"
    if ids:
        return f"refers to {written}, which may be any of {', '.join(ids)}"
    return f"refers to {written}, which leads to no resource of the right type"
