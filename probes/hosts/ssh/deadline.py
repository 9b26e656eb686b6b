"""One end time shared by all the steps of an operation."""

import time


class Deadline:
    """A point in time; each step asks what is left rather than starting a timeout of its own."""

    __slots__ = ("_start_s", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._start_s = time.monotonic()

    @property
    def remaining_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - self.elapsed_s)

    @property
    def elapsed_s(self) -> float:
        """Seconds since it was set."""
        return time.monotonic() - self._start_s

    @property
    def expired(self) -> bool:
        """True once nothing is left."""
        return self.remaining_s <= 0.0
