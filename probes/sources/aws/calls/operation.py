"""What one call is: an operation as data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Params = Mapping[str, Any]
Items = Sequence[Any]


def once(_items: Items, _params: Params) -> Iterable[Params]:
    """One question, whatever was answered before."""
    return ({},)


def every(_item: object) -> bool:
    """Keeps all items."""
    return True


def as_answered(_params: Params, items: Items) -> Items:
    """The items as AWS gave them."""
    return items


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One operation: what it asks, what it answers, and what that response makes us ask next.

    `operation` is botocore's method, `result` the member of its response, `action` the IAM permission.
    `key` is the top-level key of a dump that the items are kept under, empty when they only lead to
    `follow`, whose questions `asks(items, params)` gives. A response that does not name what was asked for is
    wrapped with the parameter `wrap` and the response's `flag`. The error codes in `nothing` mean no items.
    """

    service: str
    operation: str
    result: str
    action: str
    key: str = ""
    asks: Callable[[Items, Params], Iterable[Params]] = once
    keep: Callable[[Any], bool] = every
    wrap: str = ""
    flag: str = ""
    shape: Callable[[Params, Items], Items] = as_answered
    nothing: frozenset[str] = frozenset()
    follow: tuple["Call", ...] = ()

    def filled_keys(self) -> Iterator[str]:
        """The keys that this call and those after it fill."""
        if self.key:
            yield self.key
        for call in self.follow:
            yield from call.filled_keys()


def each(field: str) -> Callable[[Items, Params], Iterable[Params]]:
    """One question for every item, about the ID in this field."""
    return lambda items, _params: ({field: item[field]} for item in items)


def has(*fields: str) -> Callable[[Any], bool]:
    """Keeps items that have all of these fields: an emulator mixes up the kinds of attachments."""
    return lambda item: all(field in item for field in fields)
