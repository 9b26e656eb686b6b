"""The fixtures of the live suite, imported only when it runs: SSH and the lab are slow to load."""

from fixtures.live.live_fixtures import (
    detour,
    drill,
    hosts,
    measurements,
    prediction,
    pytest_runtestloop,
    pytest_unconfigure,
    rate_divisor,
    real_hosts,
    record,
    target,
    wire,
)

__all__ = [
    "detour",
    "drill",
    "hosts",
    "measurements",
    "prediction",
    "pytest_runtestloop",
    "pytest_unconfigure",
    "rate_divisor",
    "real_hosts",
    "record",
    "target",
    "wire",
]
