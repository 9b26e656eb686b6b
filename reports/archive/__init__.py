"""What is kept of each scheduled run, in a folder or in S3: written once, never overwritten."""

import re
from datetime import datetime
from pathlib import Path

from reports.archive.local import write_locally
from reports.archive.s3 import S3, write_to_s3
from reports.results.model import Results

FILES = ("results.json", "report.html", "junit.xml")


def archive(results: Results, directory: Path, place: str) -> str:
    """Keep the files of a run under a name of its own in `place`, a folder or `s3://bucket/prefix`; where they are.

    Raises InputError when they cannot be kept, or when that run is there already.
    """
    files = {name: (directory / name).read_bytes() for name in FILES if (directory / name).is_file()}
    name = run_name(results.finished_at, results.run_id)
    if place.startswith(S3):
        return write_to_s3(place, name, files)
    return write_locally(Path(place), name, files)


def run_name(finished_at: datetime, run_id: str) -> str:
    """The name of a run in an archive; names sort by time."""
    return f"conformance-{finished_at:%Y%m%dT%H%M%SZ}-{re.sub('[^0-9a-z]', '', run_id)[:12]}"
