"""Storage and compute services: FSx for Lustre, DynamoDB, ECS, Auto Scaling."""

from collections import defaultdict
from collections.abc import Iterator

from msgspec import UNSET

from probes.model.state import AutoScalingGroup, DynamoTable, EcsService, FsxFileSystem, Subnet, TableReplica
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured, references_of
from probes.sources.terraform.resources.reader import Reading, number_of, tags_of, text_of
from probes.sources.terraform.schema import services as service

REPLICATED_VERSION = "2019.11.21"


def read_file_systems(reading: Reading, subnets: dict[str, Subnet]) -> list[FsxFileSystem]:
    """Lustre file systems. Their interfaces exist only once AWS has made them."""
    instances = reading.of(service.FsxLustre, "aws_fsx_lustre_file_system")
    return [_file_system(reading, instance, subnets) for instance in instances]


def _file_system(
    reading: Reading, instance: Instance[service.FsxLustre], subnets: dict[str, Subnet]
) -> FsxFileSystem:
    attributes, place = instance.attributes, ("fsx_file_systems", reading.identity(instance))
    subnet_ids = reading.many(instance, attributes.subnet_ids, "subnet_ids", *place, "subnet_ids")
    subnet = subnets.get(subnet_ids[0]) if subnet_ids else None
    storage = number_of(attributes.storage_capacity)
    if storage is None:
        reading.unknown(instance, "storage_capacity", *place, "storage_gib")
    return FsxFileSystem(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        type="LUSTRE",
        lifecycle="AVAILABLE",
        vpc_id=text_of(attributes.vpc_id) or (subnet.vpc_id if subnet else None),
        subnet_ids=subnet_ids,
        network_interface_ids=_fsx_interfaces(reading, instance),
        storage_gib=storage or 0,
        throughput_mb_per_s_per_tib=number_of(attributes.per_unit_storage_throughput),
        deployment_type=text_of(attributes.deployment_type, "SCRATCH_1"),
        mount_name=text_of(attributes.mount_name) or None,
        kms_key_id=_key(reading, instance),
    )


def _fsx_interfaces(reading: Reading, instance: Instance[service.FsxLustre]) -> tuple[str, ...] | None:
    place = ("fsx_file_systems", reading.identity(instance))
    for attribute in ("network_interface_ids", "mount_name"):
        if getattr(instance.attributes, attribute) is UNSET:
            reading.unknown(instance, attribute, *place, attribute)
    interfaces = instance.attributes.network_interface_ids
    if not isinstance(interfaces, list):
        return None
    return tuple(sorted(text for text in interfaces if text))


def _key(reading: Reading, instance: Instance[service.FsxLustre]) -> str:
    value = instance.attributes.kms_key_id
    if value is UNSET and not configured(instance, "kms_key_id"):
        return ""
    identity = reading.identity(instance)
    return reading.one(instance, value, "kms_key_id", "fsx_file_systems", identity, "kms_key_id") or ""


def read_tables(reading: Reading) -> list[DynamoTable]:
    """Tables, listed once in every Region that holds a replica, as AWS answers there."""
    added = _added_replicas(reading)
    return [
        replica
        for instance in reading.of(service.DynamoTable, "aws_dynamodb_table")
        for replica in _replicas(instance, reading.identity(instance), added[reading.identity(instance)])
    ]


def _replicas(instance: Instance[service.DynamoTable], name: str, added: set[str]) -> Iterator[DynamoTable]:
    attributes = instance.attributes
    blocks = attributes.replica if isinstance(attributes.replica, list) else []
    others = {text_of(block.region_name) for block in blocks} | added
    regions = sorted({instance.region, *others} - {""})
    replicas = tuple(TableReplica(region=region, status="ACTIVE") for region in regions) if others else ()
    encryption = attributes.server_side_encryption
    keys = [text_of(each.kms_key_arn) for each in encryption] if isinstance(encryption, list) else []
    for region in regions:
        yield DynamoTable(
            region=region,
            id=name,
            tags=tags_of(attributes),
            status="ACTIVE",
            replicas=replicas,
            version=REPLICATED_VERSION if replicas else "",
            multi_region_consistency=next((text_of(block.consistency_mode) for block in blocks), ""),
            kms_key_id=next(iter(keys), "") if region == instance.region else "",
        )


def _added_replicas(reading: Reading) -> dict[str, set[str]]:
    added = defaultdict(set)
    for instance in reading.of(service.DynamoReplica, "aws_dynamodb_table_replica"):
        table = reading.one(
            instance, instance.attributes.global_table_arn, "global_table_arn", "dynamo_tables"
        )
        if table:
            added[table.rpartition(":table/")[2]].add(instance.region)
    return added


def read_ecs_services(reading: Reading) -> list[EcsService]:
    """ECS services. How many tasks run is not in any Terraform file."""
    return [_ecs_service(reading, instance) for instance in reading.of(service.EcsService, "aws_ecs_service")]


def _ecs_service(reading: Reading, instance: Instance[service.EcsService]) -> EcsService:
    attributes, place = instance.attributes, ("ecs_services", reading.identity(instance))
    reason = f"{instance.address}: Terraform does not show how many tasks run"
    reading.gap(place[0], reason, region=instance.region, resource=place[1], field="running_count")
    return EcsService(
        region=instance.region,
        id=place[1],
        tags=tags_of(attributes),
        service_name=text_of(attributes.name),
        cluster=reading.one(instance, attributes.cluster, "cluster", *place, "cluster") or "",
        running_count=None,
        desired_count=number_of(attributes.desired_count) or 0,
        subnet_ids=_members(reading, instance, "network_configuration", "subnets", "subnet_ids"),
        group_ids=_members(reading, instance, "network_configuration", "security_groups", "group_ids"),
        target_group_ids=_members(reading, instance, "load_balancer", "target_group_arn", "target_group_ids"),
    )


def _members(
    reading: Reading, instance: Instance[service.EcsService], block: str, attribute: str, field: str
) -> tuple[str, ...]:
    """The IDs in one argument of a service's blocks."""
    blocks = getattr(instance.attributes, block)
    values = [getattr(each, attribute) for each in blocks] if isinstance(blocks, list) else []
    texts = [text for value in values for text in (value if isinstance(value, list) else [value])]
    known = {text for text in texts if isinstance(text, str) and text}
    unknown = (
        blocks is UNSET
        or UNSET in texts
        or any(isinstance(value, list) and None in value for value in values)
    )
    if unknown and configured(instance, block):
        answer = reading.resolver.all_of(instance, references_of(instance, block, attribute), attribute)
        known |= set(answer.ids)
        if answer.missing:
            place = ("ecs_services", reading.identity(instance), field)
            reading.unresolved(instance, f"{block}.{attribute}", answer, *place)
    return tuple(sorted(known))


def read_scaling_groups(reading: Reading) -> list[AutoScalingGroup]:
    """Auto Scaling groups. The instances that they start are not in any Terraform file."""
    found = []
    for instance in reading.of(service.AutoScalingGroup, "aws_autoscaling_group"):
        attributes, place = instance.attributes, ("auto_scaling_groups", reading.identity(instance))
        reason = f"{instance.address}: Terraform does not show the instances that the group starts"
        reading.gap("instances", reason, region=instance.region)
        minimum = number_of(attributes.min_size) or 0
        desired = number_of(attributes.desired_capacity)
        zones = attributes.vpc_zone_identifier
        found.append(
            AutoScalingGroup(
                region=instance.region,
                id=place[1],
                desired=minimum if desired is None else desired,
                minimum=minimum,
                maximum=number_of(attributes.max_size) or 0,
                subnet_ids=reading.many(instance, zones, "vpc_zone_identifier", *place, "subnet_ids"),
            )
        )
    return found
