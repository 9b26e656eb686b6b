"""One call with all its pages, against botocore's Stubber, which holds both sides to AWS's own models."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from probes.sources.aws.calls import REGIONAL, WORLDWIDE, Call
from probes.sources.aws.fetch import fetch
from suites.selftest.aws.endpoint import dummy_credentials
from suites.selftest.aws.network import accelerator, endpoint_group, file_system, table

TABLE = "tgw-rtb-0123456789abcdef0"
Stub = Callable[[str], tuple[Stubber, BaseClient]]


@pytest.fixture(autouse=True)
def environment() -> Iterator[None]:
    with dummy_credentials():
        yield


@pytest.fixture
def stub() -> Iterator[Stub]:
    opened: list[Stubber] = []

    def make(service: str) -> tuple[Stubber, BaseClient]:
        client: BaseClient = getattr(boto3.Session(), "client")(service, region_name="us-east-1")  # noqa: B009
        stubber = Stubber(client)
        stubber.activate()
        opened.append(stubber)
        return stubber, client

    yield make
    for stubber in opened:
        stubber.assert_no_pending_responses()
        stubber.client.close()


def call_of(operation: str) -> Call:
    def search(calls: tuple[Call, ...]) -> Iterator[Call]:
        for call in calls:
            yield call
            yield from search(call.follow)

    (found,) = [call for call in search((*REGIONAL, *WORLDWIDE)) if call.operation == operation]
    return found


def route(cidr: str) -> dict[str, Any]:
    return {"DestinationCidrBlock": cidr, "State": "active", "Type": "static"}


def test_every_page_is_read(stub: Stub) -> None:
    stubber, client = stub("ec2")
    stubber.add_response(
        "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-1"}], "NextToken": "more"}, {"MaxResults": 1000}
    )
    stubber.add_response(
        "describe_vpcs", {"Vpcs": [{"VpcId": "vpc-2"}]}, {"MaxResults": 1000, "NextToken": "more"}
    )

    assert fetch(client, call_of("describe_vpcs"), {}) == [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}]


def test_pages_are_as_large_as_ec2_allows(stub: Stub) -> None:
    stubber, client = stub("ec2")
    stubber.add_response("describe_route_tables", {"RouteTables": []}, {"MaxResults": 100})

    assert fetch(client, call_of("describe_route_tables"), {}) == []


@pytest.mark.parametrize("further", [False, True])
def test_routes_say_of_which_table_they_are_and_whether_there_are_more(stub: Stub, *, further: bool) -> None:
    search = call_of("search_transit_gateway_routes")
    (params,) = search.asks([{"TransitGatewayRouteTableId": TABLE}], {})
    stubber, client = stub("ec2")
    first = {"Routes": [route("10.66.0.0/18")], "AdditionalRoutesAvailable": True, "NextToken": "more"}
    stubber.add_response(search.operation, first, dict(params))
    second = {"Routes": [route("10.66.64.0/18")], "AdditionalRoutesAvailable": further}
    stubber.add_response(search.operation, second, {**params, "NextToken": "more"})

    (answer,) = fetch(client, search, params)

    assert [each["DestinationCidrBlock"] for each in answer["Routes"]] == ["10.66.0.0/18", "10.66.64.0/18"]
    assert (answer["TransitGatewayRouteTableId"], answer["AdditionalRoutesAvailable"]) == (TABLE, further)


def test_attachments_of_another_kind_are_left_out(stub: Stub) -> None:
    stubber, client = stub("ec2")
    peering = {"TransitGatewayAttachmentId": "tgw-attach-2", "TransitGatewayId": "tgw-1"}
    vpc = {**peering, "VpcId": "vpc-1", "SubnetIds": ["subnet-1"]}
    stubber.add_response(
        "describe_transit_gateway_vpc_attachments", {"TransitGatewayVpcAttachments": [peering, vpc]}
    )

    assert fetch(client, call_of("describe_transit_gateway_vpc_attachments"), {}) == [vpc]


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "UnauthorizedOperation"])
def test_a_refused_call_raises_what_aws_said(stub: Stub, code: str) -> None:
    stubber, client = stub("ec2")
    stubber.add_client_error("describe_network_acls", code)

    with pytest.raises(ClientError, match=code):
        fetch(client, call_of("describe_network_acls"), {})


def test_file_systems_come_in_pages(stub: Stub) -> None:
    stubber, client = stub("fsx")
    lustre = file_system("us-east-1")
    stubber.add_response("describe_file_systems", {"FileSystems": [lustre], "NextToken": "more"}, {})
    stubber.add_response("describe_file_systems", {"FileSystems": [lustre]}, {"NextToken": "more"})

    assert fetch(client, call_of("describe_file_systems"), {}) == [lustre, lustre]


def test_global_accelerators_lead_to_listeners_and_endpoint_groups(stub: Stub) -> None:
    accelerators, listeners, groups = map(
        call_of, ("list_accelerators", "list_listeners", "list_endpoint_groups")
    )
    arn = accelerator()["AcceleratorArn"]
    stubber, client = stub("globalaccelerator")
    stubber.add_response("list_accelerators", {"Accelerators": [accelerator()]}, {})
    stubber.add_response(
        "list_listeners", {"Listeners": [{"ListenerArn": f"{arn}/listener/1"}]}, {"AcceleratorArn": arn}
    )
    stubber.add_response(
        "list_endpoint_groups",
        {"EndpointGroups": [endpoint_group("us-east-1")]},
        {"ListenerArn": f"{arn}/listener/1"},
    )

    found: list[Any] = fetch(client, accelerators, {})
    for call in (listeners, groups):
        (params,) = call.asks(found, {})
        found = fetch(client, call, params)

    assert found == [endpoint_group("us-east-1")]


def test_a_tables_replicas_are_read(stub: Stub) -> None:
    stubber, client = stub("dynamodb")
    stubber.add_response(
        "describe_table", {"Table": table("us-east-1", "sessions")}, {"TableName": "sessions"}
    )

    assert fetch(client, call_of("describe_table"), {"TableName": "sessions"}) == [
        table("us-east-1", "sessions")
    ]


def test_services_are_described_ten_at_a_time() -> None:
    describe = call_of("describe_services")
    names = [f"service-{index}" for index in range(23)]

    questions = list(describe.asks(names, {"cluster": "edge"}))

    assert [len(each["services"]) for each in questions] == [10, 10, 3]
    assert [name for each in questions for name in each["services"]] == names
    assert {each["cluster"] for each in questions} == {"edge"}


def test_a_bucket_without_lifecycle_has_no_rules(stub: Stub) -> None:
    stubber, client = stub("s3")
    stubber.add_client_error("get_bucket_lifecycle_configuration", "NoSuchLifecycleConfiguration")

    assert fetch(client, call_of("get_bucket_lifecycle_configuration"), {"Bucket": "logs"}) == [
        {"Bucket": "logs", "Rules": []}
    ]


def test_each_flow_log_bucket_is_asked_once() -> None:
    logs = [
        {"LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::logs/prefix"},
        {"LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::logs"},
        {"LogDestinationType": "cloud-watch-logs", "LogDestination": "arn:aws:logs:x:1:log-group:g"},
    ]

    assert list(call_of("get_bucket_lifecycle_configuration").asks(logs, {})) == [{"Bucket": "logs"}]


def test_metric_data_of_several_pages_becomes_the_metrics_data_points(stub: Stub) -> None:
    data = call_of("get_metric_data")
    dimensions = [{"Name": "TransitGateway", "Value": "tgw-1"}]
    metric = {"Namespace": "AWS/TransitGateway", "MetricName": "BytesOut", "Dimensions": dimensions}
    (params,) = data.asks([metric, {**metric, "MetricName": "BytesIn"}], {})
    days = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2)]
    stubber, client = stub("cloudwatch")
    expected: dict[str, Any] = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
    for day, more in ((days[0], {"NextToken": "more"}), (days[1], {})):
        page = {"MetricDataResults": [{"Id": "m0", "Timestamps": [day], "Values": [5.0]}], **more}
        stubber.add_response("get_metric_data", page, expected)
        expected = {**expected, "NextToken": "more"}

    assert fetch(client, data, params) == [
        {
            **metric,
            "Statistic": "Sum",
            "Datapoints": [{"Timestamp": day, "Sum": 5.0} for day in days],
        }
    ]


def test_replication_latency_is_asked_as_percentile_over_whole_days() -> None:
    latency = {"Namespace": "AWS/DynamoDB", "MetricName": "ReplicationLatency", "Dimensions": []}

    (params,) = call_of("get_metric_data").asks([latency], {})

    assert params["MetricDataQueries"][0]["MetricStat"]["Stat"] == "p99"
    assert (params["EndTime"] - params["StartTime"]).days == 2
    assert params["StartTime"].hour == params["StartTime"].minute == 0
