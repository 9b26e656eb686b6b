"""A child process that ends when its parent does, and that the parent waits for when it is told to end itself."""

import ctypes
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

PASSED_ON = tuple(
    signal.Signals[name] for name in ("SIGINT", "SIGTERM", "SIGHUP") if name in signal.Signals.__members__
)
WAIT_S = 600.0
"""
How long a child that was told to end may take: longer than any probe window takes to be closed.
"""
_PR_SET_PDEATHSIG = 1
_DESCRIPTOR = re.compile(r"(?:.*=)?/(?:dev|proc/self)/fd/(\d{1,9})")


def run_child(
    command: Sequence[str], *, keep_open: int, wait_s: float = WAIT_S, deadline_s: float | None = None
) -> int:
    """Run a command to its end and return its exit code; below 0 when a signal ended it.

    A signal to this process is passed on, and after `deadline_s` the child gets SIGTERM; from the first of these
    on it is given `wait_s`, then it is killed. When this process is killed, the child gets SIGTERM. It inherits the
    descriptor `keep_open` and those that the command names, as a shell's `--spec <(…)` does.
    """
    if not hasattr(signal, "setitimer"):
        return _run_plainly(command, wait_s, deadline_s)
    told = _Told(wait_s, deadline_s)
    with _handled(dict.fromkeys(PASSED_ON, told.pass_on) | {signal.SIGALRM: told.alarm}):
        told.child = subprocess.Popen(
            command,
            pass_fds=(keep_open, *_named_descriptors(command)),
            preexec_fn=_ends_with(os.getpid()),  # noqa: PLW1509  # this process has one thread
        )
        told.begin()
        try:
            return told.child.wait()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


def _named_descriptors(command: Sequence[str]) -> Iterator[int]:
    """The open descriptors that arguments name: `/dev/fd/63`."""
    for match in filter(None, map(_DESCRIPTOR.fullmatch, command)):
        with suppress(OSError, OverflowError):
            os.fstat(int(match[1]))
            yield int(match[1])


def _run_plainly(command: Sequence[str], wait_s: float, deadline_s: float | None) -> int:
    """As above on Windows: without timers and inherited locks; its console tells the child of Ctrl-C."""
    with subprocess.Popen(command) as child:
        try:
            return child.wait(deadline_s)
        except subprocess.TimeoutExpired:
            _say(f"the deadline of {deadline_s:g} s is over")
            child.terminate()
        except KeyboardInterrupt:
            _say(f"waiting up to {wait_s:g} s for pytest")
        try:
            return child.wait(wait_s)
        except subprocess.TimeoutExpired:
            child.kill()
            return child.wait()


class _Told:
    """What this process was told, and the child that is told in turn."""

    def __init__(self, wait_s: float, deadline_s: float | None) -> None:
        self.child: subprocess.Popen[bytes] | None = None
        self._wait_s = wait_s
        self._deadline_s = deadline_s
        self._is_ending = False
        self._early: list[int] = []

    def pass_on(self, number: int, _: FrameType | None) -> None:
        """Tell the child, and allow it some time from now on."""
        if self.child is None:
            self._early.append(number)
            return
        if not self._is_ending:
            self._is_ending = True
            signal.setitimer(signal.ITIMER_REAL, self._wait_s)
            _say(
                f"{signal.Signals(number).name}: told pytest to end, and waiting up to {self._wait_s:g} s for it"
            )
        self.child.send_signal(number)

    def begin(self) -> None:
        """Start the deadline, and tell the child what this process was told before there was one."""
        if self._deadline_s is not None and not self._is_ending:
            signal.setitimer(signal.ITIMER_REAL, self._deadline_s)
        for number in self._early:
            self.pass_on(number, None)

    def alarm(self, _number: int, frame: FrameType | None) -> None:
        """Tell the child to end at its deadline; kill it when its time to end is over."""
        if not self._is_ending:
            _say(f"the deadline of {self._deadline_s:g} s is over")
            self.pass_on(signal.SIGTERM, frame)
            return
        _say(
            f"pytest did not end within {self._wait_s:g} s and is killed; the next run closes what it left open"
        )
        if self.child is not None:
            self.child.kill()


@contextmanager
def _handled(handlers: dict[signal.Signals, Callable[[int, FrameType | None], None]]) -> Iterator[None]:
    """Handle signals while the body runs, but for those that this process was started to ignore, as by nohup."""
    heeded = [number for number in handlers if signal.getsignal(number) is not signal.SIG_IGN]
    before: dict[signal.Signals, Any] = {number: signal.signal(number, handlers[number]) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ends_with(parent: int) -> Callable[[], None] | None:
    """What the child does before it becomes another program: man 2 prctl. Only Linux can."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(128 + signal.SIGTERM)

    return tie


def _say(text: str) -> None:
    """One line on the terminal, if that is still there."""
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())
