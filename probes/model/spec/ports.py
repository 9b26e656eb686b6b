"""Sets of ports as the spec writes them."""

from functools import cache

MAX_PORT = 65535
PortRanges = tuple[tuple[int, int], ...]


def port_range(port: int | str) -> tuple[int, int]:
    """The first and the last port of `988` or `"1021-1023"`; ValueError when it is neither."""
    low, dash, high = str(port).partition("-")
    first, last = int(low), int(high if dash else low)
    if not 1 <= first <= last <= MAX_PORT:
        raise ValueError(port)
    return first, last


@cache
def port_ranges(ports: tuple[int | str, ...]) -> PortRanges:
    """The first and the last port of each entry of a list; an empty list stands for all ports."""
    return tuple(map(port_range, ports)) or ((0, MAX_PORT),)


@cache
def ports_of(ports: tuple[int | str, ...]) -> frozenset[int]:
    """Every port of a list; an empty list stands for all ports."""
    return frozenset(number for first, last in port_ranges(ports) for number in range(first, last + 1))


def shown(ranges: PortRanges) -> str:
    """Ports as a short text: `988, 1018-1020`."""
    runs: list[list[int]] = []
    for first, last in sorted(ranges):
        if runs and first <= runs[-1][1] + 1:
            runs[-1][1] = max(last, runs[-1][1])
        else:
            runs.append([first, last])
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in runs)
