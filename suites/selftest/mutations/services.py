"""Mutations of endpoints, load balancers, storage, monitoring and capacity."""

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from probes.model.spec import Spec
from probes.model.state import State
from suites.selftest.mutations.mutation import Mutation, Sites, gone, having, none

FIREWALL = "GatewayLoadBalancer"


def of_endpoints(state: State) -> Iterator[Mutation]:
    """VPC endpoints, endpoint services and firewalls."""
    any_rule = ("endpoint-available", "firewall-endpoint", "endpoint-usable")
    yield from Sites(state, "endpoint: gone", *any_rule).change("vpc_endpoints", gone)
    for status in ("pending", "failed", "deleting"):
        yield from Sites(state, "endpoint: not available", *any_rule).change(
            "vpc_endpoints", having(state=status)
        )
    yield from Sites(state, "endpoint: without private DNS", *any_rule).change(
        "vpc_endpoints", having(private_dns=False)
    )
    yield from Sites(state, "endpoint: policy refuses everything", "endpoint-usable").change(
        "vpc_endpoints", having(policy='{"Statement": []}'), lambda each: each.endpoint_type != FIREWALL
    )
    yield from Sites(state, "endpoint: without interfaces", *any_rule).change(
        "vpc_endpoints", having(network_interface_ids=(), subnet_ids=())
    )
    yield from Sites(state, "endpoint: of another service", *any_rule).change(
        "vpc_endpoints",
        having(service_name="com.amazonaws.us-east-1.sqs"),
        lambda endpoint: endpoint.endpoint_type != FIREWALL,
    )
    yield from Sites(state, "endpoint: route table dropped", *any_rule).each(
        "vpc_endpoints", "route_table_ids", none
    )
    yield from Sites(state, "endpoint service: gone", "endpoint-service").change("endpoint_services", gone)
    yield from Sites(state, "endpoint service: failed", "endpoint-service").change(
        "endpoint_services", having(state="Failed")
    )
    yield from Sites(state, "endpoint service: without balancer", "endpoint-service").each(
        "endpoint_services", "load_balancer_ids", none
    )


def of_edge(state: State) -> Iterator[Mutation]:
    """Load balancers with what they lead to, and Global Accelerator."""
    balancer = ("nlb-active", "nlb-listeners", "nlb-targets", "flow")
    yield from Sites(state, "NLB: gone", "nlb-active").change("load_balancers", gone)
    yield from Sites(state, "NLB: failed", "nlb-active").change("load_balancers", having(state="failed"))
    yield from Sites(state, "NLB: an application balancer", "nlb-active").change(
        "load_balancers", having(type="application")
    )
    yield from Sites(state, "NLB: zone dropped", "nlb-active").each("load_balancers", "subnet_ids", none)
    yield from Sites(state, "listener: gone", *balancer).change("listeners", gone)
    yield from Sites(state, "listener: port", *balancer).change("listeners", having(port=9))
    yield from Sites(state, "listener: protocol", *balancer).change("listeners", having(protocol="UDP"))
    yield from Sites(state, "listener: without target group", *balancer).each(
        "listeners", "target_group_ids", none
    )
    for one in state.listeners:
        yield from Sites(state, "listener: added", "nlb-listeners").add(
            "listeners", f"beside {one.label}", replace(one, id=f"{one.id}-more", port=22)
        )
    yield from Sites(state, "target group: gone", *balancer).change("target_groups", gone)
    yield from Sites(state, "target group: protocol", *balancer).change(
        "target_groups", having(protocol="UDP")
    )
    yield from Sites(state, "target group: without targets", *balancer).change(
        "target_groups", having(targets=())
    )
    yield from Sites(state, "target group: unhealthy", *balancer).change(
        "target_groups",
        lambda group: replace(
            group, targets=tuple(replace(target, health="unhealthy") for target in group.targets)
        ),
    )
    yield from Sites(state, "target group: slow checks", "failure-detected").change(
        "target_groups", having(health_check_interval_s=300, unhealthy_threshold=10)
    )
    yield from Sites(state, "target: on another port", *balancer).each(
        "target_groups", "targets", lambda target: (replace(target, port=22),)
    )
    yield from Sites(state, "target: somebody else", *balancer).each(
        "target_groups", "targets", lambda target: (replace(target, id="192.0.2.1"),)
    )
    yield from _of_accelerators(state)


def _of_accelerators(state: State) -> Iterator[Mutation]:
    there = ("accelerator-deployed", "accelerator-endpoint")
    yield from Sites(state, "accelerator: gone", *there).change("accelerators", gone)
    yield from Sites(state, "accelerator: disabled", *there).change("accelerators", having(enabled=False))
    yield from Sites(state, "accelerator: in progress", *there).change(
        "accelerators", having(status="IN_PROGRESS")
    )
    yield from Sites(state, "accelerator: address dropped", *there).each("accelerators", "ips", none)
    groups = "endpoint_groups"
    yield from Sites(state, "endpoint group: gone", *there).change(groups, gone)
    yield from Sites(state, "endpoint group: dial at 0", *there).change(
        groups, having(traffic_dial_percent=0.0)
    )
    yield from Sites(state, "endpoint group: endpoint dropped", *there).each(groups, "endpoints", none)
    yield from Sites(state, "endpoint group: weight 0", *there).each(
        groups, "endpoints", lambda endpoint: (replace(endpoint, weight=0),)
    )
    yield from Sites(state, "endpoint group: another balancer", *there).each(
        groups, "endpoints", lambda endpoint: (replace(endpoint, endpoint_id=f"{endpoint.endpoint_id}0"),)
    )


def of_storage(state: State) -> Iterator[Mutation]:
    """File systems, tables and their keys."""
    there, systems = ("fsx-available", "fsx-throughput"), "fsx_file_systems"
    yield from Sites(state, "FSx: gone", *there).change(systems, gone)
    yield from Sites(state, "FSx: failed", *there).change(systems, having(lifecycle="FAILED"))
    yield from Sites(state, "FSx: another type", *there).change(systems, having(type="WINDOWS"))
    yield from Sites(state, "FSx: in another subnet", *there).change(
        systems, having(subnet_ids=("subnet-0000000000000000a",))
    )
    yield from Sites(state, "FSx: half as fast", "fsx-throughput").change(
        systems, lambda one: replace(one, storage_gib=one.storage_gib // 2)
    )
    yield from Sites(state, "DynamoDB: table gone", "dynamodb-replica").change("dynamo_tables", gone)
    yield from Sites(state, "DynamoDB: table archived", "dynamodb-replica").change(
        "dynamo_tables", having(status="ARCHIVED")
    )
    yield from _of_replicas(state)
    yield from Sites(state, "key: of AWS", "tenant-keys").change(systems, having(kms_key_id=""))
    yield from Sites(state, "key: of AWS", "tenant-keys").change("dynamo_tables", having(kms_key_id=""))


def _of_replicas(state: State) -> Iterator[Mutation]:
    """Replicas of other Regions: of its own, a table's status tells."""
    for index, one in enumerate(state.dynamo_tables):
        for place, replica in enumerate(one.replicas):
            if replica.region == one.region:
                continue
            for kind, instead in {
                "dropped": (),
                "being made": (replace(replica, status="CREATING"),),
            }.items():
                changed = replace(one, replicas=(*one.replicas[:place], *instead, *one.replicas[place + 1 :]))
                tables = (*state.dynamo_tables[:index], changed, *state.dynamo_tables[index + 1 :])
                yield from Sites(state, f"DynamoDB: replica {kind}", "dynamodb-replica").whole(
                    f"{one.label} {replica.region}", replace(state, dynamo_tables=tables)
                )


def of_monitoring(state: State) -> Iterator[Mutation]:
    """Flow logs, their retention, alarms and figures."""
    yield from Sites(state, "flow log: gone", "flow-log").change("flow_logs", gone)
    yield from Sites(state, "flow log: failing", "flow-log").change(
        "flow_logs", having(deliver_status="FAILED")
    )
    yield from Sites(state, "flow log: of what is accepted", "flow-log-traffic", "flow-log").change(
        "flow_logs", having(traffic_type="ACCEPT")
    )
    yield from Sites(state, "log group: shorter", "flow-log-retention").change(
        "log_groups", having(retention_days=7)
    )
    alarms = "metric_alarms"
    yield from Sites(state, "alarm: gone", "metric-alarm").change(alarms, gone)
    yield from Sites(state, "alarm: actions off", "metric-alarm").change(
        alarms, having(actions_enabled=False)
    )
    yield from Sites(state, "alarm: without actions", "metric-alarm").change(alarms, having(alarm_actions=()))
    yield from Sites(state, "alarm: another metric", "metric-alarm").change(
        alarms, having(metric="PacketsIn")
    )
    yield from Sites(state, "alarm: never fires", "metric-alarm").change(
        alarms, having(comparison="LessThanThreshold", threshold=0.0)
    )
    yield from Sites(state, "alarm: on one attachment", "metric-alarm").change(
        alarms,
        lambda alarm: replace(
            alarm, dimensions={**alarm.dimensions, "TransitGatewayAttachment": "tgw-attach-0000000000000000a"}
        ),
    )


def of_capacity(spec: Spec, state: State) -> Iterator[Mutation]:
    """Instances, services and Auto Scaling groups."""
    yield from Sites(state, "instance: stopped", "instances-running").change(
        "instances", having(state="stopped"), lambda instance: instance.state == "running"
    )
    yield from Sites(state, "ECS: nothing runs", "ecs-running").change(
        "ecs_services", having(running_count=0)
    )
    yield from Sites(state, "ECS: in another group", "group-attached").change(
        "ecs_services", having(group_ids=("sg-0000000000000000a",))
    )
    yield from Sites(state, "ECS: behind no balancer", "ecs-running").change(
        "ecs_services", having(target_group_ids=())
    )
    needed = spec.capacity.after_failover if spec.capacity else {}
    wanted = {spec.region(name) for name, count in needed.items() if count}
    changes: dict[str, Callable[[Any], Any]] = {
        "gone": gone,
        "lower maximum": having(maximum=1),
        "launch suspended": having(suspended=("Launch",)),
    }
    for kind, change in changes.items():
        yield from Sites(state, f"Auto Scaling: {kind}", "scaling-maximum").change(
            "auto_scaling_groups", change, lambda group: group.region in wanted
        )
