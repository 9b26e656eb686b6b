"""A result that many share: made once, and when that failed, failed for all."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from probes.model.errors import ProbeError

T = TypeVar("T")


class SharedResult(Generic[T]):
    """A value made on first use; when that failed, everyone gets the same error without another attempt."""

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._value: T | None = None
        self._error: ProbeError | None = None

    def get(self) -> T:
        """The value; raises the ProbeError that making it raised."""
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._value is None:
                self._value = self._try()
            return self._value

    def _try(self) -> T:
        try:
            return self._make()
        except ProbeError as error:
            self._error = error
            raise

    def fail(self, error: ProbeError) -> None:
        """Give up on the value: from now on `get` raises `error`, or the error that came first."""
        with self._lock:
            self._error = self._error or error

    def discard(self) -> T | None:
        """The value if it was made; it is forgotten here and whoever asks owns it."""
        with self._lock:
            value, self._value = self._value, None
            return value
