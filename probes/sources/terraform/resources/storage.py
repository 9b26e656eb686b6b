"""Storage and compute services: FSx for Lustre, DynamoDB, ECS, Auto Scaling."""

from collections import defaultdict
from collections.abc import Iterator

import msgspec
from msgspec import UNSET, UnsetType

from probes.model import state
from probes.sources.terraform.resources.fields import (
    always,
    in_blocks,
    many,
    never_shown,
    number,
    text,
)
from probes.sources.terraform.resources.reader import Reader, ResourceReader
from probes.sources.terraform.resources.values import listed, tags_of, text_of
from probes.sources.terraform.schema.base import Attributes, FieldMap, Number, Tagged, Text, Texts

REPLICATED_VERSION = "2019.11.21"


class FsxLustre(Tagged, gc=False):
    """`aws_fsx_lustre_file_system`."""

    subnet_ids: Texts = UNSET
    vpc_id: Text = UNSET
    network_interface_ids: Texts = UNSET
    storage_capacity: Number = UNSET
    per_unit_storage_throughput: Number = UNSET
    deployment_type: Text = UNSET
    mount_name: Text = UNSET
    kms_key_id: Text = UNSET


class Replica(msgspec.Struct, gc=False):
    """One further Region of a table."""

    region_name: Text = UNSET
    consistency_mode: Text = UNSET
    kms_key_arn: Text = UNSET


class Encryption(msgspec.Struct, gc=False):
    """A table's key."""

    kms_key_arn: Text = UNSET


class DynamoTable(Tagged, gc=False):
    """`aws_dynamodb_table`."""

    name: Text = UNSET
    replica: list[Replica] | UnsetType | None = UNSET
    server_side_encryption: list[Encryption] | UnsetType | None = UNSET


class DynamoReplica(Tagged, gc=False):
    """`aws_dynamodb_table_replica`."""

    global_table_arn: Text = UNSET


class ServiceNetwork(msgspec.Struct, gc=False):
    """Where the tasks of a service are."""

    subnets: Texts = UNSET
    security_groups: Texts = UNSET


class ServiceLoadBalancer(msgspec.Struct, gc=False):
    """Where a service registers its tasks."""

    target_group_arn: Text = UNSET


class EcsService(Tagged, gc=False):
    """`aws_ecs_service`."""

    name: Text = UNSET
    cluster: Text = UNSET
    desired_count: Number = UNSET
    network_configuration: list[ServiceNetwork] | UnsetType | None = UNSET
    load_balancer: list[ServiceLoadBalancer] | UnsetType | None = UNSET


class AutoScalingGroup(Attributes, gc=False):
    """`aws_autoscaling_group`."""

    name: Text = UNSET
    desired_capacity: Number = UNSET
    min_size: Number = UNSET
    max_size: Number = UNSET
    vpc_zone_identifier: Texts = UNSET
    suspended_processes: Texts = UNSET


def _vpc(resource: ResourceReader[FsxLustre], _field: str) -> str | None:
    """The VPC is that of the subnets."""
    subnets = [resource.subnets.get(each) for each in resource.many("subnet_ids")]
    subnet = next(iter(subnets), None)
    return text_of(resource.attributes.vpc_id) or (subnet.vpc_id if subnet else None)


def _interfaces(resource: ResourceReader[FsxLustre], field: str) -> tuple[str, ...] | None:
    """The interfaces exist only once AWS has made them."""
    interfaces = resource.attributes.network_interface_ids
    if interfaces is UNSET:
        resource.chosen("network_interface_ids", field)
    return tuple(sorted(text for text in interfaces if text)) if isinstance(interfaces, list) else None


def _mount_name(resource: ResourceReader[FsxLustre], field: str) -> str | None:
    return resource.text("mount_name", field, computed=True) or None


def _key(resource: ResourceReader[FsxLustre], field: str) -> str:
    """Without a key of the user's choice, that of AWS."""
    is_chosen = resource.attributes.kms_key_id is not UNSET or resource.instance.configures("kms_key_id")
    return (resource.one("kms_key_id", field) or "") if is_chosen else ""


FILE_SYSTEM = FieldMap(
    state.FsxFileSystem,
    {
        "type": always("LUSTRE"),
        "lifecycle": always("AVAILABLE"),
        "vpc_id": _vpc,
        "subnet_ids": many(),
        "network_interface_ids": _interfaces,
        "storage_gib": number("storage_capacity", 0, computed=True),
        "throughput_mb_per_s_per_tib": number("per_unit_storage_throughput"),
        "deployment_type": text(default="SCRATCH_1"),
        "mount_name": _mount_name,
        "kms_key_id": _key,
    },
)


def _cluster(resource: ResourceReader[EcsService], field: str) -> str:
    return resource.one("cluster", field) or ""


ECS_SERVICE = FieldMap(
    state.EcsService,
    {
        "service_name": text("name"),
        "cluster": _cluster,
        "running_count": never_shown("how many tasks run"),
        "desired_count": number(default=0),
        "subnet_ids": in_blocks("network_configuration", "subnets"),
        "group_ids": in_blocks("network_configuration", "security_groups"),
        "target_group_ids": in_blocks("load_balancer", "target_group_arn"),
    },
)


def _desired(resource: ResourceReader[AutoScalingGroup], field: str) -> int:
    """The group starts as many instances as it may have at least, unless the configuration says how many.

    No Terraform file shows them.
    """
    instances = resource.reader.at(resource.instance, collection="instances")
    instances.never_shown("the instances that the group starts")
    desired = resource.number("desired_capacity", field)
    return (resource.number("min_size", "minimum") or 0) if desired is None else desired


def _members(resource: ResourceReader[AutoScalingGroup], field: str) -> tuple[str, ...]:
    resource.never_shown("the instances that the group starts", field)
    return ()


def _suspended(resource: ResourceReader[AutoScalingGroup], _field: str) -> tuple[str, ...]:
    return tuple(sorted(filter(None, listed(resource.attributes.suspended_processes))))


SCALING_GROUP = FieldMap(
    state.AutoScalingGroup,
    {
        "desired": _desired,
        "minimum": number("min_size", 0),
        "maximum": number("max_size", 0),
        "subnet_ids": many("vpc_zone_identifier"),
        "suspended": _suspended,
        "instance_ids": _members,
    },
)


def read_tables(reader: Reader) -> list[state.DynamoTable]:
    """Tables, listed once in every Region that holds a replica, as AWS answers there."""
    added = _added_replicas(reader)
    return [
        replica
        for instance in reader.of(DynamoTable, "aws_dynamodb_table")
        for replica in _replicas(reader.own(instance), added)
    ]


def _replicas(
    resource: ResourceReader[DynamoTable], added: dict[str, set[str]]
) -> Iterator[state.DynamoTable]:
    attributes, home = resource.attributes, resource.instance.region
    if attributes.replica is UNSET and resource.instance.configures("replica"):
        resource.unknown("replica", "replicas")
    blocks = listed(attributes.replica)
    others = {text_of(block.region_name) for block in blocks} | added[resource.id]
    regions = sorted({home, *others} - {""})
    replicas = (
        tuple(state.TableReplica(region=region, status="ACTIVE") for region in regions) if others else ()
    )
    keys = {text_of(block.region_name): text_of(block.kms_key_arn) for block in blocks}
    for each in listed(attributes.server_side_encryption):
        keys[home] = text_of(each.kms_key_arn)
    for region in regions:
        yield state.DynamoTable(
            region=region,
            id=resource.id,
            tags=tags_of(attributes),
            status="ACTIVE",
            replicas=replicas,
            version=REPLICATED_VERSION if replicas else "",
            multi_region_consistency=next((text_of(block.consistency_mode) for block in blocks), ""),
            kms_key_id=keys.get(region, ""),
        )


def _added_replicas(reader: Reader) -> dict[str, set[str]]:
    added = defaultdict(set)
    for instance in reader.of(DynamoReplica, "aws_dynamodb_table_replica"):
        table = reader.at(instance).one("global_table_arn")
        if table:
            added[table.rpartition(":table/")[2]].add(instance.region)
    return added
