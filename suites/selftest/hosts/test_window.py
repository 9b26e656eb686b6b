import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from fixtures.live.aws_window import aws_window
from probes.hosts.errors import HostError
from probes.hosts.inventory import Host
from probes.hosts.probe_window import LIFETIME, AwsWindow
from probes.hosts.ssh.address import SshAddress
from probes.model.errors import InputError, ProbeError
from suites.selftest.spec.edit import ROOT

REGION = "us-east-2"
Client = Any  # boto3 makes its clients' methods at run time
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def host(name: str, address: str) -> Host:
    return Host(
        name=name,
        region=REGION,
        role="gpu",
        az=f"{REGION}a",
        address=address,
        ssh=SshAddress(hostname=address, username="ec2-user"),
    )


SERVER, CLIENT = host("gpu-use2-00", "10.66.74.10"), host("gpu-use1-00", "10.66.10.10")


@pytest.fixture
def ec2(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """An EC2 with the server's interface and its security group."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        client = boto3.client("ec2", region_name=REGION)
        vpc_id = client.create_vpc(CidrBlock="10.66.64.0/18")["Vpc"]["VpcId"]
        subnet_id = client.create_subnet(VpcId=vpc_id, CidrBlock="10.66.74.0/23")["Subnet"]["SubnetId"]
        group = client.create_security_group(GroupName="sg-gpu", Description="GPU", VpcId=vpc_id)
        client.create_network_interface(
            SubnetId=subnet_id, PrivateIpAddress=SERVER.address, Groups=[group["GroupId"]]
        )
        yield client


def window(ec2: object, now: datetime = NOW) -> AwsWindow:
    return AwsWindow(lambda _: ec2, "run-1", now=lambda: now)


def rules(ec2: Client) -> list[dict[str, Any]]:
    found = ec2.describe_security_group_rules()["SecurityGroupRules"]
    return [rule for rule in found if not rule["IsEgress"]]


def test_window_is_one_peer_and_one_port_tagged_with_run_and_end(ec2: Client) -> None:
    with window(ec2).opened(SERVER, CLIENT, 5201):
        (rule,) = rules(ec2)

    assert (rule["CidrIpv4"], rule["IpProtocol"]) == ("10.66.10.10/32", "tcp")
    assert (rule["FromPort"], rule["ToPort"]) == (5201, 5201)
    assert {tag["Key"]: tag["Value"] for tag in rule["Tags"]} == {
        "crossregion-conformance": "probe-window",
        "crossregion-conformance:run": "run-1",
        "crossregion-conformance:overdue": "2026-11-23T12:05:00+00:00",
    }
    assert "run-1" in rule["Description"]
    assert rules(ec2) == []


@pytest.mark.parametrize("ending", [ProbeError, KeyboardInterrupt])
def test_window_is_closed_whatever_ends_the_test(ec2: Client, ending: type[BaseException]) -> None:
    with pytest.raises(ending), window(ec2).opened(SERVER, CLIENT, 5201):
        raise ending

    assert rules(ec2) == []


def test_interrupt_between_two_threads_leaves_nothing_open(ec2: Client) -> None:
    opened = window(ec2)
    test = opened.opened(SERVER, CLIENT, 5201)
    test.__enter__()
    assert len(rules(ec2)) == 1

    opened.close()  # as the main thread does while the measuring one still waits for its host
    assert rules(ec2) == []
    test.__exit__(None, None, None)


def test_next_run_sweeps_what_a_killed_one_left_once_it_is_overdue(ec2: Client) -> None:
    killed = window(ec2, NOW).opened(SERVER, host("gpu-use1-03", "10.66.10.11"), 5201)
    killed.__enter__()

    with window(ec2, NOW + LIFETIME - timedelta(seconds=1)).opened(SERVER, CLIENT, 5201):
        assert len(rules(ec2)) == 2  # it may belong to a run that still measures
    with window(ec2, NOW + LIFETIME + timedelta(seconds=1)).opened(SERVER, CLIENT, 5201):
        assert [rule["CidrIpv4"] for rule in rules(ec2)] == ["10.66.10.10/32"]


def test_rules_of_others_are_never_swept(ec2: Client) -> None:
    group_id = ec2.describe_security_groups(GroupNames=["sg-gpu"])["SecurityGroups"][0]["GroupId"]
    ec2.authorize_security_group_ingress(
        GroupId=group_id,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 8080, "ToPort": 8080, "IpRanges": [{"CidrIp": "10.66.0.0/18"}]}
        ],
    )
    with window(ec2, NOW + timedelta(days=1)).opened(SERVER, CLIENT, 5201):
        pass

    assert [rule["FromPort"] for rule in rules(ec2)] == [8080]


def test_rule_that_was_there_already_is_not_ours_to_revoke(ec2: Client) -> None:
    theirs = window(ec2).opened(SERVER, CLIENT, 5201)
    theirs.__enter__()
    with window(ec2).opened(SERVER, CLIENT, 5201):
        assert len(rules(ec2)) == 1

    assert len(rules(ec2)) == 1


def test_address_that_no_interface_has_opens_nothing(ec2: Client) -> None:
    with (
        pytest.raises(HostError, match=r"0 network interfaces of us-east-2 have 10\.66\.74\.99"),
        window(ec2).opened(host("ghost", "10.66.74.99"), CLIENT, 5201),
    ):
        pass

    assert rules(ec2) == []


def stubbed() -> tuple[Client, Stubber]:
    client = boto3.Session("testing", "testing").client("ec2", REGION)
    stub = Stubber(client)
    stub.add_response("describe_security_group_rules", {"SecurityGroupRules": []})
    stub.add_response(
        "describe_network_interfaces", {"NetworkInterfaces": [{"Groups": [{"GroupId": "sg-1"}]}]}
    )
    return client, stub


def test_missing_permission_makes_the_throughput_unobservable() -> None:
    client, stub = stubbed()
    stub.add_client_error("authorize_security_group_ingress", "UnauthorizedOperation", "not yours")

    with (
        stub,
        pytest.raises(ProbeError, match=r"gpu-use2-00: no probe window .*UnauthorizedOperation"),
        window(client).opened(SERVER, CLIENT, 5201),
    ):
        pass


def test_rule_that_cannot_be_revoked_is_named_with_the_remedy() -> None:
    client, stub = stubbed()
    stub.add_response(
        "authorize_security_group_ingress", {"SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-7"}]}
    )
    stub.add_client_error("revoke_security_group_ingress", "RequestLimitExceeded", "slower")

    with (
        stub,
        pytest.raises(HostError, match=r"STILL OPEN.*--group-id sg-1 --security-group-rule-ids sgr-7"),
        window(client).opened(SERVER, CLIENT, 5201),
    ):
        pass


def test_rule_that_somebody_else_revoked_is_gone_all_the_same() -> None:
    client, stub = stubbed()
    stub.add_response(
        "authorize_security_group_ingress", {"SecurityGroupRules": [{"SecurityGroupRuleId": "sgr-7"}]}
    )
    stub.add_client_error("revoke_security_group_ingress", "InvalidSecurityGroupRuleId.NotFound", "gone")

    with stub, window(client).opened(SERVER, CLIENT, 5201):
        pass

    stub.assert_no_pending_responses()


def test_published_policy_allows_what_the_window_asks_for_and_no_more() -> None:
    source = (ROOT / "probes/hosts/probe_window.py").read_text(encoding="utf-8")
    client = boto3.Session("testing", "testing").client("ec2", REGION)
    operations = client.meta.method_to_api_mapping
    called = {f"ec2:{operations[word]}" for word in re.findall(r"[a-z_]+", source) if word in operations}
    policy = json.loads((ROOT / "docs/iam-policy-probe-window.json").read_text(encoding="utf-8"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    assert allowed == called | {"ec2:CreateTags"}  # the permission to send TagSpecifications


def test_window_of_the_command_line_asks_in_the_servers_region(ec2: Client) -> None:
    with aws_window("", "run-1", None).opened(SERVER, CLIENT, 5201):
        assert len(rules(ec2)) == 1

    assert rules(ec2) == []


def test_unknown_profile_is_a_mistake_on_the_command_line() -> None:
    with pytest.raises(InputError, match=r"--probe-window aws:nobody: .*nobody"):
        aws_window("nobody", "run-1", None)
