"""Hosts on loopback and an EC2, for runs of another process that open probe windows."""

from collections.abc import Iterator

import pytest

from suites.selftest.live.gated_ec2 import gated_ec2
from suites.selftest.live.loopback import ADDRESSES, loopback_hosts
from suites.selftest.live.scene import Scene


@pytest.fixture(scope="package")  # moto keeps one EC2 for a process
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """Two hosts and an EC2."""
    with loopback_hosts(tmp_path_factory.mktemp("hosts")) as hosts, gated_ec2(ADDRESSES) as ec2:
        yield Scene(hosts, ec2)


@pytest.fixture
def scene(stage: Scene) -> Scene:
    """The same, with no rule open and an iperf3 that takes long, on hosts that are slow to end it."""
    stage.ec2.clear()
    stage.hosts.take(test_s=60, lingering_s=30)
    return stage
