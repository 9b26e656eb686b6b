"""One call with all its pages."""

from collections.abc import Iterable, Mapping
from typing import Any

from botocore.client import BaseClient
from botocore.exceptions import ClientError

from probes.sources.aws.calls import Call
from probes.sources.aws.errors import code_of

PAGE_SIZE = 1000


def fetch(client: BaseClient, call: Call, params: Mapping[str, Any]) -> list[Any]:
    """The items of every page, as the dump keeps them. Raises botocore's errors."""
    items: list[Any] = []
    last: Mapping[str, Any] = {}
    try:
        for last in _pages(client, call.operation, params):
            found = last.get(call.result, [])
            items += [found] if isinstance(found, Mapping) else found
    except ClientError as error:
        if code_of(error) not in call.nothing:
            raise
    kept = [item for item in items if call.keep(item)]
    if not call.wrap:
        return list(call.shape(params, kept))
    flags = {call.flag: bool(last.get(call.flag))} if call.flag else {}
    return [{call.wrap: params[call.wrap], call.result: kept, **flags}]


def _pages(client: BaseClient, operation: str, params: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    if not client.can_paginate(operation):
        return [getattr(client, operation)(**params)]
    paginator = client.get_paginator(operation)
    size = _page_size(client, operation)
    return paginator.paginate(**params, PaginationConfig={"PageSize": size} if size else {})


def _page_size(client: BaseClient, operation: str) -> int | None:
    """EC2's largest page: it advises against describing without a limit. All else has pages by default."""
    model = client.meta.service_model
    if model.service_name != "ec2" or not operation.startswith("describe_"):
        return None
    shape = model.operation_model(client.meta.method_to_api_mapping[operation]).input_shape
    limit = shape.members.get("MaxResults") if shape else None
    return limit.metadata.get("max", PAGE_SIZE) if limit else None
