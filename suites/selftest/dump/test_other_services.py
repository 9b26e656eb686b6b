"""Several services of AWS answer under one top-level key: only one is meant, the others are named."""

import gzip
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import botocore
import pytest
from botocore.loaders import Loader
from botocore.model import ListShape, OperationModel, ServiceModel, Shape, StructureShape

from probes.model.errors import UnobservableError
from probes.model.state import FsxFileSystem
from probes.model.state.collection import Collection
from probes.sources.describe.decode import decode_items
from probes.sources.describe.response_keys import ALIASES, RESPONSE_KEYS, SINGULAR
from suites.selftest.dump.botocore_shapes import PLAIN
from suites.selftest.dump.small_dumps import REGION, SUBNET, VPC, Item, load

OURS = {
    **PLAIN,
    "Tables": ("dynamodb", "DescribeTable"),
    "PrefixLists": ("ec2", "DescribeManagedPrefixLists"),
}
SAME_RESOURCES = frozenset(
    {
        "globalaccelerator:CustomRoutingAccelerator",  # an accelerator too, told only by what it lacks
        "ec2:PrefixList",  # read beside ManagedPrefixList
    }
)


@cache
def service(name: str) -> ServiceModel:
    return ServiceModel(Loader().load_service_model(name, "service-2"), name)


def entry_shape(operation: OperationModel, member: str) -> Shape:
    shape = operation.output_shape.members[member] if operation.output_shape else None
    assert shape is not None
    return shape.member if isinstance(shape, ListShape) else shape


def name_of(service_name: str, shape: Shape) -> str:
    return f"{service_name}:{shape.name}"


def our_shape(key: str) -> str:
    name, operation = OURS[key]
    (member,) = [
        member
        for member in service(name).operation_model(operation).output_shape.members  # type: ignore[union-attr]
        if SINGULAR.get(member, member) == key
    ]
    return name_of(name, entry_shape(service(name).operation_model(operation), member))


def services_that_name(keys: Iterable[str]) -> Iterator[str]:
    """The services whose model has a member of such a name; most have none, and to parse them all takes long."""
    wanted = re.compile("|".join(f'"{key}":' for key in keys).encode())
    for model in sorted((Path(botocore.__file__).parent / "data").glob("*/*/service-2.json.gz")):
        if wanted.search(gzip.decompress(model.read_bytes())):
            yield model.parents[1].name


def shared_keys() -> Iterator[tuple[str, str, str]]:
    """Top-level key, service and operation of every response of AWS that another service's key names."""
    for name in dict.fromkeys(services_that_name({*OURS, *SINGULAR, *ALIASES})):
        model = service(name)
        for operation in map(model.operation_model, model.operation_names):
            for member in operation.output_shape.members if operation.output_shape else ():
                key = SINGULAR.get(member, ALIASES.get(member, member))
                if key in OURS:
                    shape = name_of(name, entry_shape(operation, member))
                    if shape not in {our_shape(key), *SAME_RESOURCES}:
                        yield member, name, operation.name


def sample(shape: Shape) -> object:
    """An entry with every member that AWS documents."""
    if isinstance(shape, StructureShape):
        return dict.fromkeys(shape.members, "x")
    return "x"


def test_entries_of_every_other_service_are_left_out_and_named() -> None:
    read = []
    shared = list(shared_keys())
    for member, name, operation in shared:
        key = SINGULAR.get(member, ALIASES.get(member, member))
        entry = sample(entry_shape(service(name).operation_model(operation), member))
        found = decode_items(key, json.dumps([entry, entry]).encode())
        if found.items or not found.others:
            read.append((member, name, operation))

    assert read == []
    assert ("Aliases", "lambda", "ListAliases") in shared


@pytest.mark.parametrize(
    "response, named",
    [
        ({"Aliases": [{"Name": "live", "FunctionVersion": "1"}] * 2}, "with FunctionVersion"),
        ({"LoadBalancers": [{"LoadBalancerName": "l", "State": "InService"}]}, "without LoadBalancerArn"),
        ({"Metrics": [{"Metric": "GroupMinSize"}]}, "without Namespace"),
        ({"SecurityGroups": ["sg-0a1b2c3d", "sg-0a1b2c3e"]}, "without GroupId"),
        ({"FileSystems": [{"FileSystemId": "fs-1", "CreationToken": "t"}]}, "with CreationToken"),
        ({"Tables": [{"TableName": "t", "TableStatus": "ACTIVE", "DatabaseName": "d"}]}, "with DatabaseName"),
        ({"logGroups": [{"logGroupName": "g", "logGroupArn": "arn:g"}]}, "with logGroupArn"),
    ],
)
def test_a_response_of_another_service_is_named_and_spoils_nothing(
    tmp_path: Path, response: Item, named: str
) -> None:
    state = load(tmp_path, Vpcs=[VPC], Subnets=[SUBNET], **response)

    (key,) = response
    assert state.not_modelled == (f"{key} of another service ({named})",)
    collection = RESPONSE_KEYS[key].collection
    assert len(state.subnets) == 1
    with pytest.raises(UnobservableError):
        Collection(state, collection).in_region(REGION)


def test_our_entries_count_beside_those_of_another_service(tmp_path: Path) -> None:
    aliases = [{"AliasName": "alias/tenant", "TargetKeyId": "k"}, {"Name": "live", "FunctionVersion": "1"}]

    state = load(tmp_path, Vpcs=[VPC], Aliases=aliases)

    assert [alias.id for alias in state.kms_aliases] == ["alias/tenant"]
    assert state.not_modelled == ("Aliases of another service (with FunctionVersion)",)


def test_a_file_system_without_its_type_is_not_lost(tmp_path: Path) -> None:
    bare: Item = {"FileSystemId": "fs-1", "Lifecycle": "AVAILABLE", "VpcId": "vpc-1"}
    lustre = bare | {"FileSystemId": "fs-2", "LustreConfiguration": {"MountName": "m"}}

    state = load(tmp_path, Vpcs=[VPC], FileSystems=[bare, lustre])

    untyped, typed = Collection[FsxFileSystem](state, "fsx_file_systems").in_region(REGION)
    assert typed.type == "LUSTRE"
    with pytest.raises(UnobservableError, match=r"fs-1 .*: type not observed: .* no FileSystemType"):
        untyped.type  # noqa: B018  # reading it is the test
