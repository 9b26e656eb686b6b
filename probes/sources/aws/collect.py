"""All calls of all Regions at once; what one answers decides what is asked next."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from probes.sources.aws.calls import Call
from probes.sources.aws.clients import Clients
from probes.sources.aws.errors import FAILURES, code_of, hopeless, why
from probes.sources.aws.fetch import fetch
from probes.sources.aws.progress import Progress
from probes.sources.aws.sessions import Seat
from probes.sources.aws.threads import Workers
from probes.sources.describe.missing import KIND_OF_KEY, Absences, Unobserved

WORKERS = 32
Place = tuple[str, str]
"""
Account and Region; the account is empty where the Region did not even tell that.
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """Raw answers by place and top-level key, and what is missing of them."""

    answers: dict[Place, dict[str, list[Any]]] = field(default_factory=dict)
    unobserved: dict[Place, set[Unobserved]] = field(default_factory=dict)

    def spoil(self, place: Place, key: str, reason: str) -> None:
        """Note that the answer under a key is missing or lacks a part."""
        self.unobserved.setdefault(place, set()).add(Unobserved(answer=key, reason=reason))

    def absences(self) -> Absences:
        """What is missing, of all accounts together."""
        return Absences((region, each) for (_, region), found in self.unobserved.items() for each in found)


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    seat: Seat
    call: Call
    params: Mapping[str, Any]
    leading: bool


class Collector:
    """Keeps the calls going and gathers what they answer; only the calls themselves run in threads."""

    def __init__(self, progress: Progress) -> None:
        self.collected = Collected()
        self._progress = progress
        self._pending: dict[Future[list[Any]], _Task] = {}
        self._asked = 0

    def run(self, seats: Iterable[Seat]) -> Collected:
        """Ask everything. Raises CredentialsError when credentials stop being of use."""
        pool = Workers(WORKERS)
        seats = tuple(seats)
        try:
            for seat in seats:
                for call in seat.calls:
                    self._ask(pool, (_Task(seat, call, params, leading=True) for params in call.asks((), {})))
            while self._pending:
                self._finish(pool)
        except BaseException:
            _stop(seat.clients for seat in seats)
            raise
        finally:
            pool.close()
            self._progress.clear()
        return self.collected

    def _ask(self, pool: Workers, tasks: Iterable[_Task]) -> None:
        for task in tasks:
            client = task.seat.clients.client(task.call.service, task.seat.api_region)
            self._pending[pool.submit(fetch, client, task.call, task.params)] = task
            self._asked += 1

    def _finish(self, pool: Workers) -> None:
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            task = self._pending.pop(future)
            try:
                items = future.result()
            except FAILURES as error:
                self._failed(task, error)
            else:
                self._answered(task, items)
                self._ask(pool, _next(task, items))
        self._progress.update(self._asked - len(self._pending), self._asked)

    def _answered(self, task: _Task, items: list[Any]) -> None:
        answers = self.collected.answers.setdefault((task.seat.account, task.seat.region), {})
        for key in task.call.answers():
            answers.setdefault(key, [])
        if task.call.answer:
            answers[task.call.answer] += items

    def _failed(self, task: _Task, error: Exception) -> None:
        seat = task.seat
        if stop := hopeless(error, seat.clients.access):
            raise stop from error
        reason = why(error, action=task.call.action, region=seat.api_region, caller=seat.caller)
        is_gone = not task.leading and _is_gone(error)
        for key in task.call.answers():
            if not (is_gone and key in KIND_OF_KEY):
                self.collected.spoil((seat.account, seat.region), key, reason)


def _next(task: _Task, items: list[Any]) -> Iterator[_Task]:
    for call in task.call.follow:
        for params in call.asks(items, task.params):
            yield _Task(task.seat, call, params, leading=False)


def _is_gone(error: Exception) -> bool:
    """Whether the resource was deleted between the call that listed it and the one about it."""
    code = code_of(error)
    return "NotFound" in code or code == "NoSuchBucket"


def _stop(clients: Iterable[Clients]) -> None:
    for each in clients:
        each.stop()
