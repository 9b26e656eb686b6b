"""
All calls of all Regions at once; what one answers decides what is asked next.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

from probes.model.state import Gap
from probes.sources.aws.calls import Call
from probes.sources.aws.clients import Clients
from probes.sources.aws.fetch import fetch
from probes.sources.aws.progress import Progress
from probes.sources.aws.seats import Seat
from probes.sources.aws.trouble import FAILURES, code_of, hopeless, why
from probes.sources.describe.resources import KEY_OF_GLOBAL_KIND, KEY_OF_KIND

WORKERS = 32
KIND_OF_KEY = {
    **{key: kind for kind, key in {**KEY_OF_KIND, **KEY_OF_GLOBAL_KIND}.items()},
    "MetricStatistics": "metrics",
}
KEY_OF = {**KEY_OF_KIND, **KEY_OF_GLOBAL_KIND}
Place = tuple[str, str]
"""
Account and Region.
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """
    Raw answers by place and top-level key, why others are missing, and which keys are incomplete.
    """

    answers: dict[Place, dict[str, list[Any]]] = field(default_factory=dict)
    gaps: set[Gap] = field(default_factory=set)
    reasons: dict[tuple[str, str], str] = field(default_factory=dict)
    incomplete: set[tuple[str, str, str]] = field(default_factory=set)

    def reason(self, region: str, key: str) -> str:
        """
        Why a Region's answer under a key is missing.
        """
        return self.reasons.get((region, key), f"AWS answered nothing under {key}")

    def spoil(self, account: str, region: str, key: str, reason: str) -> None:
        """
        Note that the answer under a key is missing or lacks a part.
        """
        self.reasons.setdefault((region, key), reason)
        kind = KIND_OF_KEY.get(key)
        if kind:
            self.gaps.add(Gap(kind=kind, region=region, reason=reason))
            self.incomplete.add((account, region, KEY_OF[kind]))


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    seat: Seat
    call: Call
    params: Mapping[str, Any]
    leading: bool


class Collector:
    """
    Keeps the calls going and gathers what they answer; only the calls themselves run in threads.
    """

    def __init__(self, progress: Progress) -> None:
        self.collected = Collected()
        self._progress = progress
        self._pending: dict[Future[list[Any]], _Task] = {}
        self._asked = 0

    def run(self, seats: Iterable[Seat]) -> Collected:
        """
        Ask everything. Raises CredentialsError when credentials stop being of use.
        """
        pool = ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="aws")
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
            pool.shutdown(wait=not self._pending, cancel_futures=True)
            self._progress.clear()
        return self.collected

    def _ask(self, pool: ThreadPoolExecutor, tasks: Iterable[_Task]) -> None:
        for task in tasks:
            client = task.seat.clients.client(task.call.service, task.seat.api_region)
            self._pending[pool.submit(fetch, client, task.call, task.params)] = task
            self._asked += 1

    def _finish(self, pool: ThreadPoolExecutor) -> None:
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
        if not task.leading and _is_gone(error):
            return
        reason = why(error, action=task.call.action, region=seat.api_region, caller=seat.caller)
        for key in task.call.answers():
            self.collected.spoil(seat.account, seat.region, key, reason)


def _next(task: _Task, items: list[Any]) -> Iterator[_Task]:
    for call in task.call.follow:
        for params in call.asks(items, task.params):
            yield _Task(task.seat, call, params, leading=False)


def _is_gone(error: Exception) -> bool:
    """
    Whether the resource was deleted between the call that listed it and the one about it.
    """
    code = code_of(error)
    return "NotFound" in code or code == "NoSuchBucket"


def _stop(clients: Iterable[Clients]) -> None:
    for each in clients:
        each.stop()
