"""All hosts at once: connections that are shared, and measurements that fail one by one."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Self, TypeVar

import msgspec

from probes.hosts.errors import excerpt
from probes.hosts.inventory import Host
from probes.hosts.ssh.connection import CONNECT_TIMEOUT_S, JumpHosts
from probes.hosts.ssh.transport import SshShell
from probes.model.errors import ProbeError

MAX_THREADS = (
    512  # they only wait: for the hosts, which do the work, and for a session of a host that has few
)

K = TypeVar("K", bound=Hashable)
T = TypeVar("T")


class Unmeasured(msgspec.Struct, frozen=True, kw_only=True, tag="unmeasured"):
    """Why a measurement is missing: the error's class and message, fit for a cache."""

    kind: str
    reason: str


class Fleet:
    """One shell per host, connected on first use and closed together.

    A host that cannot be reached costs its first caller the connection timeout and everyone after that
    nothing.
    """

    def __init__(self, hosts: Iterable[Host], *, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self.hosts = {host.name: host for host in hosts}
        self._jump_hosts = JumpHosts(timeout_s=connect_timeout_s)
        self._shells = {name: SshShell(name, host.ssh, self._jump_hosts) for name, host in self.hosts.items()}

    def shell(self, name: str) -> SshShell:
        """The shell of a host; raises ProbeError naming the known ones for another name."""
        if name not in self._shells:
            raise ProbeError(
                f"no host {name!r} in the inventory; known are {', '.join(sorted(self._shells))}"
            )
        return self._shells[name]

    def close(self) -> None:
        """Close every connection, then the jump hosts' ones."""
        for shell in self._shells.values():
            shell.close()
        self._jump_hosts.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def measure_all(
    tasks: Mapping[K, Callable[[], T]], done: Callable[[], None] = lambda: None
) -> dict[K, T | Unmeasured]:
    """Run every task at once; an exception becomes that task's Unmeasured and delays no other.

    Whatever a host printed may break what reads it: that costs this one measurement, whose key names it. `done` is
    called after each.
    """

    def attempt(key: K, task: Callable[[], T]) -> T | Unmeasured:
        try:
            return _attempt(key, task)
        finally:
            done()

    if not tasks:
        return {}
    pool = ThreadPoolExecutor(max_workers=min(MAX_THREADS, len(tasks)))
    try:
        results = dict(zip(tasks, pool.map(attempt, tasks, tasks.values()), strict=True))
    finally:  # after Ctrl-C whoever owns the shells closes them, which ends what still runs
        pool.shutdown(wait=False, cancel_futures=True)
    return results


def measure_in_rounds(
    rounds: Iterable[Iterable[K]], measure: Callable[[K], T], done: Callable[[], None] = lambda: None
) -> dict[K, T | Unmeasured]:
    """Run one round after the other, the tests of a round at once; `done` is called after each test."""
    results: dict[K, T | Unmeasured] = {}
    for members in rounds:
        results |= measure_all({test: _bound(measure, test) for test in members}, done)
    return results


def _bound(measure: Callable[[K], T], test: K) -> Callable[[], T]:
    return lambda: measure(test)


def _attempt(key: Hashable, task: Callable[[], T]) -> T | Unmeasured:
    try:
        return task()
    except ProbeError as error:
        return Unmeasured(kind=type(error).__name__, reason=str(error))
    except Exception as error:  # noqa: BLE001  # see measure_all
        kind = type(error).__name__
        return Unmeasured(kind=kind, reason=f"{key}: cannot be measured: {kind}: {excerpt(str(error))}")
