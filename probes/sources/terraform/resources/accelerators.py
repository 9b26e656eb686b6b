"""Global Accelerators and their endpoint groups."""

from ipaddress import IPv4Address

import msgspec
from msgspec import UNSET, UnsetType

from probes.model import state
from probes.sources.terraform.resources.fields import always, flag, number, text
from probes.sources.terraform.resources.reader import ResourceReader
from probes.sources.terraform.resources.values import addresses_of, flag_of, listed, number_of, text_of
from probes.sources.terraform.schema.base import Attributes, FieldMap, Flag, Number, Tagged, Text, Texts


class IpSet(msgspec.Struct, gc=False):
    """The addresses of one family."""

    ip_addresses: Texts = UNSET


class Accelerator(Tagged, gc=False):
    """`aws_globalaccelerator_accelerator`."""

    name: Text = UNSET
    enabled: Flag = UNSET
    dns_name: Text = UNSET
    ip_sets: list[IpSet] | UnsetType | None = UNSET


class AcceleratorListener(Attributes, gc=False):
    """`aws_globalaccelerator_listener`."""

    accelerator_arn: Text = UNSET


class EndpointConfiguration(msgspec.Struct, gc=False):
    """One endpoint of a group."""

    endpoint_id: Text = UNSET
    client_ip_preservation_enabled: Flag = UNSET
    weight: Number = UNSET


class EndpointGroup(Attributes, gc=False):
    """`aws_globalaccelerator_endpoint_group`."""

    listener_arn: Text = UNSET
    endpoint_group_region: Text = UNSET
    endpoint_configuration: list[EndpointConfiguration] | UnsetType | None = UNSET
    health_check_interval_seconds: Number = UNSET
    threshold_count: Number = UNSET
    traffic_dial_percentage: float | str | UnsetType | None = UNSET


def _ips(resource: ResourceReader[Accelerator], field: str) -> tuple[IPv4Address, ...]:
    texts = [text for each in listed(resource.attributes.ip_sets) for text in listed(each.ip_addresses)]
    if not any(texts):
        resource.chosen("ip_sets", field)
    return tuple(sorted(addresses_of(*texts)))


def _dns_name(resource: ResourceReader[Accelerator], _field: str) -> str | None:
    return text_of(resource.attributes.dns_name) or None


ACCELERATOR = FieldMap(
    state.Accelerator,
    {
        "accelerator_name": text("name"),
        "enabled": flag(default=True),
        "status": always("DEPLOYED"),  # the provider waits until it is
        "ips": _ips,
        "dns_name": _dns_name,
    },
)


def _accelerator(resource: ResourceReader[EndpointGroup], field: str) -> str | None:
    """The accelerator of the group's listener, also where only the listener's ARN tells it."""
    arn = resource.one("listener_arn", field) or ""
    reader = resource.reader
    for listener in reader.of(AcceleratorListener, "aws_globalaccelerator_listener"):
        if reader.identity(listener) == arn:
            return reader.at(listener).one("accelerator_arn")
    return arn.partition("/listener/")[0] or None


def _endpoints(resource: ResourceReader[EndpointGroup], field: str) -> tuple[state.AcceleratorEndpoint, ...]:
    configurations = listed(resource.attributes.endpoint_configuration)
    ids = resource.in_blocks("endpoint_configuration", "endpoint_id", field)
    preserved = [flag_of(each.client_ip_preservation_enabled, default=False) for each in configurations]
    weights = [128 if (found := number_of(each.weight)) is None else found for each in configurations]
    resource.never_shown("the health of endpoints", field)
    return tuple(
        state.AcceleratorEndpoint(
            endpoint_id=text,
            health=None,
            client_ip_preservation=bool(preserved) and all(preserved),
            weight=min(weights, default=128),
        )
        for text in ids
    )


def _dial(resource: ResourceReader[EndpointGroup], field: str) -> float:
    found = resource.attributes.traffic_dial_percentage
    if found is UNSET and resource.instance.configures("traffic_dial_percentage"):
        resource.unknown("traffic_dial_percentage", field)
    try:
        return 100.0 if found is UNSET or found is None else float(found)
    except ValueError:
        return 100.0


ENDPOINT_GROUP = FieldMap(
    state.EndpointGroup,
    {
        "accelerator_id": _accelerator,
        "endpoint_region": text("endpoint_group_region", computed=True),
        "endpoints": _endpoints,
        "health_check_interval_s": number("health_check_interval_seconds", 30),
        "threshold": number("threshold_count", 3),
        "traffic_dial_percent": _dial,
    },
)
