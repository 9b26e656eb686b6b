"""One network built through moto over HTTP, read back through the AWS source, service by service.

Nothing is asserted where moto is known to answer differently from AWS: next hops of Transit Gateway routes,
propagated routes, the accepter's association, page sizes, DynamoDB's replicas and FSx for Lustre.
"""

import logging
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import NamedTuple, TypeVar

import msgspec
import pytest

from probes.model.state import (
    GroupRef,
    PrefixListRef,
    Resource,
    RouteTargetKind,
    State,
    TableReplica,
    Target,
)
from probes.sources import load_state
from probes.sources.aws.calls import REGIONAL, WORLDWIDE
from probes.sources.dump import load_dump
from suites.selftest.aws.endpoint import Endpoint, api_names, dummy_credentials, served
from suites.selftest.aws.network import (
    ACCELERATOR,
    ACCOUNT,
    CIDRS,
    EAST,
    OHIO,
    REGIONS,
    SUBNETS,
    Ids,
    build,
    can,
)

ResourceT = TypeVar("ResourceT", bound=Resource)


class Observed(NamedTuple):
    """What was built, what was read, and how."""

    ids: dict[str, Ids]
    state: State
    saved: Path
    asked: frozenset[str]


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    with dummy_credentials(), served(Endpoint()) as running:
        can(running)
        yield running


@pytest.fixture(scope="module")
def observed(endpoint: Endpoint, tmp_path_factory: pytest.TempPathFactory) -> Observed:
    ids = build(endpoint.url)
    endpoint.asked.clear()
    saved = tmp_path_factory.mktemp("aws") / "saved"
    state = load_state("aws", regions=REGIONS, endpoint_url=endpoint.url, save_to=saved)
    return Observed(ids, state, saved, frozenset(operation for _, operation in endpoint.asked))


@pytest.fixture(params=REGIONS)
def place(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def ids(observed: Observed, place: str) -> Ids:
    return observed.ids[place]


@pytest.fixture
def state(observed: Observed) -> State:
    return observed.state


def one(items: Iterable[ResourceT], identity: str, region: str) -> ResourceT:
    (found,) = [item for item in items if (item.id, item.region) == (identity, region)]
    return found


def test_nothing_of_an_answering_endpoint_is_unseen(state: State) -> None:
    assert (state.gaps, state.regions) == ((), REGIONS)


def test_the_source_names_account_regions_and_endpoint(state: State, endpoint: Endpoint) -> None:
    assert state.source.startswith(f"account {ACCOUNT} in {EAST}, {OHIO}, as {endpoint.url} answers for it")


def test_exactly_the_declared_calls_are_made(observed: Observed) -> None:
    assert observed.asked == {*api_names((*REGIONAL, *WORLDWIDE)), "GetCallerIdentity"}


def test_vpcs_and_subnets_are_read(state: State, ids: Ids, place: str) -> None:
    vpc = one(state.vpcs, ids["vpc"], place)
    subnets = [one(state.subnets, ids[f"subnet{index}"], place) for index in (0, 1)]

    assert (vpc.cidrs, vpc.owner_id) == ((IPv4Network(CIDRS[place]),), ACCOUNT)
    assert [(each.cidr, each.az, each.vpc_id) for each in subnets] == [
        (IPv4Network(cidr), f"{place}{zone}", vpc.id) for cidr, zone in zip(SUBNETS[place], "ab", strict=True)
    ]


def test_vpc_route_tables_are_read(state: State, ids: Ids, place: str) -> None:
    table = one(state.vpc_route_tables, ids["table"], place)
    targets = {route.target: route.target_id for route in table.routes}

    assert (table.main, table.subnet_ids) == (False, (ids["subnet0"],))
    assert targets[RouteTargetKind.TRANSIT_GATEWAY] == ids["tgw"]
    assert targets[RouteTargetKind.VPC_ENDPOINT] == ids["endpoint"]


def test_security_groups_acls_and_prefix_lists_are_read(state: State, ids: Ids, place: str) -> None:
    group = one(state.security_groups, ids["group"], place)
    acl = one(state.network_acls, ids["acl"], place)
    prefix_list = one(state.prefix_lists, ids["prefix_list"], place)

    assert {rule.peer for rule in group.ingress} == {
        GroupRef(group_id=group.id, owner_id=ACCOUNT),
        PrefixListRef(prefix_list_id=prefix_list.id),
    }
    assert [(entry.number, entry.cidr) for entry in acl.entries] == [(100, IPv4Network("10.66.0.0/16"))]
    assert (prefix_list.cidrs, prefix_list.max_entries) == ((IPv4Network("10.66.128.0/18"),), 4)


def test_prefix_lists_of_aws_have_entries(state: State, place: str) -> None:
    (dynamodb,) = [
        each
        for each in state.prefix_lists
        if each.region == place and each.list_name == f"com.amazonaws.{place}.dynamodb"
    ]

    assert dynamodb.owner_id == "AWS"
    assert dynamodb.cidrs


def test_instances_are_read_with_their_interfaces(state: State, ids: Ids, place: str) -> None:
    instance = one(state.instances, ids["instance"], place)
    interface = one(state.network_interfaces, instance.network_interface_ids[0], place)

    assert (instance.state, instance.subnet_id) == ("running", ids["subnet0"])
    assert interface.private_ips[0] in IPv4Network(SUBNETS[place][0])


def test_transit_gateways_and_their_attachments_are_read(state: State, ids: Ids, place: str) -> None:
    gateway = one(state.transit_gateways, ids["tgw"], place)
    attachment = one(state.tgw_attachments, ids["attachment"], place)

    assert (gateway.state, gateway.asn) == ("available", 64512)
    assert (attachment.resource_type, attachment.resource_id) == ("vpc", ids["vpc"])
    assert attachment.subnet_ids == tuple(sorted((ids["subnet0"], ids["subnet1"])))


def test_a_peering_is_read_from_both_ends(observed: Observed) -> None:
    seen = {
        end.region: (end.role, end.state, end.transit_gateway_id, end.peer_region)
        for end in observed.state.tgw_attachments
        if end.id == observed.ids[EAST]["peering"]
    }

    assert seen == {
        EAST: ("requester", "available", observed.ids[EAST]["tgw"], OHIO),
        OHIO: ("accepter", "available", observed.ids[OHIO]["tgw"], EAST),
    }


def test_transit_gateway_route_tables_are_read(state: State, ids: Ids, place: str) -> None:
    table = one(state.tgw_route_tables, ids["tgw_table"], place)

    assert (table.transit_gateway_id, table.routes_complete) == (ids["tgw"], True)
    assert [(str(route.destination), route.state) for route in table.routes] == [
        ("10.66.192.0/18", "blackhole")
    ]


def test_vpc_endpoints_are_read(state: State, ids: Ids, place: str) -> None:
    endpoint = one(state.vpc_endpoints, ids["endpoint"], place)

    assert (endpoint.endpoint_type, endpoint.route_table_ids) == ("Gateway", (ids["table"],))


def test_load_balancers_are_read_with_listeners_and_target_health(state: State, ids: Ids, place: str) -> None:
    balancer = one(state.load_balancers, ids["nlb"], place)
    listener = one(state.listeners, ids["listener"], place)
    targets = one(state.target_groups, ids["targets"], place)
    service = one(state.endpoint_services, ids["service"], place)

    assert (balancer.type, balancer.subnet_ids) == ("network", (ids["subnet0"],))
    assert (listener.load_balancer_id, listener.target_group_ids) == (balancer.id, (targets.id,))
    assert targets.targets == (Target(id="10.66.10.9", port=443, health="healthy"),)
    assert service.load_balancer_ids == (balancer.id,)


def test_flow_logs_are_read_with_their_destinations(state: State, ids: Ids, place: str) -> None:
    (flow_log,) = [each for each in state.flow_logs if each.region == place]
    bucket = one(state.bucket_lifecycles, f"flow-logs-{place}", place)

    assert (flow_log.resource_id, flow_log.destination) == (ids["vpc"], f"arn:aws:s3:::{bucket.id}")
    assert bucket.days_of("AWSLogs/111122223333/") == 90
    assert one(state.log_groups, "/vpc/flow", place).retention_days == 90


def test_alarms_and_metrics_are_read(state: State, ids: Ids, place: str) -> None:
    alarm = one(state.metric_alarms, "blackhole", place)
    (metric,) = [each for each in state.metrics if each.region == place]

    assert alarm.dimensions == metric.dimensions == {"TransitGateway": ids["tgw"]}
    assert (metric.metric, metric.statistic, metric.value) == ("BytesOut", "Sum", 1000.0)


def test_capacity_and_keys_are_read(state: State, ids: Ids, place: str) -> None:
    group = one(state.auto_scaling_groups, "gpu", place)
    service = one(state.ecs_services, ids["ecs"], place)

    assert (group.desired, group.maximum, group.subnet_ids) == (0, 25, (ids["subnet1"],))
    assert (service.service_name, service.desired_count) == ("regional-router", 2)
    assert one(state.kms_aliases, "alias/tenant-1", place).target_key_id == ids["key"]


def test_global_accelerator_is_read_once(state: State) -> None:
    (accelerator,) = state.accelerators
    (group,) = state.endpoint_groups

    assert (accelerator.id, accelerator.status, len(accelerator.ips)) == (ACCELERATOR, "DEPLOYED", 2)
    assert IPv4Address("192.0.2.10") in accelerator.ips
    assert (group.accelerator_id, group.endpoint_region) == (ACCELERATOR, EAST)


def test_global_tables_are_read_with_every_replica(state: State, place: str) -> None:
    table = one(state.dynamo_tables, "sessions", place)

    assert table.replicas == tuple(TableReplica(region=each, status="ACTIVE") for each in REGIONS)


def test_file_systems_are_read(state: State, place: str) -> None:
    lustre = one(state.fsx_file_systems, "fs-0123456789abcdef0", place)

    assert (lustre.mount_name, lustre.storage_gib, lustre.throughput_mb_per_s_per_tib) == ("fsx", 4800, 250)


def test_the_saved_answers_load_as_an_equal_dump(observed: Observed) -> None:
    dumped = load_dump(observed.saved)

    assert msgspec.structs.replace(dumped, source=observed.state.source) == observed.state


def test_the_saved_answers_lie_by_account_and_region(observed: Observed) -> None:
    folders = {path.parent.relative_to(observed.saved).as_posix() for path in observed.saved.rglob("*.json")}

    assert folders == {f"{ACCOUNT}/{place}" for place in (*REGIONS, "global")}
    assert (observed.saved / ACCOUNT / EAST / "Vpcs.json").is_file()


def test_the_saved_answers_hold_no_secret(observed: Observed) -> None:
    texts = [path.read_text() for path in observed.saved.rglob("*.json")]

    assert [text for text in texts if "hunter2" in text or "secret-that-nobody-may-see" in text] == []


DENIED = {
    "DescribeTable": "dynamo_tables",
    "DescribeAlarms": "metric_alarms",
    "GetMetricData": "metrics",
    "ListServices": "ecs_services",
    "DescribeListeners": "listeners",
    "GetBucketLifecycleConfiguration": "bucket_lifecycles",
    "ListListeners": "endpoint_groups",
    "DescribeFileSystems": "fsx_file_systems",
    "DescribeAutoScalingGroups": "auto_scaling_groups",
}


@pytest.mark.usefixtures("observed")
def test_a_denial_is_understood_in_every_protocol_and_at_every_depth(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    with endpoint.refusing("AccessDeniedException", *DENIED):
        state = load_state("aws", regions=(EAST,), endpoint_url=endpoint.url, save_to=tmp_path / "saved")

    assert {gap.kind: gap.reason.partition(" denied in ")[0].partition(":")[2] for gap in state.gaps} == {
        kind: operation.replace("GetBucketLifecycle", "GetLifecycle") for operation, kind in DENIED.items()
    }
    assert load_dump(tmp_path / "saved").gaps == state.gaps
