"""The pytest plugin that records conformance tests and writes the reports when the session ends.

A test is a conformance test if it carries a `requirement` marker. `reports.recorder.properties` says how it
hands data over, `reports.recorder.hooks` how plugins say what was judged. Workers of pytest-xdist only label
their reports; the controller collects and writes.
"""

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from probes.model.errors import InputError
from probes.model.untrusted_text import one_line
from reports.history.changes import changes_since
from reports.history.snapshot import snapshot
from reports.recorder import hooks
from reports.recorder.baseline import LAST, SET, Baseline, excuse, read_baseline
from reports.recorder.clean_reports import clean_report
from reports.recorder.collector import Recording, merge_contributions
from reports.recorder.command_line import command_line
from reports.recorder.phases import ATTRIBUTE, phase_of
from reports.recorder.provenance import git_commit, tool_version
from reports.recorder.summary import summary_lines
from reports.results.files import require_writable, write_atomically
from reports.results.model import Context, Results
from reports.results.validity import hours
from reports.results.verdicts import passes

DEFAULT_DIRECTORY = "reports/out"
OFF = "none"
COLLECTED = "conformance_collected"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare where the reports go."""
    group = parser.getgroup("conformance")
    group.addoption(
        "--report",
        metavar="DIR",
        dest="report_directory",
        default=DEFAULT_DIRECTORY,
        help=f"where results.json, report.html and report.md go ({DEFAULT_DIRECTORY}); {OFF} writes nothing",
    )
    group.addoption(
        "--baseline",
        metavar="FILE",
        help=f"results.json of an earlier run, to fail only on what is worse; {LAST} is the last one in --report,"
        f" {SET} the one that `python -m reports baseline set` kept there",
    )
    group.addoption("--sarif", metavar="FILE", help="write the findings as SARIF 2.1.0, for code scanning")
    group.addoption(
        "--tf-dir",
        metavar="DIR",
        help="where the Terraform configuration is, whose blocks findings are placed at (the plan's folder)",
    )
    group.addoption(
        "--report-valid-hours",
        metavar="HOURS",
        type=hours,
        help="how long the results hold: a later reader sees that they are stale",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Offer the hook for what was judged."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Label reports wherever tests run; collect them on the controller."""
    if hasattr(config, "workerinput"):
        return
    given = config.getoption("report_directory")
    if given != OFF and not config.option.collectonly:
        base = config.rootpath if given == DEFAULT_DIRECTORY else config.invocation_params.dir
        try:
            require_writable(base / given)
        except InputError as error:
            raise pytest.UsageError(f"--report {error}, or --report {OFF}") from error
        config.pluginmanager.register(
            Recorder(config, base / given, _baseline(config, base / given)), "conformance-recorder"
        )


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    """Note every test that is left when all plugins have chosen, with its requirements."""
    yield
    _add_collected(config, items)
    for item in items:
        item.user_properties.extend(("requirement", name) for name in _requirements(item))


def pytest_deselected(items: Sequence[pytest.Item]) -> None:
    """Note the tests that were not asked for: they are not run."""
    if items:
        _add_collected(items[0].config, items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep what the serialised report loses, whether the test's own assertion failed; clean what it quotes."""
    report = yield
    if any(item.iter_markers("requirement")):
        setattr(report, ATTRIBUTE, msgspec.to_builtins(phase_of(call)))
        clean_report(report)
    return report


class Recorder:
    """The controller's side of one session."""

    def __init__(self, config: pytest.Config, directory: Path, baseline: Baseline | None) -> None:
        self.config = config
        self.baseline = baseline
        self.directory = directory
        self.recording = Recording(datetime.now(UTC))
        self.results: Results | None = None
        self.note = ""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be collected hides its tests, unless it holds selftests only."""
        if report.failed and "selftest" not in Path(report.nodeid).parts:
            self.recording.add_problem(f"{report.nodeid or 'collection'}: could not be collected")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note one phase of one test; one that failed before, before anybody counts it as failed."""
        if self.baseline:
            excuse(report, self.baseline)
        self.recording.add_report(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:  # noqa: ANN401  # pytest-xdist's
        """Take a worker's list of tests: the report of a crashed test names no requirement."""
        self.recording.add_collected(getattr(node, "workeroutput", {}).get(COLLECTED, {}))

    def pytest_internalerror(self) -> None:
        """Tests may be missing after an error of pytest or a plugin."""
        self.recording.add_problem("pytest: internal error")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the reports; a run that does not conform never exits with 0."""
        self.recording.interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
        self.recording.is_selection = any("::" in arg or arg.endswith(".py") for arg in self.config.args)
        if self.recording.is_empty():
            return
        context = self._context()
        if self.baseline and self.baseline.spec != context.judged.spec:
            self.recording.add_problem(f"the baseline was judged against {self.baseline.spec}, another spec")
        self.results = msgspec.structs.replace(
            self.recording.results(context, tool_version(self.config.rootpath)),
            baseline=self.baseline.name if self.baseline else "",
            valid_until=self._valid_until(),
        )
        is_written = self._publish(self.results)
        if exitstatus == pytest.ExitCode.OK and not (is_written and passes(self.results)):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what was judged, the verdicts and the report."""
        if self.results is not None:
            terminalreporter.section("conformance")
            here = self.config.invocation_params.dir
            near = self.directory.is_relative_to(here)
            shown = self.directory.relative_to(here) if near else self.directory
            for line in summary_lines(self.results, shown):
                terminalreporter.write_line(line)
            if self.note:
                terminalreporter.write_line(one_line(self.note))
            for line in self._annotations(self.results):
                terminalreporter.write_line(line)

    def _annotations(self, results: Results) -> Iterator[str]:
        """Write the SARIF file that was asked for; the lines that GitHub shows at blocks of the configuration."""
        path, on_github = self.config.getoption("--sarif"), os.environ.get("GITHUB_ACTIONS") == "true"
        if not path and not on_github:
            return
        from reports.annotations.findings import findings  # noqa: PLC0415  # only where asked for
        from reports.annotations.github import annotations  # noqa: PLC0415  # as above
        from reports.annotations.sarif import sarif  # noqa: PLC0415  # as above

        here = self.config.invocation_params.dir
        found = findings(results, _configuration(self.config))
        if path:
            target = here / path
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(target, sarif(results, found, here))
            except OSError as error:
                yield one_line(f"no SARIF was written: {error.filename or target}: {error.strerror}")
        if on_github:
            yield from annotations(found, Path(os.environ.get("GITHUB_WORKSPACE") or here))

    def _context(self) -> Context:
        """What the plugins say was judged; the results are not lost because a plugin cannot say."""
        try:
            context = merge_contributions(self.config.hook.pytest_conformance_context(config=self.config))
        except Exception as error:  # noqa: BLE001  # any plugin's defect becomes a problem of the run
            self.recording.add_problem(f"what was judged is not known: {type(error).__name__}: {error}")
            context = Context()
        for problem in context.problems:
            self.recording.add_problem(problem)
        judged = msgspec.structs.replace(
            context.judged,
            command=command_line(["pytest", *self.config.invocation_params.args], self.config.rootpath),
            git_commit=context.judged.git_commit or git_commit(self.config.rootpath),
        )
        return msgspec.structs.replace(context, judged=judged)

    def _valid_until(self) -> datetime | None:
        hours = self.config.getoption("report_valid_hours")
        return None if hours is None else datetime.now(UTC) + timedelta(hours=hours)

    def _publish(self, results: Results) -> bool:
        """Whether the reports were written; `note` says what was not, or what changed since the last run."""
        from reports.publish import publish  # noqa: PLC0415  # jinja2 and sqlite3 only where a report is written

        try:
            published = publish(results, self.directory)
        except OSError as error:
            self.note = f"no report was written: {error.filename or self.directory}: {error.strerror}"
            return False
        changed = changes_since(published.past, snapshot(results))
        since = f"since {changed.since:%Y-%m-%d %H:%M %Z}: {changed.summary}" if changed else ""
        self.note = "; ".join(filter(None, (since, published.note)))
        return True


def _configuration(config: pytest.Config) -> Path | None:
    """The folder of the Terraform configuration: the one that is named, else the plan's; None without a plan."""
    given = config.getoption("--tf-dir")
    scheme, _, place = (config.getoption("--state") or "").partition(":")
    if not given and scheme != "terraform":
        return None
    path = config.invocation_params.dir / (given or place)
    return path if path.is_dir() else path.parent


def _baseline(config: pytest.Config, directory: Path) -> Baseline | None:
    given = config.getoption("--baseline")
    try:
        return read_baseline(given, directory, config.invocation_params.dir) if given else None
    except InputError as error:
        raise pytest.UsageError(str(error)) from error


def _add_collected(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    collected = {item.nodeid: _requirements(item) for item in items}
    if hasattr(config, "workeroutput"):
        config.workeroutput.setdefault(COLLECTED, {}).update(collected)
    elif recorder := config.pluginmanager.get_plugin("conformance-recorder"):
        recorder.recording.add_collected(collected)


def _requirements(item: pytest.Item) -> list[str]:
    return list(dict.fromkeys(str(name) for mark in item.iter_markers("requirement") for name in mark.args))
