"""Findings about costs, times and bandwidth."""

from collections.abc import Iterator

from probes.model.spec import RangeMs, Spec
from probes.model.spec.arithmetic import (
    added_instances,
    billed_quantity,
    fsx_throughputs_near,
    load_time_s,
    row_cost_usd,
)
from probes.model.spec_checks.finding import Finding

HOURS_PER_MONTH = 730  # AWS's calculator: 8,760 hours a year over 12
MAX_FLOW_GBIT_PER_S = 5  # EC2 User Guide, "Amazon EC2 instance network bandwidth"


def peering_cost(spec: Spec) -> Iterator[Finding]:
    """C14: both owners pay for a peering attachment."""
    for index, row in enumerate(spec.cost.tgw):
        billed = billed_quantity(spec, row)
        if row.unit == "peering-attachment-hour" and row.quantity != billed:
            cost = row_cost_usd(spec, row, billed)
            yield Finding(
                id="C14",
                severity="S2",
                where=f"cost.tgw[{index}]",
                expected=f"{billed:g} billed attachments, two for each of {len(spec.peerings)}: ${cost:,.2f}",
                observed=f"{row.quantity:g} attachments: ${row.usd_per_month:,.2f}",
                hint="AWS bills the owner of each Transit Gateway for its side",
            )


def tgw_total(spec: Spec) -> Iterator[Finding]:
    """C14: the total holds what its rows hold."""
    total = sum(row_cost_usd(spec, row, billed_quantity(spec, row)) for row in spec.cost.tgw)
    claimed = spec.cost.tgw_total_usd
    if claimed is not None and abs(total - claimed) >= 1:
        yield Finding(
            id="C14",
            severity="S2",
            where="cost.tgw_total_usd",
            expected=f"${total:,.2f}, from what AWS bills",
            observed=f"${claimed:,.2f}",
            hint="correct the rows and add them up; accelerator, NLBs, endpoints and FSx come on top",
        )


def concurrent_loading(spec: Spec) -> Iterator[Finding]:
    """C16: the throughput is one file system's, so hosts that start together share it."""
    limit = spec.fsx.load_time_max_s if spec.fsx else None
    slow = {alias: took for alias, took in _load_times_s(spec).items() if limit is not None and took > limit}
    if slow and limit is not None:
        yield Finding(
            id="C16",
            severity="S2",
            where="fsx.throughput_mb_per_s",
            expected=f"a model loaded within {limit:g} s also when the hosts of a failover start together",
            observed="; ".join(f"{alias}: {took:.0f} s" for alias, took in slow.items()),
            hint=f"{max(slow.values()) / limit:.1f} times the throughput would do, or loading in turns",
        )


def _load_times_s(spec: Spec) -> dict[str, float]:
    """How long the new hosts of each Region take, by alias, when they load the model together."""
    if spec.capacity is None or spec.fsx is None:
        return {}
    times = {alias: load_time_s(spec.fsx, n) for alias, n in added_instances(spec.capacity).items()}
    return {alias: took for alias, took in times.items() if took is not None}


def sold_throughput(spec: Spec) -> Iterator[Finding]:
    """C16: FSx sells throughput in steps of capacity and tier.

    https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystemLustreConfiguration.html
    """
    wanted = spec.fsx.throughput_mb_per_s if spec.fsx else None
    if wanted is None:
        return
    sold = fsx_throughputs_near(wanted)
    if wanted not in sold:
        yield Finding(
            id="C16",
            severity="S3",
            where="fsx.throughput_mb_per_s",
            expected=f"a size and tier that exist: {', '.join(f'{value:g}' for value in sold[:3])} MB/s",
            observed=f"{wanted:g} MB/s, which no combination gives",
            hint="name capacity and tier; the suite asks for at least the documented figure",
        )


def _ranges(spec: Spec) -> dict[str, RangeMs]:
    return {peering.name: peering.rtt for peering in spec.peerings if peering.rtt}


def latency_bounds(spec: Spec) -> Iterator[Finding]:
    """C19: an answer that comes sooner than documented breaks nothing."""
    bounded = {name: rtt for name, rtt in _ranges(spec).items() if rtt.min_ms > 0}
    if bounded:
        yield Finding(
            id="C19",
            severity="S3",
            where="peerings.*.rtt.min_ms",
            expected="an upper bound for each round trip",
            observed="; ".join(
                f"{name}: {rtt.min_ms:g} to {rtt.max_ms:g} ms" for name, rtt in bounded.items()
            ),
            hint="the suite fails a round trip above the range and reports one below it as better",
        )


def latency_union(spec: Spec) -> Iterator[Finding]:
    """C19: a range that spans all pairs says less than the pairs do."""
    span, hops = spec.latency.cross_region, list(_ranges(spec).values())
    if span is None or len(hops) < len(spec.peerings) or len(hops) <= 1:
        return
    lowest, highest = min(hop.min_ms for hop in hops), max(hop.max_ms for hop in hops)
    if (span.min_ms, span.max_ms) == (lowest, highest) and lowest > 0:
        yield Finding(
            id="C19",
            severity="S3",
            where="latency.cross_region",
            expected="a bound that the peerings' own ranges do not already give",
            observed=f"{lowest:g} to {highest:g} ms, their union: it holds whenever they do",
            hint="drop it, or monitor each pair against its own range",
        )


def bandwidth_ceiling(spec: Spec) -> Iterator[Finding]:
    """C20: nothing can be measured against "up to"."""
    ceilings = [
        peering.bandwidth_gbit_per_s
        for peering in spec.peerings
        if peering.bandwidth_claim == "up to" and peering.bandwidth_gbit_per_s is not None
    ]
    if ceilings:
        fastest = max(ceilings)
        yield Finding(
            id="C20",
            severity="S3",
            where="peerings.*.bandwidth_claim",
            expected="a bandwidth that the peerings carry at least",
            observed=f"up to {fastest:g} Gbit/s, which any measurement fulfils",
            hint=f"state a floor; one flow carries {MAX_FLOW_GBIT_PER_S} Gbit/s at most, so measure with "
            f"{fastest / MAX_FLOW_GBIT_PER_S:.0f} or more",
        )


def recovery_time(spec: Spec) -> Iterator[Finding]:
    """C21: recovery takes the detection, and the start of what replaces the lost capacity."""
    ha = spec.ha
    if ha.recovery_limit_s is None:
        return
    detection = ha.health_check_interval_s * ha.unhealthy_threshold
    loading = max(_load_times_s(spec).values(), default=0.0)
    least = detection + (loading if ha.recovery_includes_capacity else 0)
    if least >= ha.recovery_limit_s:
        capacity = f" + {loading:.0f} s loading models" if ha.recovery_includes_capacity and loading else ""
        yield Finding(
            id="C21",
            severity="S2",
            where="ha.recovery_limit_s",
            expected=f"more than {least:.0f} s: {detection:g} s detection{capacity}, before new hosts boot",
            observed=f"{ha.recovery_limit_s:g} s",
            hint="promise the steering of new connections alone, with a target group checked every 10 s",
        )


def hours_of_a_month(spec: Spec) -> Iterator[Finding]:
    """C32: AWS's calculator counts 730 hours."""
    hours = spec.cost.hours_per_month
    if hours != HOURS_PER_MONTH:
        yield Finding(
            id="C32",
            severity="S4",
            where="cost.hours_per_month",
            expected=f"{HOURS_PER_MONTH} hours, as AWS's calculator has it",
            observed=f"{hours:g} hours, {(HOURS_PER_MONTH / hours - 1) * 100:.1f} % less",
            hint="within the suite's tolerance of 2 %; recompute the sums when the table is corrected",
        )
