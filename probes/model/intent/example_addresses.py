"""Addresses that stand for others in an example: of a range, or of an endpoint in one address class."""

from ipaddress import IPv4Address

from probes.model.network.endpoints import Endpoint
from probes.model.reachability.compiled import CompiledNetwork
from probes.model.reachability.intervals import Interval


def host_of(interval: Interval) -> IPv4Address:
    """An address of an interval, not one of the first four of a subnet, which AWS keeps, if it has others."""
    low, high = interval
    return IPv4Address(min(low + 10, high))


def address_in(compiled: CompiledNetwork, endpoint: Endpoint, address_class: int) -> IPv4Address:
    """An address of an endpoint in an address class, out of its largest range there."""
    own = [(low, high) for low, high, each in compiled.divided(endpoint) if each == address_class]
    return host_of(max(own, key=lambda interval: interval[1] - interval[0]))
