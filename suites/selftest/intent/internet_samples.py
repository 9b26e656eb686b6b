"""One address of the Internet from each range that nothing in a state divides."""

from collections.abc import Iterator
from ipaddress import IPv4Address, summarize_address_range

from probes.model.intent.address_samples import AddressSamples
from probes.model.network.packets import on_the_internet
from probes.model.state import State

_UNICAST = tuple(  # RFC 1122: 0/8 is this network
    summarize_address_range(IPv4Address("1.0.0.0"), IPv4Address("223.255.255.255"))
)


def internet_samples(state: State) -> Iterator[IPv4Address]:
    """Those that an Internet gateway carries, the addresses of the state's own VPCs left out."""
    own = [cidr for vpc in state.vpcs for cidr in vpc.cidrs]
    for address in AddressSamples(state).within(_UNICAST):
        if on_the_internet(address) and not any(address in cidr for cidr in own):
            yield address
