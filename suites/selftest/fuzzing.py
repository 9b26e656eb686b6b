"""How many inputs the tests draw that read what strangers wrote."""

from hypothesis import settings

_NIGHT = 10_000
_MORE = 3


def inputs(at_least: int = 0) -> settings:
    """As many as other tests draw, but not fewer than `at_least`.

    At night it is three times as many: a million in all.
    """
    drawn = settings().max_examples
    return settings(max_examples=max(at_least, _MORE * drawn if drawn >= _NIGHT else drawn))
