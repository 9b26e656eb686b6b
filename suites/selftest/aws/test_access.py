"""What may follow "aws:" on the command line."""

import pytest

from probes.model.errors import InputError
from probes.sources.aws.credentials import Access, accesses_by_region

EAST, OHIO = "us-east-1", "us-east-2"
ROLE = "arn:aws:iam::210987654321:role/audit/reader"


@pytest.mark.parametrize(
    "text, east, ohio",
    [
        ("", (Access(),), (Access(),)),
        ("audit", (Access(profile="audit"),), (Access(profile="audit"),)),
        (ROLE, (Access(role_arn=ROLE),), (Access(role_arn=ROLE),)),
        ("network+apps", *[(Access(profile="network"), Access(profile="apps"))] * 2),
        (f"{EAST}=audit,{OHIO}={ROLE}", (Access(profile="audit"),), (Access(role_arn=ROLE),)),
        (
            f"{OHIO}=apps, {EAST}=audit+{ROLE}",
            (Access(profile="audit"), Access(role_arn=ROLE)),
            (Access(profile="apps"),),
        ),
    ],
)
def test_credentials_are_chosen_by_region(
    text: str, east: tuple[Access, ...], ohio: tuple[Access, ...]
) -> None:
    assert accesses_by_region(text, (EAST, OHIO)) == {EAST: east, OHIO: ohio}


@pytest.mark.parametrize(
    "text, message",
    [
        (f"{EAST}=audit", f"no credentials for {OHIO}"),
        (f"{EAST}=a,{OHIO}=b,eu-west-1=c", "the spec has no Region eu-west-1; it has us-east-1, us-east-2"),
        (f"{EAST}=a,{EAST}=b", f"{EAST} is named twice"),
        ("use1=a,use2=b", "'use1=a': expected REGION=PROFILE or REGION=ROLE-ARN"),
        (f"{EAST}=a,b", "'b': expected REGION=PROFILE"),
        ("arn:aws:iam::1:role/x", "expected arn:aws:iam::ACCOUNT:role/NAME"),
    ],
)
def test_a_malformed_choice_is_named(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        accesses_by_region(text, (EAST, OHIO))
