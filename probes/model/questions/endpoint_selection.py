"""Endpoints by what people call them: an ID, a Name tag, an address."""

from ipaddress import IPv4Address

from probes.model.errors import InputError
from probes.model.network.endpoints import Endpoint, holder_in, internet, of_interface, of_subnet
from probes.model.network.entry_points import tenants
from probes.model.network.index import Network
from probes.model.network.packets import on_the_internet
from probes.model.reachability.packet_set import ADDRESSES, BYTES, PacketSet, box
from probes.model.spec import Spec
from probes.model.state import Subnet

ANYBODY = IPv4Address("203.0.113.10")  # RFC 5737: an address for documentation


def endpoint_named(network: Network, text: str) -> Endpoint:
    """The interface, instance, subnet or address that the text names.

    Raises InputError, with what would be understood, when nothing or more than one thing has that name.
    """
    found = _by_address(network, text) or _by_name(network, text)
    unique = list(dict.fromkeys(found))
    if not unique and is_nobodys(network, text):
        raise InputError(f"no interface has {text}; give a subnet to ask about any host of it")
    if not unique:
        raise InputError(
            f"{text!r} names no interface, instance, subnet or address of the observed network; "
            "give an ID, a Name tag or a private address"
        )
    if len(unique) > 1:
        raise InputError(f"{text!r} is ambiguous: {', '.join(end.label for end in unique)}")
    return unique[0]


def senders_named(
    network: Network, spec: Spec, text: str, destination: Endpoint | None
) -> tuple[Endpoint, ...]:
    """As `endpoint_named` for a source, which may also be "internet", "tenant" or an address of either.

    Tenants are one sender for each way in, and none when there is no way in. Raises UnobservableError when
    that could not be seen.
    """
    if not (text in ("internet", "tenant") or is_outside(network, text)):
        return (endpoint_named(network, text),)
    if destination is None:
        raise InputError(f"{text!r} as a source needs a destination that the observed network has")
    if text == "tenant" or (text != "internet" and any(IPv4Address(text) in c for c in spec.tenants.cidrs)):
        if not spec.tenants.cidrs:
            raise InputError("the spec names no tenants.cidrs")
        return tenants(network, spec.tenants.cidrs, spec.aws_regions)
    if text == "internet" or on_the_internet(IPv4Address(text)):
        return (internet(destination.region, destination.vpc_id),)
    return (endpoint_named(network, text),)


def is_outside(network: Network, text: str) -> bool:
    """Whether the text is an address that no subnet of the network owns."""
    address = _address(text)
    return address is not None and not _subnets_of(network, address)


def is_nobodys(network: Network, text: str) -> bool:
    """Whether the text is an address of a subnet that no interface of the observed network has."""
    address = _address(text)
    if address is None:
        return False
    subnets = _subnets_of(network, address)
    return bool(subnets) and not any(holder_in(network, subnet, address) for subnet in subnets)


def private_address(network: Network, text: str) -> str:
    """The private address that a public one of the network is translated to; any other text as it is."""
    for interface in network.state.network_interfaces:
        for private, public in interface.public_ips.items():
            if text == str(public):
                return str(private)
    return text


def between(source: str, destination: str) -> PacketSet:
    """The packets between two ends; of one that is named by an address, not those of its other addresses."""
    ends = [_address(text) for text in (source, destination)]
    here, there = (ADDRESSES if end is None else (int(end), int(end)) for end in ends)
    return box(protocol=BYTES, source=here, destination=there)


def host_address(endpoint: Endpoint | None, named: str) -> IPv4Address:
    """The address that a name is, or the first host's of the endpoint it names."""
    try:
        return IPv4Address(named)
    except ValueError:
        if endpoint is None:
            raise InputError(f"{named!r} is no address") from None
        if endpoint.kind == "internet":
            return ANYBODY
        network = endpoint.networks[0]
        return network[min(10, network.num_addresses - 1)]


def _by_address(network: Network, text: str) -> list[Endpoint]:
    address = _address(text)
    if address is None:
        return []
    places = [holder_in(network, subnet, address) for subnet in _subnets_of(network, address)]
    return [place for place in places if place is not None]


def _subnets_of(network: Network, address: IPv4Address) -> list[Subnet]:
    return [subnet for subnet in network.state.subnets if subnet.cidr and address in subnet.cidr]


def _address(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except ValueError:
        return None


def _by_name(network: Network, text: str) -> list[Endpoint]:
    state = network.state
    interfaces = [i for i in state.network_interfaces if text in (i.id, i.name)]
    if not interfaces:
        instances = [i for i in state.instances if text in (i.id, i.name)]
        keys = [(i.region, i.network_interface_ids[0]) for i in instances if i.network_interface_ids]
        interfaces = [network.interfaces[key] for key in keys if key in network.interfaces]
    if interfaces:
        return [of_interface(interface) for interface in interfaces]
    return [of_subnet(subnet) for subnet in state.subnets if text in (subnet.id, subnet.name)]
