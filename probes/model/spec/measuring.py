"""How the intended network is measured."""

from probes.model.spec.base import RangeMs, SpecPart


class ConnectivityCheckSpec(SpecPart, frozen=True, kw_only=True):
    """The document's own ping example: from a GPU host of one region to this address."""

    ping_from: str
    ping_address: str
    expected_avg: RangeMs


class LiveSpec(SpecPart, frozen=True, kw_only=True):
    """How the live suite measures (ours, except `ping_count`, which is the document's).

    `instance_mtu_bytes` is what EC2 sets on hosts by default; the Transit Gateway carries `tgw_mtu_bytes`.
    """

    ping_count: int
    ping_count_max: int
    ping_interval_s: float
    loss_limit_ratio: float
    jitter_limit_ms: float
    iperf3_port: int
    iperf3_streams: int
    iperf3_duration_s: float
    iperf3_omit_s: float
    tgw_mtu_bytes: int
    instance_mtu_bytes: int = 9001


class LabSpec(SpecPart, frozen=True, kw_only=True):
    """How the lab scales the network (ours). Rates are divided by `rate_divisor`; RTTs are real."""

    rate_divisor: float
    hosts_per_role: int
