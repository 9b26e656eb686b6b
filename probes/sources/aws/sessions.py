"""Who asks in which Region: the accounts behind the credentials, and the Regions that admit them."""

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from probes.model.errors import ProbeError
from probes.model.state.base import GLOBAL
from probes.sources.aws.calls import REGIONAL, WORLDWIDE, Call
from probes.sources.aws.clients import Clients, refused_role
from probes.sources.aws.credentials import Access
from probes.sources.aws.errors import (
    FAILURES,
    NOT_SUBSCRIBED,
    UNKNOWN_CREDENTIALS,
    code_of,
    hopeless,
    unreachable,
)
from probes.sources.aws.threads import Workers
from probes.sources.describe.collections import KEY_OF_GLOBAL_KIND, KEY_OF_KIND
from probes.sources.describe.missing import Unobserved

GLOBAL_ACCELERATOR_REGION = "us-west-2"  # its only endpoint, says its API reference
COMMERCIAL = "aws"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
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
class Refusal:
    """Credentials that a Region did not admit."""

    access: Access
    region: str
    error: Exception


def open_seats(
    clients: Mapping[Access, Clients], accesses: Mapping[str, tuple[Access, ...]]
) -> tuple[list[Seat], list[tuple[str, Unobserved]]]:
    """Ask every Region who we are: the seats, and by Region what is unobserved because it did not admit us.

    Raises CredentialsError when credentials are of no use, ProbeError when none of their Regions admits them.
    """
    wanted = [(region, access) for region, names in accesses.items() for access in names]
    pool = Workers(len(wanted))
    futures = [(region, access, pool.submit(_who, clients[access], region)) for region, access in wanted]
    pool.close()
    found = [_seat_or_refusal(clients[access], region, future) for region, access, future in futures]
    seats = [each for each in found if isinstance(each, Seat)]
    refusals = [each for each in found if isinstance(each, Refusal)]
    _raise_useless(refusals, seats)
    regional = _one_per_account(seats)
    worldwide, missing = _worldwide(regional)
    return [*regional, *worldwide], [*_unseen(refusals), *missing]


def clients_of(accesses: Mapping[str, tuple[Access, ...]], endpoint_url: str | None) -> dict[Access, Clients]:
    """The clients of all credentials, roles assumed. Raises InputError, CredentialsError or ProbeError."""
    clients: dict[Access, Clients] = {}
    for region, names in accesses.items():
        for access in names:
            if access not in clients:
                clients[access] = _clients(access, region, endpoint_url)
    return clients


def _clients(access: Access, region: str, endpoint_url: str | None) -> Clients:
    if not access.role_arn:
        return Clients(access, endpoint_url=endpoint_url)
    base = Clients(Access(), endpoint_url=endpoint_url)
    try:
        return base.assume(access.role_arn, region)
    except FAILURES as error:
        raise refused_role(error, access) from error
    finally:
        base.close()


def _who(clients: Clients, region: str) -> dict[str, Any]:
    sts: Any = clients.client("sts", region, patient=False)
    answer: dict[str, Any] = sts.get_caller_identity()
    return answer


def _seat_or_refusal(clients: Clients, region: str, future: Future[dict[str, Any]]) -> Seat | Refusal:
    try:
        who = future.result()
    except FAILURES as error:
        if stop := hopeless(error, clients.access):
            raise stop from error
        return Refusal(access=clients.access, region=region, error=error)
    return Seat(region=region, account=who["Account"], caller=who["Arn"], clients=clients, api_region=region)


def _raise_useless(refusals: Sequence[Refusal], seats: Sequence[Seat]) -> None:
    admitted = {seat.clients.access for seat in seats}
    useless = [refusal for refusal in refusals if refusal.access not in admitted]
    if useless:
        reasons = dict.fromkeys(f"AWS: {_reason(refusal)}" for refusal in useless)
        raise ProbeError("\n".join(reasons)) from useless[0].error


def _reason(refusal: Refusal) -> str:
    code = code_of(refusal.error)
    name = refusal.access.label
    if unreachable(refusal.error):
        return f"cannot reach {refusal.region}: check the network, HTTPS_PROXY and --endpoint-url"
    if code in UNKNOWN_CREDENTIALS:
        return f"{refusal.region} does not know {name} ({code}): they are wrong, or the Region is not enabled"
    if code in NOT_SUBSCRIBED:
        return f"{refusal.region} is not enabled for {name} ({code})"
    return f"{refusal.region} does not admit {name}: {code or type(refusal.error).__name__}"


def _one_per_account(seats: Iterable[Seat]) -> list[Seat]:
    """Two profiles of one account see the same."""
    return list({(seat.region, seat.account): seat for seat in seats}.values())


def _worldwide(seats: Iterable[Seat]) -> tuple[list[Seat], list[tuple[str, Unobserved]]]:
    by_account = {seat.account: seat for seat in seats if seat.clients.partition(seat.region) == COMMERCIAL}
    found = [
        Seat(
            region=GLOBAL,
            account=account,
            caller=seat.caller,
            clients=seat.clients,
            api_region=GLOBAL_ACCELERATOR_REGION,
        )
        for account, seat in by_account.items()
    ]
    if found:
        return found, []
    reason = "Global Accelerator exists only in the commercial partition of AWS"
    return [], [(GLOBAL, Unobserved(answer=key, reason=reason)) for key in KEY_OF_GLOBAL_KIND.values()]


def _unseen(refusals: Iterable[Refusal]) -> Iterable[tuple[str, Unobserved]]:
    for refusal in refusals:
        for key in KEY_OF_KIND.values():
            yield refusal.region, Unobserved(answer=key, reason=_reason(refusal))
