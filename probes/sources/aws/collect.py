"""All calls of all Regions at once; what one answers decides what is asked next."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Any

from probes.model.errors import ProbeError
from probes.sources.aws.calls import Call
from probes.sources.aws.clients import Clients
from probes.sources.aws.credential_errors import fatal
from probes.sources.aws.errors import code_of, why
from probes.sources.aws.fetch import fetch
from probes.sources.aws.progress import Progress
from probes.sources.aws.sessions import RegionSession
from probes.sources.aws.threads import Workers
from probes.sources.describe.missing import COLLECTION_OF_KEY, MissingResponse, MissingResponses

WORKERS = 32
Place = tuple[str, str]
"""
Account and Region; the account is empty where the Region did not even tell that.
"""


@dataclass(frozen=True, slots=True)
class Collected:
    """Raw responses by place and top-level key, and what is missing of them."""

    responses: dict[Place, dict[str, list[Any]]] = field(default_factory=dict)
    missing: dict[Place, set[MissingResponse]] = field(default_factory=dict)

    def spoil(self, place: Place, key: str, reason: str) -> None:
        """Note that the response under a key is missing or lacks a part."""
        self.missing.setdefault(place, set()).add(MissingResponse(key=key, reason=reason))

    def missing_responses(self) -> MissingResponses:
        """What is missing, of all accounts together."""
        return MissingResponses(
            (region, each) for (_, region), found in self.missing.items() for each in found
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Task:
    session: RegionSession
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

    def run(self, sessions: Iterable[RegionSession]) -> Collected:
        """Ask everything. Raises CredentialsError when credentials stop being of use."""
        pool = Workers(WORKERS)
        sessions = tuple(sessions)
        try:
            for session in sessions:
                for call in session.calls:
                    self._ask(
                        pool, (_Task(session, call, params, leading=True) for params in call.asks((), {}))
                    )
            while self._pending:
                self._finish(pool)
        except BaseException:
            _stop(session.clients for session in sessions)
            raise
        finally:
            pool.close()
            self._progress.clear()
        return self.collected

    def _ask(self, pool: Workers, tasks: Iterable[_Task]) -> None:
        for task in tasks:
            self._pending[pool.submit(_answer, task)] = task
            self._asked += 1

    def _finish(self, pool: Workers) -> None:
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            task = self._pending.pop(future)
            try:
                items = future.result()
                following = tuple(_next(task, items))
            except ProbeError:
                raise
            except Exception as error:  # noqa: BLE001  # whatever botocore makes of an answer costs that answer
                self._failed(task, error)
            else:
                self._answered(task, items)
                self._ask(pool, following)
        self._progress.update(self._asked - len(self._pending), self._asked)

    def _answered(self, task: _Task, items: list[Any]) -> None:
        responses = self.collected.responses.setdefault((task.session.account, task.session.region), {})
        for key in task.call.filled_keys():
            responses.setdefault(key, [])
        if task.call.key:
            responses[task.call.key] += items

    def _failed(self, task: _Task, error: Exception) -> None:
        session = task.session
        if stop := fatal(error, session.clients.access):
            raise stop from error
        reason = why(error, action=task.call.action, region=session.api_region, caller=session.caller)
        is_gone = not task.leading and _is_gone(error)
        for key in task.call.filled_keys():
            if not (is_gone and key in COLLECTION_OF_KEY):
                self.collected.spoil((session.account, session.region), key, reason)


def _answer(task: _Task) -> list[Any]:
    client = task.session.clients.client(task.call.service, task.session.api_region)
    return fetch(client, task.call, task.params)


def _next(task: _Task, items: list[Any]) -> Iterator[_Task]:
    for call in task.call.follow:
        for params in call.asks(items, task.params):
            yield _Task(task.session, call, params, leading=False)


def _is_gone(error: Exception) -> bool:
    """Whether the resource was deleted between the call that listed it and the one about it."""
    code = code_of(error)
    return "NotFound" in code or code == "NoSuchBucket"


def _stop(clients: Iterable[Clients]) -> None:
    for each in clients:
        each.stop()
