"""How far the collection is, on one line of a terminal."""

import sys


class Progress:
    """Counts calls on standard error, and only where a person watches."""

    def __init__(self) -> None:
        self._shown = sys.stderr.isatty()

    def update(self, done: int, known: int) -> None:
        """Replace the line. `known` grows while answers lead to more calls."""
        if self._shown:
            sys.stderr.write(f"\r\x1b[KAWS: {done} of {known} calls answered")
            sys.stderr.flush()

    def clear(self) -> None:
        """Leave no line behind."""
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
