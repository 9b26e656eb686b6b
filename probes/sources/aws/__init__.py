"""State from AWS's own responses: every Region and account at once, reading only."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from probes.model.errors import InputError
from probes.model.state import State
from probes.model.state.base import GLOBAL, REGION_PATTERN
from probes.sources.aws.clients import Clients, checked_endpoint, known_regions
from probes.sources.aws.collect import Collected, Collector
from probes.sources.aws.credentials import Access, accesses_by_region
from probes.sources.aws.merge import merged
from probes.sources.aws.organization import accesses_of_organization, role_of_organization
from probes.sources.aws.progress import Progress
from probes.sources.aws.save import check_target, save
from probes.sources.aws.sessions import RegionSession, clients_of, open_sessions
from probes.sources.aws.transport_errors import shown_url
from probes.sources.describe import typed_to_state

REGION = re.compile(REGION_PATTERN)

__all__ = ["load_aws"]


def load_aws(
    regions: Sequence[str], *, access: str = "", endpoint_url: str | None = None, save_to: Path | None = None
) -> State:
    """The network of these Regions as AWS describes it now.

    `access` is what follows "aws:" on the command line (see docs/aws.md), `save_to` a folder for the raw
    responses. What a call was denied becomes a Gap. Raises InputError for unusable arguments, CredentialsError
    when credentials are missing, expired or wrong, and ProbeError when AWS cannot be reached.
    """
    accesses = _accesses(access, _checked(regions, endpoint_url), endpoint_url)
    if save_to is not None:
        check_target(save_to)
    try:
        collected, source = _collected(accesses, endpoint_url)
        items = merged(collected)
        state = typed_to_state(items, source=source, missing=collected.missing_responses())
        if save_to is not None:
            save(collected, save_to)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("interrupted while AWS was being read; nothing is judged or saved") from None
    return state


def _accesses(
    text: str, regions: Sequence[str], endpoint_url: str | None
) -> Mapping[str, tuple[Access, ...]]:
    """The credentials for each Region; those of an organization's accounts are asked for."""
    role = role_of_organization(text)
    if role is None:
        return accesses_by_region(text, regions)
    clients = Clients(Access(), endpoint_url=endpoint_url)
    try:
        return dict.fromkeys(regions, accesses_of_organization(clients, regions[0], role))
    finally:
        clients.close()


def _collected(accesses: Mapping[str, tuple[Access, ...]], endpoint_url: str | None) -> tuple[Collected, str]:
    """What AWS answered, and the words for where that is from."""
    clients = clients_of(accesses, endpoint_url)
    try:
        sessions, refused = open_sessions(clients, accesses)
        collected = Collector(Progress()).run(sessions)
    finally:
        _close(clients)
    for region, each in refused:
        collected.spoil(("", region), each.key, each.reason)
    return collected, _source(sessions, endpoint_url)


def _checked(regions: Sequence[str], endpoint_url: str | None) -> Sequence[str]:
    checked_endpoint(endpoint_url)
    if not regions:
        raise InputError("AWS: no Region to read; the spec names none")
    misspelt = [region for region in regions if not REGION.fullmatch(region)]
    unknown = misspelt or (sorted(set(regions) - known_regions()) if endpoint_url is None else [])
    if unknown:
        raise InputError(
            f"AWS: {', '.join(unknown)}: no Region that the installed botocore knows; misspelt in the spec, "
            "or too new for this botocore"
        )
    return regions


def _source(sessions: Iterable[RegionSession], endpoint_url: str | None) -> str:
    accounts = " and ".join(sorted({session.account for session in sessions}))
    regions = ", ".join(sorted({session.region for session in sessions if session.region != GLOBAL}))
    where = f"as {shown_url(endpoint_url)} answers for it" if endpoint_url else "as AWS answers"
    return f"account {accounts} in {regions}, {where} at {datetime.now(UTC):%Y-%m-%d %H:%M} UTC"


def _close(clients: Mapping[Access, Clients]) -> None:
    for each in clients.values():
        each.close()
