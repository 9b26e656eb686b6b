"""One change of a network, and the rules of the suite one of which has to notice it."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from msgspec.structs import replace

from probes.model.state import State


class Mutation(NamedTuple):
    """A changed network. Where `rules` is empty, nothing has changed that is documented or delivered."""

    kind: str
    site: str
    state: State
    rules: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.kind}: {self.site}"


def _any(_: object) -> bool:
    return True


class Sites:
    """The mutations of one kind, one for each place of a network."""

    def __init__(self, state: State, kind: str, *rules: str) -> None:
        self._state = state
        self._kind = kind
        self._rules = rules

    def change(
        self, collection: str, change: Callable[[Any], Any], where: Callable[[Any], object] = _any
    ) -> Iterator[Mutation]:
        """Each resource of a collection in turn changed, where the change makes another one of it."""
        items: tuple[Any, ...] = getattr(self._state, collection)
        for index, item in enumerate(items):
            changed = change(item) if where(item) else item
            if changed != item:
                kept = () if changed is None else (changed,)
                yield self._mutation(item.label, collection, (*items[:index], *kept, *items[index + 1 :]))

    def each(
        self,
        collection: str,
        field: str,
        change: Callable[[Any], tuple[Any, ...]],
        where: Callable[[Any], object] = _any,
    ) -> Iterator[Mutation]:
        """Each element of a field of each resource in turn replaced by others, or by none."""
        items: tuple[Any, ...] = getattr(self._state, collection)
        for index, item in enumerate(items):
            elements = getattr(item, field) if where(item) else ()
            for place, element in enumerate(elements):
                instead = change(element)
                if instead != (element,):
                    changed = replace(item, **{field: (*elements[:place], *instead, *elements[place + 1 :])})
                    yield self._mutation(
                        f"{item.label} {field}[{place}] {_short(element)}",
                        collection,
                        (*items[:index], changed, *items[index + 1 :]),
                    )

    def add(self, collection: str, site: str, *more: Any) -> Iterator[Mutation]:  # noqa: ANN401  # any resource
        """More resources in a collection."""
        yield self._mutation(site, collection, (*getattr(self._state, collection), *more))

    def whole(self, site: str, state: State) -> Iterator[Mutation]:
        """A network that is changed in several places."""
        if state != self._state:
            yield Mutation(self._kind, site, state, self._rules)

    def _mutation(self, site: str, collection: str, items: tuple[Any, ...]) -> Mutation:
        return Mutation(self._kind, site, replace(self._state, **{collection: items}), self._rules)


def gone(_: object) -> None:
    """In place of a resource, nothing."""


def none(_: object) -> tuple[()]:
    """In place of an element, nothing."""
    return ()


def having(**fields: object) -> Callable[[Any], Any]:
    """The same resource with other values in some fields."""
    return lambda item: replace(item, **fields)


def as_one(change: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    """In place of an element, another one."""
    return lambda element: (change(element),)


def adding(field: str, first: object) -> Callable[[Any], Any]:
    """The same resource with one more element in a field, before the others."""
    return lambda item: replace(item, **{field: (first, *getattr(item, field))})


def _short(element: object) -> str:
    for name in ("destination", "peer", "cidr", "id", "endpoint_id", "region"):
        if hasattr(element, name):
            return str(getattr(element, name))
    return str(element)
