"""Global Accelerators and their endpoint groups."""

from msgspec import UNSET

from probes.model.state import Accelerator, AcceleratorEndpoint, EndpointGroup
from probes.model.state.base import GLOBAL
from probes.sources.terraform.file.module_tree import Instance
from probes.sources.terraform.references.resolver import configured
from probes.sources.terraform.resources.reader import (
    Reading,
    addresses_of,
    flag_of,
    number_of,
    tags_of,
    text_of,
)
from probes.sources.terraform.schema import edge as balancer

INTERVAL_S = 30
THRESHOLD = 3


def read_accelerators(reading: Reading) -> list[Accelerator]:
    """Global Accelerators. The provider waits until one is deployed, so an applied one is."""
    found = []
    for instance in reading.of(balancer.Accelerator, "aws_globalaccelerator_accelerator"):
        attributes, identity = instance.attributes, reading.identity(instance)
        sets = attributes.ip_sets if isinstance(attributes.ip_sets, list) else []
        texts = [text for ip_set in sets for text in (ip_set.ip_addresses or ()) if text]
        if not texts:
            reading.unknown(instance, "ip_sets", "accelerators", identity, "ips")
        found.append(
            Accelerator(
                region=GLOBAL,
                id=identity,
                tags=tags_of(attributes),
                accelerator_name=text_of(attributes.name),
                enabled=flag_of(attributes.enabled, default=True),
                status="DEPLOYED",
                ips=tuple(sorted(addresses_of(*texts))),
                dns_name=text_of(attributes.dns_name) or None,
            )
        )
    return found


def read_endpoint_groups(reading: Reading) -> list[EndpointGroup]:
    """Endpoint groups of Global Accelerators. The health of endpoints is not in any Terraform file."""
    owners = {
        reading.identity(listener): reading.one(
            listener, listener.attributes.accelerator_arn, "accelerator_arn", "endpoint_groups"
        )
        for listener in reading.of(balancer.AcceleratorListener, "aws_globalaccelerator_listener")
    }
    return [
        _endpoint_group(reading, instance, owners)
        for instance in reading.of(balancer.EndpointGroup, "aws_globalaccelerator_endpoint_group")
    ]


def _endpoint_group(
    reading: Reading, instance: Instance[balancer.EndpointGroup], owners: dict[str, str | None]
) -> EndpointGroup:
    attributes, place = instance.attributes, ("endpoint_groups", reading.identity(instance))
    listener = reading.one(instance, attributes.listener_arn, "listener_arn", *place, "accelerator_id") or ""
    if not attributes.endpoint_group_region:
        reading.unknown(instance, "endpoint_group_region", "endpoint_groups")
    return EndpointGroup(
        region=GLOBAL,
        id=place[1],
        accelerator_id=owners.get(listener) or listener.partition("/listener/")[0] or None,
        endpoint_region=text_of(attributes.endpoint_group_region),
        endpoints=_endpoints(reading, instance),
        health_check_interval_s=number_of(attributes.health_check_interval_seconds) or INTERVAL_S,
        threshold=number_of(attributes.threshold_count) or THRESHOLD,
    )


def _endpoints(
    reading: Reading, instance: Instance[balancer.EndpointGroup]
) -> tuple[AcceleratorEndpoint, ...]:
    configurations = instance.attributes.endpoint_configuration
    listed = configurations if isinstance(configurations, list) else []
    ids = [each.endpoint_id for each in listed if isinstance(each.endpoint_id, str)]
    if len(ids) < len(listed) or (configurations is UNSET and configured(instance, "endpoint_configuration")):
        place = ("endpoint_groups", "endpoints")
        ids += reading.block_ids(instance, "endpoint_configuration", "endpoint_id", *place)
    preserved = all(flag_of(each.client_ip_preservation_enabled, default=False) for each in listed)
    reason = f"{instance.address}: Terraform does not show the health of endpoints"
    identity = reading.identity(instance)
    reading.gap("endpoint_groups", reason, region=GLOBAL, resource=identity, field="endpoints")
    return tuple(
        AcceleratorEndpoint(endpoint_id=text, health=None, client_ip_preservation=bool(listed) and preserved)
        for text in sorted(set(ids))
    )
