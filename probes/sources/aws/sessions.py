"""Who asks in which Region: the accounts behind the credentials, and the Regions that admit them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from probes.model.errors import ProbeError
from probes.model.state.base import GLOBAL
from probes.sources.aws.calls import REGIONAL, WORLDWIDE, Call
from probes.sources.aws.clients import Clients
from probes.sources.aws.credential_errors import fatal
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import (
    NOT_SUBSCRIBED,
    UNKNOWN_CREDENTIALS,
    clock_error,
    code_of,
    denying_policy,
)
from probes.sources.aws.threads import Workers
from probes.sources.aws.transport_errors import transport_cause
from probes.sources.describe.missing import MissingResponse
from probes.sources.describe.response_keys import GLOBAL_KEYS, REGIONAL_KEYS

GLOBAL_ACCELERATOR_REGION = "us-west-2"  # its only endpoint, says its API reference
COMMERCIAL = "aws"
WORKERS = 32
ACCOUNT = re.compile(r"[0-9]{12}")
CALLER = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::[0-9]{12}:[\x21-\x7e]{1,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionSession:
    """One account in one Region, or its worldwide services where `region` is "global"."""

    region: str
    account: str
    caller: str
    clients: Clients
    api_region: str

    @property
    def calls(self) -> tuple[Call, ...]:
        """What is asked first."""
        return WORLDWIDE if self.region == GLOBAL else REGIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedSession:
    """Credentials that a Region did not admit."""

    access: Access
    region: str
    error: Exception


def open_sessions(
    clients: Mapping[Access, Clients], accesses: Mapping[str, tuple[Access, ...]]
) -> tuple[list[RegionSession], list[tuple[str, MissingResponse]]]:
    """Ask every Region who we are: the sessions, and by Region what is unobserved because it did not admit us.

    Raises CredentialsError when credentials are of no use, ProbeError when none of their Regions admits them.
    """
    wanted = [(region, access) for region, names in accesses.items() for access in names]
    pool = Workers(WORKERS)
    futures = [(region, access, pool.submit(_who, clients[access], region)) for region, access in wanted]
    pool.close()
    found = [_session_or_refusal(clients[access], region, future) for region, access, future in futures]
    sessions = [each for each in found if isinstance(each, RegionSession)]
    refusals = [each for each in found if isinstance(each, RefusedSession)]
    _raise_useless(refusals, sessions)
    regional = _one_per_account(sessions)
    worldwide, missing = _worldwide(regional)
    return [*regional, *worldwide], [*_unseen(refusals), *missing]


def clients_of(accesses: Mapping[str, tuple[Access, ...]], endpoint_url: str | None) -> dict[Access, Clients]:
    """The clients of all credentials, roles assumed at once. Raises InputError, CredentialsError or ProbeError."""
    region_of = {access: region for region, names in accesses.items() for access in names}
    profiles = {access.profile for access in region_of}
    bases = {profile: Clients(Access(profile=profile), endpoint_url=endpoint_url) for profile in profiles}
    roles = [access for access in region_of if access.role_arn]
    pool = Workers(WORKERS)
    assumed = {
        access: pool.submit(_assumed, bases[access.profile], access, region_of[access]) for access in roles
    }
    pool.close()
    clients = {access: bases[access.profile] for access in region_of if not access.role_arn}
    clients |= {access: future.result() for access, future in assumed.items()}
    for base in set(bases.values()) - set(clients.values()):
        base.close()
    return clients


def _assumed(base: Clients, access: Access, region: str) -> Clients:
    base.authenticate()
    try:
        return base.assume(access, region)
    except Exception as error:
        raise _refused_role(error, base.access, access) from error


def _refused_role(error: Exception, base: Access, access: Access) -> ProbeError:
    cause = code_of(error) or transport_cause(error) or type(error).__name__
    return fatal(error, base) or ProbeError(
        f"AWS: cannot assume {access.label} with {base.label}: {cause}{denying_policy(error)}"
    )


def _who(clients: Clients, region: str) -> dict[str, Any]:
    clients.authenticate()
    sts: Any = clients.client("sts", region, patient=False)
    answer: dict[str, Any] = sts.get_caller_identity()
    return answer


def _session_or_refusal(
    clients: Clients, region: str, future: Future[dict[str, Any]]
) -> RegionSession | RefusedSession:
    try:
        who = future.result()
    except ProbeError:
        raise
    except Exception as error:  # whatever botocore makes of what answers there
        if stop := fatal(error, clients.access):
            raise stop from error
        return RefusedSession(access=clients.access, region=region, error=error)
    account, caller = who.get("Account", ""), who.get("Arn", "")
    if not (ACCOUNT.fullmatch(account) and CALLER.fullmatch(caller)):
        raise ProbeError(f"AWS: {region}: what answers GetCallerIdentity there names no account and caller")
    return RegionSession(region=region, account=account, caller=caller, clients=clients, api_region=region)


def _raise_useless(refusals: Sequence[RefusedSession], sessions: Sequence[RegionSession]) -> None:
    admitted = {session.clients.access for session in sessions}
    useless = [refusal for refusal in refusals if refusal.access not in admitted]
    if useless:
        reasons = dict.fromkeys(f"AWS: {_reason(refusal)}" for refusal in useless)
        raise ProbeError("\n".join(reasons)) from useless[0].error


def _reason(refusal: RefusedSession) -> str:
    code = code_of(refusal.error)
    name = refusal.access.label
    if cause := transport_cause(refusal.error):
        return f"cannot reach {refusal.region}: {cause}"
    if skew := clock_error(refusal.error):
        return f"{refusal.region} does not admit {name} ({code}): {skew}"
    if code in UNKNOWN_CREDENTIALS:
        return f"{refusal.region} does not know {name} ({code}): they are wrong, or the Region is not enabled"
    if code in NOT_SUBSCRIBED:
        return f"{refusal.region} is not enabled for {name} ({code})"
    denial = f"{code or type(refusal.error).__name__}{denying_policy(refusal.error)}"
    return f"{refusal.region} does not admit {name}: {denial}"


def _one_per_account(sessions: Iterable[RegionSession]) -> list[RegionSession]:
    """Two profiles of one account see the same."""
    return list({(session.region, session.account): session for session in sessions}.values())


def _worldwide(
    sessions: Iterable[RegionSession],
) -> tuple[list[RegionSession], list[tuple[str, MissingResponse]]]:
    by_account = {
        session.account: session
        for session in sessions
        if session.clients.partition(session.region) == COMMERCIAL
    }
    found = [
        RegionSession(
            region=GLOBAL,
            account=account,
            caller=session.caller,
            clients=session.clients,
            api_region=GLOBAL_ACCELERATOR_REGION,
        )
        for account, session in by_account.items()
    ]
    if found:
        return found, []
    reason = "Global Accelerator exists only in the commercial partition of AWS"
    return [], [(GLOBAL, MissingResponse(key=key, reason=reason)) for key in GLOBAL_KEYS]


def _unseen(refusals: Iterable[RefusedSession]) -> Iterable[tuple[str, MissingResponse]]:
    for refusal in refusals:
        for key, row in REGIONAL_KEYS.items():
            if row.collection:
                yield refusal.region, MissingResponse(key=key, reason=_reason(refusal))
