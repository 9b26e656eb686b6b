"""What every part of the intended network is made of."""

from typing import Literal

import msgspec

Tier = Literal["public", "private", "fsx", "tgw"]
TIERS: tuple[Tier, ...] = ("public", "private", "fsx", "tgw")


class SpecPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every part of the spec: immutable, and unknown keys are errors."""


class RangeMs(SpecPart, frozen=True, kw_only=True):
    """A documented latency range, round trip, in milliseconds."""

    min_ms: float
    max_ms: float
