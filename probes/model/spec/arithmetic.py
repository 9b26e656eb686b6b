"""Figures that follow from the spec's own numbers."""

from math import asin, cos, radians, sin, sqrt

from probes.model.spec import CapacitySpec, FsxSpec, Location, RangeMs, Spec, TgwCost
from probes.model.spec.topology import attached_vpcs, transit_rtt

EARTH_RADIUS_KM = 6371.0
LIGHT_KM_PER_MS = 299.792458
# FSx for Lustre, SSD: throughput in MB/s per TiB, and capacities of 1200, 2400 and multiples of 2400 GiB
# (API reference of CreateFileSystem, PerUnitStorageThroughput and StorageCapacity).
FSX_UNIT_THROUGHPUTS = (50, 100, 125, 200, 250, 500, 1000)
FSX_SMALLEST_GIB = 1200
FSX_STEP_GIB = 2400


def detour_rtt(spec: Spec, pair: tuple[str, str], via: str) -> RangeMs | None:
    """The round trip between two Regions through a third one; None when a peering on the way claims none."""
    return transit_rtt(spec, ((pair[0], via), (pair[1], via)))


def detour_added(spec: Spec, pair: tuple[str, str], via: str) -> RangeMs | None:
    """What the detour adds to the direct round trip: from best minus worst, maybe negative, to worst minus best."""
    direct, detour = transit_rtt(spec, (pair,)), detour_rtt(spec, pair, via)
    if direct is None or detour is None:
        return None
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


def load_time_s(fsx: FsxSpec, readers: int) -> float | None:
    """How long it takes when this many hosts load the model at once from one file system; None if not claimed."""
    if fsx.model_size_gb is None or fsx.throughput_mb_per_s is None:
        return None
    return readers * fsx.model_size_gb * 1000 / fsx.throughput_mb_per_s


def added_instances(capacity: CapacitySpec) -> dict[str, int]:
    """The instances that start in each Region, by alias, after the documented failure."""
    added = {alias: count - capacity.normal.get(alias, 0) for alias, count in capacity.after_failover.items()}
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
        return sum(len(attached_vpcs(spec, gateway)) for gateway in spec.transit_gateways)
    if row.unit == "peering-attachment-hour":
        return 2 * len(spec.peerings)
    return sum(transfer.gb_per_month for transfer in spec.cost.transfer)


def row_cost_usd(spec: Spec, row: TgwCost, quantity: float) -> float:
    """What a quantity of a row's units costs a month."""
    hours = 1 if row.unit == "gb" else spec.cost.hours_per_month
    return quantity * row.usd_per_unit * hours


def usd_per_gb(spec: Spec, one: str, other: str) -> float | None:
    """What a GB from one Region to another costs by the spec's tables; None where they name no price for the pair.

    That is the transfer between the Regions and, where the table has it, the Transit Gateway's processing: once,
    where a VPC sends it into its gateway (https://aws.amazon.com/transit-gateway/pricing/).
    """
    regions = {_region(spec, one), _region(spec, other)}
    between = (row for row in spec.cost.transfer if {_region(spec, end) for end in row.between} == regions)
    row = next(between, None)
    if row is None:
        return None
    return row.usd_per_gb + sum(tgw.usd_per_unit for tgw in spec.cost.tgw if tgw.unit == "gb")


def _region(spec: Spec, name: str) -> str:
    """The AWS name of a Region, from its alias, that name itself or a Transit Gateway's."""
    return spec.gateway_region(name) if name in spec.transit_gateways else spec.region(name)
