import tomllib
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.plugins.parametrize import CLAIMS
from probes.model.errors import EmptySelectionError, InputError
from probes.sources.documents.catalogue import load_catalogue, load_rules
from suites.selftest.spec.corrections import SPEC
from suites.selftest.spec.edit import CATALOGUE, ROOT

RULES = load_rules(ROOT / "docs" / "rules.toml")
BUNDLED = load_catalogue(CATALOGUE, RULES)
TEXT = CATALOGUE.read_text(encoding="utf-8")
ENTRY = '[CIDR-01]\nsection = "Base"\nsentence = "Addresses lie in the base."\nverified_by = ["spec"]\n'


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("catalogue") / "requirements.toml"


def areas() -> set[str]:
    return {name.partition("-")[0] for name in BUNDLED.requirements}


def test_every_area_of_the_document_has_requirements() -> None:
    assert areas() == {
        "CIDR", "TGW", "PEER", "RTB", "SG", "NACL", "VPCE", "NLB", "ECS", "GA", "FSX", "DDB", "LAT", "BW",
        "COST", "HA", "MON", "FLOW", "SEC", "DEP", "TEST", "EXP",
    }  # fmt: skip


def test_areas_are_numbered_without_gap() -> None:
    for area in areas() - {"SG"}:
        numbers = {name for name in BUNDLED.requirements if name.partition("-")[0] == area}

        assert numbers == {f"{area}-{number:02d}" for number in range(1, len(numbers) + 1)}


def test_sentences_are_distinct_and_say_something() -> None:
    sentences = [requirement.sentence for requirement in BUNDLED.requirements.values()]

    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith(".") and len(sentence.split()) > 3 for sentence in sentences)


def claim_names() -> dict[str, set[str]]:
    """The names of the spec's claims, by the fixture that a test takes them from."""
    return {name: {claim.name for claim in claims(SPEC)} for name, claims in CLAIMS.items()}


def test_every_glob_of_the_catalogue_names_a_claim_of_the_spec() -> None:
    known = set().union(*claim_names().values())
    wire = {rule.id for rule in RULES.values() if rule.verified_by == ("live",)}
    idle = {
        (entry.id, rule, glob)
        for entry in BUNDLED.requirements.values()
        for rule in entry.decided_by
        for glob in entry.claims_of(rule)
        if rule not in wire and not any(fnmatchcase(claim, glob) for claim in known)
    }

    assert idle == set()


def test_unknown_rule_of_a_catalogue_is_named(scratch: Path) -> None:
    scratch.write_text(ENTRY + 'decided_by = {vpc-cdir = "*"}\n', encoding="utf-8")

    with pytest.raises(InputError, match=r"vpc-cdir is no rule of .*; did you mean vpc-cidr"):
        load_catalogue(scratch, RULES)


def test_requirement_is_looked_up_by_id_and_by_means() -> None:
    assert BUNDLED.of("CIDR-13").derived
    assert BUNDLED.of("CIDR-13").contradictions == ("C01",)
    assert BUNDLED.verified_by("none") == ("PEER-06", "DEP-07", "EXP-07")
    with pytest.raises(EmptySelectionError, match="CIDR-99"):
        BUNDLED.of("CIDR-99")


@pytest.mark.parametrize(
    "content, message",
    [
        ("", ":1: empty; expected one table per requirement"),
        ("[CIDR-01\n", ":1: not TOML"),
        (ENTRY + ENTRY, ":5: not TOML: Cannot declare ('CIDR-01',) twice"),
        (ENTRY + "[CIDR-1x]\n", ":5: CIDR-1x: "),
        (ENTRY.replace("CIDR-01", "'CIDR 01'"), ":1: CIDR 01: expected an ID of letters"),
        (ENTRY.replace('"spec"', '"looking"'), ":1: CIDR-01: Invalid enum value 'looking'"),
        (ENTRY.replace('"spec"', '"none", "spec"'), ":1: CIDR-01: verified_by: expected"),
        (ENTRY.replace('"spec"', ""), ":1: CIDR-01: verified_by: expected"),
        (ENTRY.replace('"spec"', '"spec", "spec"'), ":1: CIDR-01: verified_by: expected"),
        (ENTRY.replace("Addresses lie in the base.", " "), ":1: CIDR-01: sentence is empty"),
        (ENTRY.replace("sentence", "sentense"), ":1: CIDR-01: Object contains unknown field `sentense`"),
        (ENTRY + 'id = "CIDR-02"\n', ":1: CIDR-01: expected a table named by its ID"),
        (ENTRY + 'contradictions = ["1"]\n', ":1: CIDR-01: contradictions: expected IDs such as C01"),
        ("CIDR-01 = 1\n", ":1: CIDR-01: expected a table"),
    ],
)
def test_malformed_catalogue_is_named_with_its_line(scratch: Path, content: str, message: str) -> None:
    scratch.write_text(content, encoding="utf-8")

    with pytest.raises(InputError) as caught:
        load_catalogue(scratch)

    assert f"{scratch}{message}" in str(caught.value)


def test_missing_catalogue_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; expected a catalogue of requirements"):
        load_catalogue(tmp_path / "requirements.toml")


@settings(max_examples=200, deadline=None)
@given(cut=st.integers(0, len(TEXT)), end=st.integers(0, 200), put=st.text(max_size=5))
def test_no_mangled_catalogue_ends_in_anything_but_an_input_error(
    scratch: Path, cut: int, end: int, put: str
) -> None:
    mangled = TEXT[:cut] + put + TEXT[cut + end :]
    scratch.write_bytes(mangled.encode("utf-8", "surrogatepass"))

    try:
        loaded = load_catalogue(scratch)
    except InputError:
        return
    assert set(loaded.requirements) == set(tomllib.loads(scratch.read_text(encoding="utf-8-sig")))
