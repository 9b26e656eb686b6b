"""
How fast a round trip between two places can possibly be.
"""

from math import asin, cos, radians, sin, sqrt

from probes.model.spec import Location

EARTH_RADIUS_KM = 6371.0
LIGHT_KM_PER_MS = 299.792458


def rtt_floor_ms(one: Location, other: Location) -> float:
    """
    The round trip of light in vacuum along the great circle; a faster host is not where it says it is.

    Vacuum, not glass: hollow-core fibre comes within a percent of it.
    """
    return 2 * distance_km(one, other) / LIGHT_KM_PER_MS


def distance_km(one: Location, other: Location) -> float:
    """
    The great-circle distance (haversine formula).
    """
    lat1, lat2 = radians(one.latitude_deg), radians(other.latitude_deg)
    half_lat = (lat2 - lat1) / 2
    half_lon = radians(other.longitude_deg - one.longitude_deg) / 2
    chord = sin(half_lat) ** 2 + cos(lat1) * cos(lat2) * sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * asin(sqrt(chord))
