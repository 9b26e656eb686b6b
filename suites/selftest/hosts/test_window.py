import json
import re
import threading

import boto3
import pytest

from fixtures.live.aws_window import aws_window
from probes.hosts.errors import HostError
from probes.hosts.process_identity import this_process
from probes.model.errors import InputError, ProbeError
from suites.selftest.hosts.ec2 import (
    CLIENT,
    OTHERS,
    REGION,
    SERVER,
    Client,
    FaultyEc2,
    host,
    ingress,
    peers,
    window,
)
from suites.selftest.spec.edit import ROOT


def test_window_is_one_peer_and_one_port_tagged_with_run_owner_and_end(ec2: Client) -> None:
    with window(ec2).opened(SERVER, CLIENT, 5201):
        (rule,) = ingress(ec2)

    assert (rule["CidrIpv4"], rule["IpProtocol"]) == ("10.66.10.10/32", "tcp")
    assert (rule["FromPort"], rule["ToPort"]) == (5201, 5201)
    assert {tag["Key"]: tag["Value"] for tag in rule["Tags"]} == {
        "crossregion-conformance": "probe-window",
        "crossregion-conformance:run": "run-1",
        "crossregion-conformance:owner": this_process(),
        "crossregion-conformance:overdue": "2026-11-23T12:15:00+00:00",
    }
    assert "run-1" in rule["Description"]
    assert ingress(ec2) == []


def test_tags_and_description_are_what_ec2_accepts(ec2: Client) -> None:
    with window(ec2).opened(SERVER, CLIENT, 5201):
        (rule,) = ingress(ec2)

    for tag in rule["Tags"]:
        assert re.fullmatch(r"[\w.:/=+@ -]{1,256}", tag["Value"])
    assert re.fullmatch(r"[a-zA-Z0-9. _\-:/()#,@\[\]+=&;{}!$*]{1,255}", rule["Description"])


@pytest.mark.parametrize("ending", [ProbeError, KeyboardInterrupt])
def test_window_is_closed_whatever_ends_the_test(ec2: Client, ending: type[BaseException]) -> None:
    with pytest.raises(ending), window(ec2).opened(SERVER, CLIENT, 5201):
        raise ending

    assert ingress(ec2) == []


def test_close_revokes_what_other_threads_have_open_and_lets_no_more_open(ec2: Client) -> None:
    opened = window(ec2)
    tests = [opened.opened(SERVER, client, 5201) for client in (CLIENT, *OTHERS)]
    for test in tests:
        test.__enter__()
    assert len(ingress(ec2)) == 5
    assert opened.waiting_for.count("sgr-") == 5

    opened.close()  # as the main thread does while the measuring ones still wait for their hosts

    assert ingress(ec2) == []
    assert (opened.waiting_for, opened.problems) == ("", ())
    for test in tests:
        test.__exit__(None, None, None)
    with pytest.raises(HostError, match="the run is ending"), opened.opened(SERVER, CLIENT, 5201):
        pass
    assert ingress(ec2) == []


def test_close_waits_for_a_window_that_is_just_being_opened(ec2: Client) -> None:
    asked, answered = threading.Event(), threading.Event()

    def slow(_: object) -> None:
        asked.set()
        answered.wait(60)

    opened = window(FaultyEc2(ec2, "authorize_security_group_ingress", slow))
    test = threading.Thread(target=lambda: opened.opened(SERVER, CLIENT, 5201).__enter__())
    test.start()
    asked.wait(60)
    closing = threading.Thread(target=opened.close)
    closing.start()
    assert opened.waiting_for == "1 being opened"
    answered.set()
    test.join()
    closing.join()

    assert ingress(ec2) == []


@pytest.mark.parametrize("port", [8080, 5201])
def test_rule_of_others_is_used_and_never_revoked(ec2: Client, port: int) -> None:
    group_id = ec2.describe_security_groups(GroupNames=["sg-gpu"])["SecurityGroups"][0]["GroupId"]
    peer = {"IpRanges": [{"CidrIp": "10.66.10.10/32"}]}
    ec2.authorize_security_group_ingress(
        GroupId=group_id, IpPermissions=[{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **peer}]
    )
    opened = window(ec2)
    opened.close_leftovers([REGION])
    with opened.opened(SERVER, CLIENT, 5201):
        assert 5201 in [rule["FromPort"] for rule in ingress(ec2)]
    opened.close()

    assert [rule["FromPort"] for rule in ingress(ec2)] == [port]


def test_address_that_no_interface_has_opens_nothing(ec2: Client) -> None:
    with (
        pytest.raises(HostError, match=r"0 network interfaces of us-east-2 have 10\.66\.74\.99"),
        window(ec2).opened(host("ghost", "10.66.74.99"), CLIENT, 5201),
    ):
        pass

    assert ingress(ec2) == []


def test_published_policy_allows_what_the_window_asks_for_and_no_more() -> None:
    source = (ROOT / "probes/hosts/ingress_rules.py").read_text(encoding="utf-8")
    client = boto3.Session("testing", "testing").client("ec2", REGION)
    operations = client.meta.method_to_api_mapping
    called = {f"ec2:{operations[word]}" for word in re.findall(r"[a-z_]+", source) if word in operations}
    policy = json.loads((ROOT / "docs/iam-policy-probe-window.json").read_text(encoding="utf-8"))
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}

    besides = {"ec2:CreateTags"}  # to send TagSpecifications
    besides |= {
        "ec2:DescribeInstanceTypes",
        "ec2:GetAwsNetworkPerformanceData",
    }  # hosts, paths
    assert allowed == called | besides


def test_window_of_the_command_line_asks_in_the_servers_region(ec2: Client) -> None:
    with aws_window("", "run-1", None, longest_test_s=0).opened(SERVER, CLIENT, 5201):
        assert peers(ec2) == ["10.66.10.10/32"]

    assert ingress(ec2) == []


def test_unknown_profile_is_a_mistake_on_the_command_line() -> None:
    with pytest.raises(InputError, match=r"--probe-window aws:nobody: .*nobody"):
        aws_window("nobody", "run-1", None, longest_test_s=0)
