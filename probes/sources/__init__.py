"""Observed states: one loader for every way of observing a network."""

from collections.abc import Callable, Sequence
from pathlib import Path

from probes.model.errors import InputError
from probes.model.state import State


def load_state(
    reference: str,
    *,
    regions: Sequence[str] = (),
    endpoint_url: str | None = None,
    save_to: Path | None = None,
) -> State:
    """The state that "dump:DIR", "terraform:FILE" (or a folder of several) or "aws[:PROFILE]" refers to.

    Regions, endpoint and `save_to` (a folder for the raw answers) concern AWS only. Raises InputError for an
    unknown reference and whatever its source raises.
    """
    scheme, _, place = reference.partition(":")
    if scheme == "aws":
        return _aws(place, regions, endpoint_url, save_to)
    loader = _LOADERS.get(scheme)
    if loader is None or not place:
        raise InputError(f"{reference!r}: expected dump:DIR, terraform:FILE, aws or aws:PROFILE")
    return loader(Path(place))


def _dump(folder: Path) -> State:
    from probes.sources.dump import load_dump  # noqa: PLC0415  # each source is imported only when it is used

    return load_dump(folder)


def _terraform(file: Path) -> State:
    from probes.sources.terraform import load_terraform  # noqa: PLC0415

    return load_terraform(file)


def _aws(access: str, regions: Sequence[str], endpoint_url: str | None, save_to: Path | None) -> State:
    from probes.sources.aws import load_aws  # noqa: PLC0415  # boto3 takes half a second

    return load_aws(regions, access=access, endpoint_url=endpoint_url, save_to=save_to)


_LOADERS: dict[str, Callable[[Path], State]] = {"dump": _dump, "terraform": _terraform}
