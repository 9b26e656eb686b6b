"""What two hosts allow between them, whatever the network does: TCP buffers, EC2's limits, CPU."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from probes.hosts.measurements.preflight import ENA, HostFacts, window_ceiling_mbit_per_s

# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-network-bandwidth.html
_SMALL_INSTANCE_VCPUS, _SMALL_INSTANCE_MBIT_PER_S = 32, 5000.0
_SHARE_TO_OTHER_REGIONS = 0.5
_BUSY_PERCENT = 95.0
_THREAD_PER_STREAM_FROM = (3, 16)  # of iperf3; before it one core carries all streams


class InstanceBandwidth(msgspec.Struct, frozen=True, kw_only=True):
    """The network of an EC2 instance type, None where AWS does not say: always, and while it may burst.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NetworkCardInfo.html
    """

    vcpus: int
    baseline_mbit_per_s: float | None = None
    peak_mbit_per_s: float | None = None


Bandwidths = Mapping[str, InstanceBandwidth]  # by instance type


class Limit(NamedTuple):
    """The most that a host, or a pair of hosts, can carry, and why."""

    mbit_per_s: float
    words: str


def instance_limit(host: HostFacts, bandwidths: Bandwidths) -> Limit | None:
    """The most that EC2 lets an instance exchange with other Regions; None where that is not known.

    Half of its bandwidth from 32 vCPUs on, but at least 5 Gbit/s, and 5 Gbit/s below. Whether it may burst, its own
    counters tell; without them only its baseline counts.
    """
    if ENA not in host.drivers:
        return None
    bandwidth = bandwidths.get(host.instance_type)
    vcpus = max(host.vcpus, bandwidth.vcpus if bandwidth else 0)
    whole = _whole(bandwidth, can_burst=host.counts_allowances) if bandwidth else None
    if 0 < vcpus < _SMALL_INSTANCE_VCPUS:
        most = min(_SMALL_INSTANCE_MBIT_PER_S, whole or _SMALL_INSTANCE_MBIT_PER_S)
        return Limit(most, f"{host.host} has {vcpus} vCPUs, so EC2 allows it {most:.0f} Mbit/s")
    if whole is None:
        return None
    most = max(_SMALL_INSTANCE_MBIT_PER_S, _SHARE_TO_OTHER_REGIONS * whole)
    return Limit(
        most, f"{host.host} is a {host.instance_type}, so EC2 allows it {most:.0f} of its {whole:.0f} Mbit/s"
    )


def _whole(bandwidth: InstanceBandwidth, *, can_burst: bool) -> float | None:
    peak, baseline = bandwidth.peak_mbit_per_s, bandwidth.baseline_mbit_per_s
    return (peak or baseline) if can_burst else (baseline or peak)


def pair_limit(
    sender: HostFacts, receiver: HostFacts, bandwidths: Bandwidths, *, rtt_ms: float | None, streams: int
) -> Limit | None:
    """The least of what both hosts and the windows between them allow; None where nothing is known."""
    limits = [limit for host in (sender, receiver) if (limit := instance_limit(host, bandwidths)) is not None]
    if sender.shaped_mbit_per_s is not None:
        most = sender.shaped_mbit_per_s
        limits.append(Limit(most, f"{sender.host} shapes what it sends to {most:g} Mbit/s (tc qdisc show)"))
    if rtt_ms:
        most = window_ceiling_mbit_per_s(sender, receiver, rtt_ms=rtt_ms, streams=streams)
        words = f"the hosts' TCP buffers allow {most:.0f} Mbit/s over {streams} flows at {rtt_ms:.1f} ms"
        limits.append(Limit(most, words))
    return min(limits, default=None)


def cpu_limit(host: HostFacts, percent: float | None) -> str:
    """Whether iperf3 used up the CPU that it can use on a host, in words; empty when not."""
    if percent is None or host.iperf3_version is None:
        return ""
    threads = max(1, host.vcpus) if host.iperf3_version >= _THREAD_PER_STREAM_FROM else 1
    if percent < threads * _BUSY_PERCENT:
        return ""
    return f"iperf3 used {percent:.0f}% of a CPU on {host.host}, where it can use {threads * 100}%"
