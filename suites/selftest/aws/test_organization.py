"""`aws:org`: the accounts of an AWS Organization, as moto keeps one."""

from collections.abc import Iterator

import boto3
import pytest

from probes.model.errors import InputError, ProbeError
from probes.sources.aws import _accesses
from probes.sources.aws.credentials import Access
from probes.sources.aws.organization import ROLE_OF_AWS, role_of_organization
from suites.selftest.aws.endpoint import Endpoint, dummy_credentials, served

EAST, OHIO = "us-east-1", "us-east-2"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[Endpoint]:
    with dummy_credentials(), served(Endpoint()) as running:
        yield running


@pytest.fixture(scope="module")
def members(endpoint: Endpoint) -> tuple[str, str, str]:
    """The accounts of an organization: the asking one, an active one and one that has been closed."""
    api = boto3.client("organizations", region_name=EAST, endpoint_url=endpoint.url)
    api.create_organization(FeatureSet="ALL")
    made = [
        api.create_account(AccountName=name, Email=f"{name}@example.com")["CreateAccountStatus"]["AccountId"]
        for name in ("apps", "old")
    ]
    api.close_account(AccountId=made[1])
    own = boto3.client("sts", region_name=EAST, endpoint_url=endpoint.url).get_caller_identity()["Account"]
    return own, *made


@pytest.mark.parametrize("text, role", [("org", ROLE_OF_AWS), ("org:audit-reader", "audit-reader")])
def test_every_active_account_is_read_by_its_role_and_the_asking_one_as_it_is(
    endpoint: Endpoint, members: tuple[str, str, str], text: str, role: str
) -> None:
    _, apps, _ = members
    found = _accesses(text, (EAST, OHIO), endpoint.url)

    assert set(found[EAST]) == {Access(), Access(role_arn=f"arn:aws:iam::{apps}:role/{role}")}
    assert found[OHIO] == found[EAST]


@pytest.mark.usefixtures("members")
@pytest.mark.parametrize("code", ["AccessDeniedException", "AWSOrganizationsNotInUseException"])
def test_accounts_that_cannot_be_listed_are_one_sentence(endpoint: Endpoint, code: str) -> None:
    with (
        endpoint.refusing(code, "ListAccounts"),
        pytest.raises(ProbeError, match=f"cannot list the accounts .* with the default credentials: {code}"),
    ):
        _accesses("org", (EAST,), endpoint.url)


@pytest.mark.parametrize("text", ["", "audit", "organisation", "us-east-1=org"])
def test_other_words_mean_no_organization(text: str) -> None:
    assert role_of_organization(text) is None


@pytest.mark.parametrize("text", ["org:", "org:a b", "org:arn:aws:iam::111122223333:role/x"])
def test_name_that_no_role_can_have_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected aws:org or aws:org:ROLE-NAME"):
        role_of_organization(text)
