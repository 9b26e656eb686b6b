"""Which credentials are used in which Region.

`aws`, `aws:PROFILE`, `aws:ROLE-ARN`, `aws:REGION=PROFILE,REGION=ROLE-ARN`, or a file: `aws:@ACCOUNTS.yaml`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from probes.model.errors import InputError
from probes.model.state.base import REGION_PATTERN
from probes.sources.documents.typed_yaml import read_typed
from probes.sources.documents.yaml_tree import input_error

WHAT = "a list of accounts, each with a role, an external_id, a profile and regions, or some of these"
EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
"""
https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

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


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a file of accounts: whose credentials are used there, in all Regions of the spec or in some.

    The role is assumed with the credentials of the profile, or with the default ones.
    """

    role: str = ""
    profile: str = ""
    external_id: str = ""
    regions: tuple[str, ...] = ()

    @property
    def access(self) -> Access:
        """Its credentials."""
        return Access(profile=self.profile, role_arn=self.role, external_id=self.external_id)


def accesses_by_region(text: str, regions: Sequence[str]) -> dict[str, tuple[Access, ...]]:
    """The credentials for each of the Regions: several where "+" joins the accounts that share one.

    Raises InputError for a file that cannot be used, for a Region that the spec does not have, for one named
    twice, and for one without credentials.
    """
    if text.startswith("@"):
        return _from_file(Path(text[1:]), regions)
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


def _from_file(path: Path, regions: Sequence[str]) -> dict[str, tuple[Access, ...]]:
    located = read_typed(path, tuple[Account, ...], what=WHAT)
    accounts = located.value
    if problems := [
        located.problem(f"[{index}]{place}", message)
        for index, account in enumerate(accounts)
        for place, message in _mistakes(account, regions)
    ]:
        raise input_error(path, problems)
    found = {
        region: tuple(dict.fromkeys(each.access for each in accounts if region in (each.regions or regions)))
        for region in regions
    }
    _compare(f"@{path}", {region for region in regions if found[region]}, set(regions))
    return found


def _mistakes(account: Account, regions: Sequence[str]) -> Iterator[tuple[str, str]]:
    if not account.role and not account.profile:
        yield "", "expected a role, a profile, or both"
    if account.role and not ROLE_ARN.fullmatch(account.role):
        yield ".role", f"expected arn:aws:iam::ACCOUNT:role/NAME, found {account.role!r}"
    if account.external_id and not (account.role and EXTERNAL_ID.fullmatch(account.external_id)):
        yield ".external_id", "expected the 2 to 1,224 characters that the owner of a role asks for"
    for index, region in enumerate(account.regions):
        if region not in regions:
            yield (
                f".regions[{index}]",
                f"the spec has no Region {region!r}; it has {', '.join(sorted(regions))}",
            )


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
