"""How long results hold."""

import argparse
import math
from datetime import UTC, datetime

from reports.results.model import Results

MAX_HOURS = 24 * 366


def hours(text: str) -> float:
    """The value of an option; raises ArgumentTypeError unless it is above 0 and at most a year."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value <= MAX_HOURS:
        raise argparse.ArgumentTypeError(f"{text!r}: expected hours, more than 0 and at most {MAX_HOURS}")
    return value


def is_stale(results: Results) -> bool:
    """Whether the run that should have replaced these results is overdue."""
    return results.valid_until is not None and results.valid_until < datetime.now(UTC)
