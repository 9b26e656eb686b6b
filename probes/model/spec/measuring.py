"""How the intended network is measured."""

from probes.model.spec.base import RangeMs, SpecPart


class ConnectivityCheckSpec(SpecPart, frozen=True, kw_only=True):
    """The document's own ping example: from a host of one Region to this address."""

    ping_from: str
    ping_address: str
    expected_avg: RangeMs | None = None


class RequestSpec(SpecPart, frozen=True, kw_only=True):
    """A request that may be made to see how long it takes: from the first host of a role in each Region.

    `{address}` in the URL stands for the address of each host of the role `destination` in the same Region.
    """

    source: str
    url: str
    destination: str = ""
    count: int = 20


class LiveSpec(SpecPart, frozen=True, kw_only=True):
    """How the live suite measures.

    `instance_mtu_bytes` is what the hosts have; the Transit Gateway carries `tgw_mtu_bytes`
    (https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html). `role` are the hosts that measure;
    any role with hosts when it is not given. Of many hosts, `hosts_per_zone` of each role, VPC and zone take part.
    The throughput tests of a run on real hosts send at most `transfer_budget_gb`.
    """

    role: str = ""
    ping_count: int = 100
    ping_count_max: int = 48_000
    ping_interval_s: float = 0.01
    loss_limit_ratio: float = 0.01
    jitter_limit_ms: float = 5
    iperf3_port: int = 5201
    iperf3_streams: int = 16
    iperf3_duration_s: float = 10
    iperf3_omit_s: float = 2
    tgw_mtu_bytes: int = 8500
    instance_mtu_bytes: int | None = None
    transfer_budget_gb: float = 50
    hosts_per_zone: int = 1
    request: RequestSpec | None = None


class LabSpec(SpecPart, frozen=True, kw_only=True):
    """How the lab scales the network. Rates are divided by `rate_divisor`; RTTs are real."""

    rate_divisor: float = 100
    hosts_per_role: int = 2
