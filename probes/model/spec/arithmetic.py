"""Figures that follow from the spec's own numbers."""

from math import asin, cos, radians, sin, sqrt

from probes.model.spec import Location, RangeMs, Region, Spec, TgwCost

EARTH_RADIUS_KM = 6371.0
LIGHT_KM_PER_MS = 299.792458
# FSx for Lustre, SSD: throughput in MB/s per TiB, and capacities of 1200, 2400 and multiples of 2400 GiB
# (API reference of CreateFileSystem, PerUnitStorageThroughput and StorageCapacity).
FSX_UNIT_THROUGHPUTS = (50, 100, 125, 200, 250, 500, 1000)
FSX_SMALLEST_GIB = 1200
FSX_STEP_GIB = 2400


def region_by_alias(spec: Spec, alias: str) -> Region:
    """The region of an alias."""
    return spec.regions[spec.region_named(alias)]


def detour_rtt(spec: Spec, pair: tuple[str, str], via: str) -> RangeMs:
    """The round trip between two regions through a third one: the sum of the two peerings."""
    legs = [spec.peering_between(end, via).rtt for end in pair]
    return RangeMs(min_ms=sum(leg.min_ms for leg in legs), max_ms=sum(leg.max_ms for leg in legs))


def detour_added(spec: Spec, pair: tuple[str, str], via: str) -> RangeMs:
    """What the detour adds to the direct round trip: from best minus worst, maybe negative, to worst minus best."""
    direct, detour = spec.peering_between(*pair).rtt, detour_rtt(spec, pair, via)
    return RangeMs(min_ms=detour.min_ms - direct.max_ms, max_ms=detour.max_ms - direct.min_ms)


def light_floor_ms(one: Location, other: Location) -> float:
    """The round trip that light in vacuum needs along the great circle: nothing answers sooner."""
    return 2 * distance_km(one, other) / LIGHT_KM_PER_MS


def distance_km(one: Location, other: Location) -> float:
    """The great-circle distance (haversine)."""
    lat, lat2 = radians(one.latitude_deg), radians(other.latitude_deg)
    lon, lon2 = radians(one.longitude_deg), radians(other.longitude_deg)
    half_chord = sin((lat2 - lat) / 2) ** 2 + cos(lat) * cos(lat2) * sin((lon2 - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(1.0, half_chord)))


def load_time_s(spec: Spec, readers: int) -> float:
    """How long it takes when this many GPUs of a region load the model at once from their one file system."""
    return readers * spec.fsx.model_size_gb * 1000 / spec.fsx.throughput_mb_per_s


def new_gpus(spec: Spec) -> dict[str, int]:
    """The GPUs that start in each region, by alias, after the documented failure."""
    added = {r.alias: r.gpus.after_failover - r.gpus.normal for r in spec.regions.values()}
    return {alias: count for alias, count in added.items() if count > 0}


def fsx_throughputs_near(wanted_mb_per_s: float) -> tuple[float, ...]:
    """The throughputs in MB/s that FSx for Lustre sells, capacity × tier, from the wanted one upwards in order."""
    sold = {
        unit * gib / 1000
        for unit in FSX_UNIT_THROUGHPUTS
        for gib in (FSX_SMALLEST_GIB, *range(FSX_STEP_GIB, FSX_STEP_GIB * 40, FSX_STEP_GIB))
    }
    return tuple(sorted(value for value in sold if value >= wanted_mb_per_s))


def billed_quantity(spec: Spec, row: TgwCost) -> float:
    """How many units AWS bills for a row of the Transit Gateway table.

    The owner of each Transit Gateway pays for its side of a peering (Transit Gateway pricing page), so a
    peering is billed twice. A GB is billed once, where a VPC sends it into its Transit Gateway.
    """
    if row.unit == "vpc-attachment-hour":
        return len(spec.regions)
    if row.unit == "peering-attachment-hour":
        return 2 * len(spec.peerings)
    return sum(transfer.gb_per_month for transfer in spec.cost.transfer)


def row_cost_usd(spec: Spec, row: TgwCost, quantity: float) -> float:
    """What a quantity of a row's units costs a month."""
    hours = 1 if row.unit == "gb" else spec.cost.hours_per_month
    return quantity * row.usd_per_unit * hours
