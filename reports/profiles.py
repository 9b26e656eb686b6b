"""Profiles of scheduled runs: `[tool.conformance.profiles.NAME]` in pyproject.toml."""

import tomllib
from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import msgspec

from probes.files import MIB, read_text
from probes.model.errors import InputError
from reports.notify.destinations import Destination
from reports.results.validity import MAX_HOURS

FILE = "pyproject.toml"
CHECKOUT = Path(__file__).resolve().parents[1]
OPTIONS: Mapping[str, str] = {"--spec": "spec", "--state": "state", "--target": "target"}
PAIR = "--region-pair"
PATHS_OF_SCHEMES = {"dump", "terraform", "inventory", "state"}
TAKE_PATHS = frozenset(
    (
        *OPTIONS, "-c", "--config-file", "--rootdir", "--confcutdir", "--basetemp", "--ignore", "--deselect",
        "--junit-xml", "--junitxml", "--log-file", "-k", "-m", "-p", PAIR, "--report", "--baseline", "--sarif",
        "--tf-dir", "--waivers", "--save-state", "--compare", "--endpoint-url", "--probe-window", "--requirement",
        "--without", "--wait", "--draws", "--report-valid-hours", "--transfer-budget", "--host", "--role", "--az",
    )
)  # fmt: skip
"""Options of pytest after which an argument is their value, and no test's path."""

Hours = Annotated[float, msgspec.Meta(gt=0, le=MAX_HOURS)]
Days = Annotated[int, msgspec.Meta(ge=1, le=36_600)]
Minutes = Annotated[float, msgspec.Meta(gt=0, le=60 * MAX_HOURS)]


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """What a scheduled run judges and where its reports go. Empty texts leave the defaults of pytest's options.

    `pairs` are the values of `--region-pair`, `arguments` whatever else pytest is given. After `deadline_minutes`
    the run is told to end, and what it has found is unobservable. `archive` is a folder or s3://bucket/prefix;
    `retention_days` is how long its folder and the history keep a run, as long as the document keeps flow logs.
    `notify` is who is told when something changes.
    """

    suites: tuple[str, ...] = ("suites/static",)
    pairs: tuple[str, ...] = ()
    spec: str = ""
    state: str = ""
    target: str = ""
    arguments: tuple[str, ...] = ()
    report: str = "reports/out"
    valid_hours: Hours = 26
    deadline_minutes: Minutes | None = None
    archive: str = ""
    retention_days: Days = 90
    notify: tuple[Destination, ...] = ()


def load_profile(name: str, here: Path) -> tuple[Profile, Path]:
    """The profile of that name, and the folder that its paths are relative to.

    The nearest pyproject.toml with a `[tool.conformance]` counts, from the folder `here` upwards, else the suite's
    own. Raises InputError, naming the file, when there is no such profile, or for a key or value it cannot have.
    """
    path, profiles = _profiles(here)
    if name not in profiles:
        known = ", ".join(profiles) or "none"
        raise InputError(f"{path}: no profile {name}{_near(name, profiles)}; known profiles: {known}")
    place = f"{path}: [tool.conformance.profiles.{name}]"
    given = profiles[name]
    if not isinstance(given, dict):
        raise InputError(f"{place}: expected a table")
    for key in given:
        if key not in Profile.__struct_fields__:
            raise InputError(f"{place} {key}: unknown key{_near(key, Profile.__struct_fields__)}")
    try:
        return msgspec.convert(given, Profile), path.parent
    except msgspec.ValidationError as error:
        raise InputError(f"{place}: {error}") from error


def pytest_arguments(profile: Profile, folder: Path, given: Sequence[str], here: Path) -> list[str]:
    """The arguments for pytest: those that are given, and of the profile what they do not say otherwise.

    Paths of tests replace its suites, `--region-pair` its pairs, and `--spec`, `--state` and `--target` theirs.
    """
    stated = {argument.partition("=")[0] for argument in given}
    arguments = list(given)
    if not _names_tests(given, here):
        arguments = [_suite(suite, folder, here) for suite in profile.suites] + arguments
    for option, key in OPTIONS.items():
        value = getattr(profile, key)
        if value and option not in stated:
            arguments.append(f"{option}={_located(value, folder, here)}")
    if PAIR not in stated:
        arguments += [f"{PAIR}={pair}" for pair in profile.pairs]
    return [*arguments, *profile.arguments]


def archive_of(profile: Profile, folder: Path) -> str:
    """Where a profile archives: a folder is relative to the profile's file."""
    is_folder = profile.archive and "://" not in profile.archive
    return str(folder / profile.archive) if is_folder else profile.archive


def _profiles(here: Path) -> tuple[Path, Mapping[str, Any]]:
    for folder in (here, *here.parents, CHECKOUT):
        path = folder / FILE
        if path.is_file() and (tool := _tool(path)) is not None:
            profiles = tool.get("profiles", {})
            if not isinstance(profiles, dict):
                raise InputError(f"{path}: [tool.conformance.profiles]: expected a table")
            return path, profiles
    raise InputError(f"no {FILE} with [tool.conformance] in {here} or above")


def _tool(path: Path) -> Mapping[str, Any] | None:
    """The table `[tool.conformance]` of a file; None when it has none."""
    try:
        document = tomllib.loads(read_text(path, what="a pyproject.toml", max_bytes=MIB).decode())
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path}: no TOML: {error}") from error
    tool = document.get("tool", {})
    found = tool.get("conformance") if isinstance(tool, dict) else None
    return found if isinstance(found, dict) else None


def _names_tests(given: Sequence[str], here: Path) -> bool:
    """Whether an argument is a file or folder of tests, and not the value of the option before it."""
    return any(
        not argument.startswith("-") and before not in TAKE_PATHS and _is_tests(argument, here)
        for before, argument in zip(("", *given), given, strict=False)
    )


def _is_tests(argument: str, here: Path) -> bool:
    path = here / argument.partition("::")[0]
    return path.is_dir() or path.suffix == ".py"


def _suite(suite: str, folder: Path, here: Path) -> str:
    """The path of a suite: beside the profile's file, else of the checkout."""
    name, colons, test = suite.partition("::")
    place = folder / name if (folder / name).exists() else CHECKOUT / name
    return f"{_near_path(place, here)}{colons}{test}"


def _located(value: str, folder: Path, here: Path) -> str:
    """A value of an option with its path, if it holds one, as seen from `here`."""
    scheme, colon, place = value.partition(":")
    if not colon:
        return _near_path(folder / value, here) if value.endswith((".yaml", ".yml")) else value
    if scheme not in PATHS_OF_SCHEMES:
        return value
    return f"{scheme}:{_near_path(folder / place, here)}"


def _near_path(path: Path, here: Path) -> str:
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _near(word: str, known: Collection[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]}?" if close else ""
