"""The cyclic garbage collector, kept from searching what is large and lasts."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

_others_froze = Event()


@contextmanager
def collector_paused() -> Iterator[None]:
    """No collection while many objects are made that last: each would search all of them and free nothing.

    Freezing and thawing hands what was made to the oldest generation at once; the collector otherwise looks
    at each object to do so. What somebody else froze must stay so.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not _is_frozen():
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _is_frozen() -> bool:
    """Whether the process has frozen objects; a yes is kept, because they are counted one by one."""
    if not _others_froze.is_set() and gc.get_freeze_count():
        _others_froze.set()
    return _others_froze.is_set()
