"""Threads that calls run in, and that nothing waits for once their answers are not wanted any more."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """At most `limit` threads, which end with the process.

    Python waits for a ThreadPoolExecutor's threads even after shutdown(wait=False): after Ctrl-C, until the
    endpoint answers or the request times out.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._tasks: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._threads: list[threading.Thread] = []

    def submit(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Run it as soon as a thread is free."""
        future: Future[T] = Future()

        def task() -> None:
            try:
                future.set_result(function(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001  # whoever asks for the result gets it
                future.set_exception(error)

        self._tasks.put(task)
        if len(self._threads) < self._limit:
            self._threads.append(threading.Thread(target=self._work, name="aws", daemon=True))
            self._threads[-1].start()
        return future

    def close(self) -> None:
        """Let the threads end after what they have been given."""
        for _ in self._threads:
            self._tasks.put(_end)

    def _work(self) -> None:
        while (task := self._tasks.get()) is not _end:
            task()


def _end() -> None:
    pass
