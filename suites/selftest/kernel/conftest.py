"""A bench that builds one small lab after the other."""

from collections.abc import Iterator

import pytest

from suites.selftest.lab.packet_tests import PacketTester


@pytest.fixture(scope="module")
def tester() -> Iterator[PacketTester]:
    """The bench, for all tests of a module."""
    with PacketTester() as bench:
        yield bench
