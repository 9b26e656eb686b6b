"""An EC2 for the tests of the probe window."""

from collections.abc import Iterator

import pytest

from suites.selftest.hosts.ec2 import Client, emulated_ec2, ingress


@pytest.fixture(scope="module")
def emulation() -> Iterator[Client]:
    """An EC2 with the server's interface and its security group; to make one takes a second."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "testing")
        with emulated_ec2() as client:
            yield client


@pytest.fixture
def ec2(emulation: Client) -> Client:
    """That EC2 without any rule that lets something in."""
    for rule in ingress(emulation):
        emulation.revoke_security_group_ingress(
            GroupId=rule["GroupId"], SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]]
        )
    return emulation
