"""What may follow "aws:" on the command line."""

import re
from pathlib import Path

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


def test_a_file_names_an_account_s_role_external_id_profile_and_regions(tmp_path: Path) -> None:
    (tmp_path / "accounts.yaml").write_text(
        f"- {{role: '{ROLE}', external_id: ab-12, profile: hub}}\n- {{profile: apps, regions: [{OHIO}]}}\n"
    )

    assert accesses_by_region(f"@{tmp_path / 'accounts.yaml'}", (EAST, OHIO)) == {
        EAST: (Access(profile="hub", role_arn=ROLE, external_id="ab-12"),),
        OHIO: (Access(profile="hub", role_arn=ROLE, external_id="ab-12"), Access(profile="apps")),
    }


@pytest.mark.parametrize(
    "text, message",
    [
        ("- {regions: [us-east-1]}", ":1: [0]: expected a role, a profile, or both"),
        (f"- role: {ROLE}\n  external_id: 'a b'", ":2: [0].external_id: expected the 2 to 1,224 characters"),
        ("- {profile: a, external_id: ab}", ":1: [0].external_id: expected the 2 to 1,224 characters"),
        (
            "- role: arn:aws:iam::1:role/x",
            ":1: [0].role: expected arn:aws:iam::ACCOUNT:role/NAME, found 'arn",
        ),
        (
            "- profile: a\n  regions: [eu-west-1]",
            ":2: [0].regions[0]: the spec has no Region 'eu-west-1'; it has",
        ),
        (f"- profile: a\n  regions: [{EAST}]", f": no credentials for {OHIO}"),
        ("- profil: a", ":1: [0].profil: unknown key; did you mean profile?"),
        ("[]", f": no credentials for {EAST}, {OHIO}"),
        ("", ":1: empty; expected a list of accounts"),
    ],
)
def test_a_mistake_in_a_file_of_accounts_is_named_with_its_line(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "accounts.yaml"
    path.write_text(text)

    with pytest.raises(InputError, match=re.escape(f"{path}{message}")):
        accesses_by_region(f"@{path}", (EAST, OHIO))
