"""What a long analysis does, and for how long: one line on the terminal of standard error, gone when it ends."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

FIRST_AFTER_S = 1.0
EVERY_S = 0.5
_CLEARED = "\r\x1b[K"


@contextmanager
def doing(text: str, stream: TextIO | None = None) -> Iterator[None]:
    """Say on a terminal what is done and since when, once it has taken FIRST_AFTER_S seconds; else say nothing.

    `text` is plain words of ours; `stream` is standard error unless given. The line never reaches a file or a
    pipe, so that what a script reads stays the answer alone.
    """
    out = sys.stderr if stream is None else stream
    if not out.isatty():
        yield
        return
    ended, started_s = threading.Event(), time.monotonic()

    def tick() -> None:
        pause_s = FIRST_AFTER_S
        while not ended.wait(pause_s):
            out.write(f"{_CLEARED}{text}: {time.monotonic() - started_s:.0f} s")
            out.flush()
            pause_s = EVERY_S
        out.write(_CLEARED if pause_s == EVERY_S else "")
        out.flush()

    ticker = threading.Thread(target=tick, daemon=True)
    ticker.start()
    try:
        yield
    finally:
        ended.set()
        ticker.join()
