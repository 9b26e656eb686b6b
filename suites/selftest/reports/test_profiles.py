from pathlib import Path

import pytest

from probes.model.errors import InputError
from reports.__main__ import main
from reports.child import run_child
from reports.profiles import CHECKOUT, TAKE_PATHS, Profile, load_profile, pytest_arguments
from reports.results.files import read_results

NIGHTLY = Profile(
    suites=("suites/static", "suites/live"),
    pairs=("use1-use2", "use1-usw2"),
    spec="mine.yaml",
    state="dump:state",
    target="inventory:hosts.yaml",
    arguments=("--wait=0",),
)


def written(folder: Path, body: str) -> Path:
    """A folder whose pyproject.toml has one profile."""
    (folder / "pyproject.toml").write_text(f"[tool.conformance.profiles.nightly]\n{body}\n")
    return folder


def test_profile_is_found_from_any_folder_below_its_file(tmp_path: Path) -> None:
    below = written(tmp_path, 'suites = ["suites/live"]\nvalid_hours = 2') / "a" / "b"
    below.mkdir(parents=True)

    assert load_profile("nightly", below) == (Profile(suites=("suites/live",), valid_hours=2), tmp_path)


def test_profile_of_the_checkout_is_found_from_elsewhere(tmp_path: Path) -> None:
    profile, folder = load_profile("nightly", tmp_path)

    assert folder == CHECKOUT
    assert profile.pairs == ("all",)


@pytest.mark.parametrize(
    "name, body, message",
    [
        ("nightli", "", r"no profile nightli; did you mean nightly\?; known profiles: nightly"),
        ("x", "", r"no profile x; known profiles: nightly"),
        ("nightly", "suite = []", r"profiles.nightly\] suite: unknown key; did you mean suites\?"),
        ("nightly", "colour = 1", r"profiles.nightly\] colour: unknown key$"),
        ("nightly", 'suites = "suites/live"', r"Expected `array`, got `str` - at `\$.suites`"),
        ("nightly", "valid_hours = 0", r"valid_hours"),
        ("nightly", "valid_hours = nan", r"valid_hours"),
        ("nightly", "deadline_minutes = -1", r"deadline_minutes"),
        ("nightly", "suites = [", r"pyproject.toml: no TOML"),
    ],
)
def test_mistake_in_a_profile_is_one_clear_message(
    tmp_path: Path, name: str, body: str, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        load_profile(name, written(tmp_path, body))


def test_unknown_profile_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--profile", "nightli"]) == 2
    assert "no profile nightli; did you mean nightly?" in capsys.readouterr().err


def test_profile_says_what_pytest_is_given(tmp_path: Path) -> None:
    (tmp_path / "suites/static").mkdir(parents=True)

    assert pytest_arguments(NIGHTLY, tmp_path, [], tmp_path) == [
        "suites/static",
        str(CHECKOUT / "suites/live"),
        "--spec=mine.yaml",
        "--state=dump:state",
        "--target=inventory:hosts.yaml",
        "--region-pair=use1-use2",
        "--region-pair=use1-usw2",
        "--wait=0",
    ]


def test_paths_of_a_profile_are_relative_to_its_file(tmp_path: Path) -> None:
    assert f"--state=dump:{tmp_path}/state" in pytest_arguments(NIGHTLY, tmp_path, [], tmp_path / "elsewhere")


@pytest.mark.parametrize(
    "given, replaced, kept",
    [
        (["suites/live"], "suites/static", "--region-pair=use1-use2"),
        (["-x", "suites/live/test_latency.py::test_x"], "suites/static", "--spec=mine.yaml"),
        (["--region-pair", "use2-usw2"], "--region-pair=use1-use2", "suites/static"),
        (["--region-pair=use2-usw2"], "--region-pair=use1-usw2", "--state=dump:state"),
        (["--spec", "suites"], "--spec=mine.yaml", "suites/static"),
        (["--state=aws"], "--state=dump:state", "--target=inventory:hosts.yaml"),
        (["--target", "lab"], "--target=inventory:hosts.yaml", "--spec=mine.yaml"),
    ],
)
def test_command_line_replaces_the_value_of_the_profile(given: list[str], replaced: str, kept: str) -> None:
    whole = pytest_arguments(NIGHTLY, CHECKOUT, [], CHECKOUT)
    arguments = pytest_arguments(NIGHTLY, CHECKOUT, given, CHECKOUT)

    assert {*whole} >= {replaced, kept}
    assert replaced not in arguments
    assert {kept, *given} <= {*arguments}


def name_takes_value(config: pytest.Config, name: str) -> bool:
    """Whether an option of pytest is followed by a value: a flag refuses one."""
    try:
        config._parser.parse_known_args([f"{name}=1"])
    except (pytest.UsageError, SystemExit) as error:
        return "ignored explicit argument" not in str(error)
    return True


def test_every_option_of_the_suite_with_a_value_is_known(pytestconfig: pytest.Config) -> None:
    (group,) = (group for group in pytestconfig._parser._groups if group.name == "conformance")
    with_value = {
        name
        for option in group.options
        if name_takes_value(pytestconfig, option.names()[0])
        for name in option.names()
    }

    assert with_value - TAKE_PATHS == set()
    assert "--region-pair" in with_value


def test_run_of_a_profile_writes_where_it_says(
    tmp_path: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, 'suites = ["test_one.py"]\nreport = "night"\nvalid_hours = 2')
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["reports.recorder"]')
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = requirement(*ids): IDs\n")
    test = "import pytest\n\n@pytest.mark.requirement('A')\ndef test_conforms(): pass\n"
    (tmp_path / "test_one.py").write_text(test)
    below = tmp_path / "below"
    below.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    monkeypatch.chdir(below)

    assert main(["run", "--profile", "nightly", "--", "-p", "no:cacheprovider"]) == 0
    results = read_results(tmp_path / "night/results.json")
    assert results.valid_until is not None
    assert 7190 < (results.valid_until - results.finished_at).total_seconds() < 7210


def test_run_is_told_to_end_at_its_deadline(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (tmp_path / "lock").open("w") as lock:
        code = run_child(["sleep", "600"], keep_open=lock.fileno(), deadline_s=0.2)

    assert code == -15
    assert "the deadline of 0.2 s is over" in capfd.readouterr().err


def test_default_state_is_found_from_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(CHECKOUT))
    monkeypatch.chdir(tmp_path)
    tests = str(CHECKOUT / "suites/static/test_cidr.py")

    assert (
        main(["run", "--profile", "nightly", "--report", "out", "--", tests, "-p", "no:cacheprovider"]) == 0
    )
    judged = read_results(tmp_path / "out/results.json").judged
    assert judged.is_example
    assert str(CHECKOUT) not in judged.state
