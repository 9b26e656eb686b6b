"""Reading a `State` without mistaking what was not seen for what is not there."""

from collections.abc import Iterable
from typing import Any, Generic, TypeVar, cast

import msgspec

from probes.model.errors import AfterApplyError, UnobservableError
from probes.model.state import Gap, Resource, State

ResourceT = TypeVar("ResourceT", bound=Resource)


class Collection(Generic[ResourceT]):
    """One collection of a state, which refuses to answer for Regions where the source could not see it.

    Its resources refuse in the same way to give a field that the source does not know.
    """

    def __init__(self, state: State, kind: str) -> None:
        self.kind = kind
        self._is_declared = bool(state.addresses)
        self._by_region: dict[str, list[ResourceT]] = {}
        self._gaps = [gap for gap in state.gaps if gap.kind == kind]
        unknown = self._unknown_fields()
        for item in getattr(state, kind):
            self._by_region.setdefault(item.region, []).append(_guarded(item, unknown.get(item.id, ())))

    def _unknown_fields(self) -> dict[str, list[Gap]]:
        found: dict[str, list[Gap]] = {}
        for gap in self._gaps:
            if gap.resource and gap.field:
                found.setdefault(gap.resource, []).append(gap)
        return found

    def in_region(self, region: str) -> tuple[ResourceT, ...]:
        """The resources of one Region.

        Raises UnobservableError with the source's reason when the collection was not seen there.
        """
        for gap in self._gaps:
            if not gap.resource and gap.region in ("", region):
                raise gap.error(f"{self.kind} of {region} not observed")
        return tuple(self._by_region.get(region, ()))

    def whole(self, *, region: str) -> tuple[ResourceT, ...]:
        """The resources of one Region, when no field of any of them is unknown either.

        A closed-world claim needs this: an unknown rule may be the forbidden one.
        """
        items = self.in_region(region)
        for item in items:
            self.complete(item)
        return items

    def complete(self, item: ResourceT) -> ResourceT:
        """The resource itself; raises UnobservableError when the source does not know one of its fields."""
        for gap in self._gaps:
            if gap.resource == item.id and gap.region in ("", item.region):
                raise gap.error(f"{item.label}: {gap.field or self.kind} not observed")
        return item

    def shown(self, item: ResourceT, field: str, otherwise: Any) -> Any:  # noqa: ANN401  # as `known`
        """As `known`, but `otherwise` where only an apply will tell."""
        try:
            return self.known(item, field)
        except AfterApplyError:
            return otherwise

    def known(self, item: ResourceT, field: str) -> Any:  # noqa: ANN401  # a field's type is the resource's own
        """The value of a field; raises UnobservableError when the source does not know it."""
        for gap in self._gaps:
            if gap.resource == item.id and gap.field in ("", field) and gap.region in ("", item.region):
                raise gap.error(f"{item.label}: {field} not observed")
        value = getattr(item, field)
        if value is None:
            # What a configuration does not set, AWS chooses.
            kind = AfterApplyError if self._is_declared else UnobservableError
            raise kind(f"{item.label}: the source does not say its {field}")
        return value


def _guarded(item: ResourceT, gaps: Iterable[Gap]) -> ResourceT:
    """The resource, which raises UnobservableError when a field is read that the source does not know.

    Such a field has a value like any other, often an empty one, which looks as if nothing were there.
    """
    unknown = {gap.field: gap for gap in gaps if gap.region in ("", item.region)}
    if not unknown:
        return item
    label = item.label

    def read(self: object, name: str) -> object:
        if name == "label":
            return label
        if name in unknown:
            raise unknown[name].error(f"{label}: {name} not observed")
        return object.__getattribute__(self, name)

    kind = msgspec.defstruct(
        type(item).__name__,
        [],
        bases=(type(item),),
        namespace={"__getattribute__": read},
        frozen=True,
        kw_only=True,
    )
    return cast("ResourceT", kind(**{name: getattr(item, name) for name in item.__struct_fields__}))
