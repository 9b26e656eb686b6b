"""`python -m reports`: what is derived from results.json, merging, comparing, and the scheduled run."""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path

import msgspec

from probes.model.errors import InputError
from probes.model.untrusted_text import one_line, shown
from reports.history.changes import changes
from reports.history.kept import KEPT, keep_baseline
from reports.history.lookup import named_run
from reports.history.snapshot import Snapshot, snapshot
from reports.history.steps import STEP_RUNS
from reports.history.store import earlier, latest
from reports.history.words import comparison_lines, history_lines, step_lines
from reports.merge import merged
from reports.notify.destinations import Destination, destination_of
from reports.profiles import CHECKOUT, Profile, archive_of, load_profile, pytest_arguments
from reports.publish import HISTORY
from reports.results.files import RESULTS, read_results, results_text, write_atomically
from reports.results.model import Results
from reports.results.schema import results_schema
from reports.results.validity import hours, is_stale
from reports.results.verdicts import overall, passes
from reports.views.html import html
from reports.views.markdown import markdown
from reports.views.openmetrics import openmetrics

DIRECTORY = Path("reports/out")
FAILED, UNUSABLE = 1, 2
SHOWN_RUNS = 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command: 0 when all is well, 1 when what was judged is not, 2 when the input is unusable."""
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8")  # whatever a Windows console would take
    try:
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader has seen enough
        _drop_output()
        return 0
    except (InputError, OSError, msgspec.ValidationError) as error:
        print(f"error: {_reason(error)}", file=sys.stderr)
        return UNUSABLE
    return code


def _drop_output() -> None:
    """Spare the interpreter a second failure when it ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _reason(error: InputError | OSError | msgspec.ValidationError) -> str:
    if isinstance(error, OSError) and error.filename:
        return shown(f"{error.filename}: {error.strerror}")
    return shown(str(error))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m reports", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _derived(commands, "html", "the results as a page", lambda o: html(_one(o), _past(o)))
    _derived(commands, "markdown", "the results as a summary", lambda o: markdown(_one(o), _past(o)))
    _derived(commands, "openmetrics", "the results as OpenMetrics text", lambda o: openmetrics(_one(o)))
    _derived(commands, "schema", "the JSON schema of results.json", lambda _: results_schema())
    _derived(commands, "merge", "several results.json as one", lambda o: results_text(_merged(o)), many=True)
    _add_check(commands)
    _add_diff(commands)
    _add_history(commands)
    _add_compare(commands)
    _add_baseline(commands)
    _add_run(commands)
    return parser


Commands = argparse._SubParsersAction  # noqa: SLF001  # argparse names the type nowhere else


def _derived(
    commands: "Commands[argparse.ArgumentParser]",
    name: str,
    text: str,
    derive: Callable[[argparse.Namespace], str],
    *,
    many: bool = False,
) -> None:
    command = commands.add_parser(name, help=text)
    command.add_argument(
        "--results",
        type=Path,
        nargs="+" if many else None,
        default=_last_results(),
        required=many,
        metavar="FILE",
        help=f"results.json ({DIRECTORY / RESULTS})",
    )
    command.add_argument("--out", type=Path, metavar="FILE", help="where to write; standard output otherwise")
    command.set_defaults(run=lambda options: _put(derive(options), options.out))


def _last_results() -> Path:
    """The last results below the current folder, else those of the suite's own folder."""
    here = DIRECTORY / RESULTS
    return here if here.exists() or Path.cwd() == CHECKOUT else CHECKOUT / here


def _add_check(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("check", help="whether results conform and are not stale")
    command.add_argument("--results", type=Path, default=_last_results(), metavar="FILE")
    command.set_defaults(run=_check)


def _add_diff(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("diff", help="what changed since a baseline; 1 when something is worse")
    command.add_argument("baseline", type=Path, help="results.json of the earlier run")
    command.add_argument("--results", type=Path, default=_last_results(), metavar="FILE")
    command.set_defaults(run=_diff)


def _add_history(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("history", help="a table of the last runs, newest first")
    command.add_argument("--report", type=Path, default=DIRECTORY, metavar="DIR")
    command.add_argument("--limit", type=int, default=SHOWN_RUNS, metavar="N", help=f"({SHOWN_RUNS})")
    command.set_defaults(run=_history)


def _add_compare(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("compare", help="what is new and what ended between two runs; 1: worse")
    for name in ("before", "after"):
        command.add_argument(name, help="a results.json, @last, or @N of the table of `history`")
    command.add_argument("--report", type=Path, default=DIRECTORY, metavar="DIR")
    command.set_defaults(run=_compare)


def _add_baseline(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("baseline", help="keep a run as the baseline of `pytest --baseline @set`")
    command.add_argument("action", choices=["set"])
    command.add_argument(
        "file", type=Path, nargs="?", default=_last_results(), help=f"results.json ({DIRECTORY / RESULTS})"
    )
    command.add_argument("--report", type=Path, default=DIRECTORY, metavar="DIR")
    command.set_defaults(run=_baseline)


def _add_run(commands: "Commands[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "run", help="a scheduled run: pytest, one at a time, with metrics and JUnit"
    )
    command.add_argument(
        "--profile",
        metavar="NAME",
        help="[tool.conformance.profiles.NAME] of pyproject.toml: what follows replaces",
    )
    command.add_argument("--report", type=Path, metavar="DIR", help=f"where the reports go ({DIRECTORY})")
    command.add_argument("--valid-hours", type=hours, help="when the results are stale (26)")
    command.add_argument("--archive", metavar="PLACE", help="keep each run: a folder or s3://bucket/prefix")
    command.add_argument(
        "--retention-days", type=int, help="how long the folder and the history keep it (90)"
    )
    command.add_argument(
        "--notify",
        metavar="WHOM",
        type=_destination,
        action="append",
        help="tell when something changes: sns:ARN, webhook:URL, webhook-env:NAME, command:PROGRAM; repeatable",
    )
    command.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    command.set_defaults(run=_run)


def _destination(text: str) -> Destination:
    try:
        return destination_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def _run(options: argparse.Namespace) -> int:
    from reports.schedule import scheduled_run  # noqa: PLC0415  # it loads boto3

    here = Path.cwd()
    profile, folder = load_profile(options.profile, here) if options.profile else (Profile(), here)
    report = options.report or folder / profile.report
    stated = {
        "valid_hours": options.valid_hours,
        "retention_days": options.retention_days,
        "archive": options.archive or archive_of(profile, folder),
        "notify": msgspec.to_builtins(options.notify),
    }
    changed = {key: value for key, value in stated.items() if value is not None}
    return scheduled_run(
        report.resolve(),
        pytest_arguments(profile, folder, options.pytest, here),
        msgspec.convert(msgspec.to_builtins(profile) | changed, Profile),
    )


def _check(options: argparse.Namespace) -> int:
    results = _one(options)
    stale = is_stale(results)
    verdict = f"{overall(results)}, stale" if stale else str(overall(results))
    print(one_line(f"{verdict}: {results.judged.state}, {results.finished_at:%Y-%m-%d %H:%M %Z}"))
    return 0 if passes(results) and not stale else FAILED


def _diff(options: argparse.Namespace) -> int:
    found = changes(snapshot(read_results(options.baseline)), snapshot(_one(options)))
    if not found.same_subject:
        print("note: the two runs judged different networks")
    for change in found.verdicts:
        print(one_line(f"{change.kind}: {change.requirement} {change.before} → {change.after}"))
    for shift in found.shifts:
        print(one_line(f"moved: {shift.source} → {shift.destination} {shift.before} → {shift.after}"))
    if not (found.verdicts or found.shifts):
        print("nothing changed")
    return FAILED if found.worse else 0


def _history(options: argparse.Namespace) -> int:
    limit = max(1, options.limit)
    runs = latest(options.report / HISTORY, max(limit, STEP_RUNS))
    print("\n".join([*history_lines(runs[:limit]), *step_lines(runs)]))
    return 0


def _compare(options: argparse.Namespace) -> int:
    before, after = (named_run(text, options.report / HISTORY) for text in (options.before, options.after))
    found = changes(before, after)
    print("\n".join(comparison_lines(before, after, found)))
    return FAILED if found.worse or found.new_causes else 0


def _baseline(options: argparse.Namespace) -> int:
    results = keep_baseline(options.file, options.report)
    print(
        f"{options.report / KEPT}: {overall(results)}, {results.finished_at:%Y-%m-%d %H:%M %Z}; "
        "pytest --baseline @set fails only on what is worse"
    )
    return 0


def _one(options: argparse.Namespace) -> Results:
    return read_results(options.results)


def _past(options: argparse.Namespace) -> tuple[Snapshot, ...]:
    """The earlier runs in the history beside the results."""
    return earlier(options.results.parent / HISTORY, snapshot(_one(options)))


def _merged(options: argparse.Namespace) -> Results:
    """The named files as one, each under its path."""
    return merged({str(path): read_results(path) for path in options.results})


def _put(text: str, path: Path | None) -> int:
    if path is None:
        print(text, end="")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
