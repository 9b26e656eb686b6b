"""Which process opened something, in words that a later run on the same machine can check.

A PID alone may be another process by now, or one of another container. So the words name the boot of the kernel,
the PID namespace and the time at which the process started: man 5 proc_pid_stat, man 7 pid_namespaces.
"""

import os
import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_UNKNOWN = "unknown"
_ENDED_STATES = "ZX"


class _Stat(NamedTuple):
    state: str
    start: str


def this_process() -> str:
    """`HOST BOOT NAMESPACE PID START`, in letters, digits and `. _ - :` only."""
    host = re.sub(r"[^A-Za-z0-9._-]", "-", platform.node())[:64] or _UNKNOWN
    stat = _stat(os.getpid())
    return " ".join((host, *_machine(), str(os.getpid()), stat.start if stat else _UNKNOWN))


def has_ended(words: str) -> bool:
    """Whether the process of these words is known to have ended; False for one of another machine or container."""
    match words.split():
        case [_, boot, namespace, pid, start] if (boot, namespace) == _machine() and boot != _UNKNOWN:
            return _is_gone(int(pid), start) if re.fullmatch(r"[1-9]\d{0,9}", pid) else False
    return False


def _machine() -> tuple[str, str]:
    """The boot of this kernel and the PID namespace; both "unknown" without /proc."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return boot, str(Path("/proc/self/ns/pid").stat().st_ino)
    return _UNKNOWN, _UNKNOWN


def _is_gone(pid: int, start: str) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):  # another user's, which /proc may hide
        pass
    stat = _stat(pid)
    return stat is not None and (stat.start != start or stat.state in _ENDED_STATES)


def _stat(pid: int) -> _Stat | None:
    """State and start time of a process; the name before them is in parentheses and may hold anything."""
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return _Stat(fields[0].decode(), fields[19].decode())
    return None
