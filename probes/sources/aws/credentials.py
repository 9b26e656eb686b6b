"""Which credentials are used in which Region: `aws`, `aws:PROFILE`, `aws:REGION=PROFILE,REGION=ROLE-ARN`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from probes.model.errors import InputError
from probes.model.state.base import REGION_PATTERN

ROLE_ARN = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w/.@-]+", re.ASCII)
REGION_PART = re.compile(rf"(?P<region>{REGION_PATTERN})=(?P<names>.+)")


@dataclass(frozen=True, slots=True)
class Access:
    """One set of credentials: those of a profile, or the default ones, or of a role that is assumed with them."""

    profile: str = ""
    role_arn: str = ""
    external_id: str = ""

    @property
    def label(self) -> str:
        """How messages name the credentials."""
        if self.role_arn:
            return f"role {self.role_arn}"
        return f"profile {self.profile!r}" if self.profile else "the default credentials"


def accesses_by_region(text: str, regions: Sequence[str]) -> dict[str, tuple[Access, ...]]:
    """The credentials for each of the Regions: several where "+" joins the accounts that share one.

    Raises InputError for a Region that the spec does not have, one named twice, and one without credentials.
    """
    if "=" not in text:
        return dict.fromkeys(regions, _accesses(text, text))
    found: dict[str, tuple[Access, ...]] = {}
    for part in text.split(","):
        match = REGION_PART.fullmatch(part.strip())
        if match is None:
            raise InputError(f"aws:{text}: {part!r}: expected REGION=PROFILE or REGION=ROLE-ARN")
        if match["region"] in found:
            raise InputError(f"aws:{text}: {match['region']} is named twice; join its accounts by +")
        found[match["region"]] = _accesses(match["names"], text)
    _compare(text, set(found), set(regions))
    return {region: found[region] for region in regions}


def _accesses(names: str, text: str) -> tuple[Access, ...]:
    return tuple(dict.fromkeys(_access(name, text) for name in names.split("+")))


def _access(name: str, text: str) -> Access:
    if not name.startswith("arn:"):
        return Access(profile=name)
    if not ROLE_ARN.fullmatch(name):
        raise InputError(f"aws:{text}: {name!r}: expected arn:aws:iam::ACCOUNT:role/NAME")
    return Access(role_arn=name)


def _compare(text: str, given: set[str], needed: set[str]) -> None:
    if given - needed:
        raise InputError(
            f"aws:{text}: the spec has no Region {', '.join(sorted(given - needed))}; "
            f"it has {', '.join(sorted(needed))}"
        )
    if needed - given:
        raise InputError(f"aws:{text}: no credentials for {', '.join(sorted(needed - given))}")
