"""Sets of ports as the spec writes them."""

from collections.abc import Iterable
from functools import cache

MAX_PORT = 65535


def port_range(port: int | str) -> tuple[int, int]:
    """The first and the last port of `988` or `"1021-1023"`; ValueError when it is neither."""
    low, dash, high = str(port).partition("-")
    first, last = int(low), int(high if dash else low)
    if not 1 <= first <= last <= MAX_PORT:
        raise ValueError(port)
    return first, last


@cache
def ports_of(ports: tuple[int | str, ...]) -> frozenset[int]:
    """Every port of a list; an empty list stands for all ports."""
    ranges = [port_range(port) for port in ports] or [(0, MAX_PORT)]
    return frozenset(number for first, last in ranges for number in range(first, last + 1))


def shown(ports: Iterable[int]) -> str:
    """Ports as a short text: `988, 1018-1020`."""
    runs: list[list[int]] = []
    for port in sorted(ports):
        if runs and runs[-1][1] == port - 1:
            runs[-1][1] = port
        else:
            runs.append([port, port])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
