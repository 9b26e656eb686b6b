"""What the documentation says exists: links, options, requirements, commands, and the calls of the dump script."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fixtures.faults.recorded import load_broken, write_broken
from fixtures.lab.__main__ import main as lab_main
from probes.__main__ import main as probes_main
from probes.sources.aws.calls import REGIONAL, WORLDWIDE, Call
from probes.sources.describe.response_keys import RESPONSE_KEYS
from probes.sources.documents.catalogue import load_catalogue
from reports.__main__ import main as reports_main
from suites.selftest.spec.edit import CATALOGUE, ROOT
from suites.selftest.suites.static_runs import judge

DOCS = ROOT / "docs"
PAGES = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *DOCS.glob("*.md"))}
DUMP_SCRIPT = (DOCS / "dump.sh").read_text(encoding="utf-8")
CODE_BLOCK = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
OF_AWS_CLI = re.compile(r"^ *```bash.*?^ *```|\baws (?:ec2|ssm) [^`\n]*", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]+")
AREAS = {name.partition("-")[0] for name in load_catalogue(CATALOGUE).requirements}
REQUIREMENT = re.compile(rf"\b(?:{'|'.join(sorted(AREAS))})-(?:[A-Z]+-)?[A-Z]?\d+\b")
MODULE = re.compile(r"python -m ([a-z][\w.]*)(?: ([a-z-]+(?: ?\| ?[a-z-]+)*))?")
ASKED = re.compile(r"^(?:.*[ (])?(?:ask \w+ \S+|names \w+)\s+(?:\\\n\s+)?(\w+) ([a-z][\w-]+)", re.MULTILINE)
BY_KIND = re.compile(r"([a-z-]+)=([A-Z]\w+)")
ABOUT = re.compile(r"^ .*?\b(?:ask|names) (\w+)", re.MULTILINE)
WRAPPER = re.compile(r'--query "\{(\w+): \[\{')
FAILURE = re.compile(r"^[A-Z]+-\d+(?:, [A-Z]+-\d+)*  .*\n(?:  .*\n)+", re.MULTILINE)
CAUSE = re.compile(r"^(?:verdict|cause) {2,}.*$", re.MULTILINE)
EMPTY = re.compile(r"^ +none (\w+)", re.MULTILINE)
COMMANDS: dict[str, Callable[[list[str]], object]] = {
    "fixtures.lab": lab_main,
    "probes": probes_main,
    "reports": reports_main,
}
OF_OTHER_TOOLS = {
    "--out": "python -m reports", "--results": "python -m reports", "--valid-hours": "python -m reports",
    "--profile": "python -m reports", "--archive": "python -m reports", "--retention-days": "python -m reports",
    "--limit": "python -m reports", "--notify": "python -m reports",
    "--json": "python -m probes", "--with": "python -m probes", "--port": "python -m probes",
    "--like": "python -m probes", "--cidr": "python -m probes",
    "--name": "python -m fixtures.lab", "--hosts-per-role": "python -m fixtures.lab",
    "--junit-xml": "pytest", "--tb": "pytest", "--deselect": "pytest", "--upgrade": "uv",
    "--document-name": "aws ssm", "--parameters": "aws ssm",
    "--minutes": "make attack", "--only": "make attack", "--night": "make attack",
}  # fmt: skip
NOT_BY_SCRIPT = {"get_metric_data"}
SERVICES = {"s3api": "s3"}
"""
What the AWS CLI calls otherwise than boto3.
"""


def anchors(page: str) -> set[str]:
    headings = (re.sub(r"[^\w\- ]", "", heading).strip() for heading in HEADING.findall(page))
    return {heading.lower().replace(" ", "-") for heading in headings}


def without_code(page: str) -> str:
    return CODE_BLOCK.sub("", page)


def every_call(calls: tuple[Call, ...]) -> Iterator[Call]:
    for call in calls:
        yield call
        yield from every_call(call.follow)


@pytest.mark.parametrize("name", sorted(PAGES))
def test_links_lead_somewhere(name: str) -> None:
    folder = ROOT if name == "README.md" else DOCS
    broken = []
    for link in LINK.findall(without_code(PAGES[name])):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else folder / name
        page = target.read_text(encoding="utf-8") if target.suffix == ".md" and target.is_file() else ""
        if not target.exists() or not target.is_relative_to(ROOT) or (anchor and anchor not in anchors(page)):
            broken.append(link)

    assert broken == []


@pytest.mark.parametrize("name", sorted(PAGES))
def test_options_exist(pytestconfig: pytest.Config, name: str) -> None:
    shown = OF_AWS_CLI.sub("", PAGES[name])
    known = {*suite_options(pytestconfig), *OF_OTHER_TOOLS}
    unknown = {option for option in OPTION.findall(shown) if option not in known}

    assert unknown == set()


def suite_options(config: pytest.Config) -> Iterator[str]:
    (group,) = (group for group in config._parser._groups if group.name == "conformance")
    for option in group.options:
        yield from option.names()


def test_every_option_of_the_suite_is_documented(pytestconfig: pytest.Config) -> None:
    options = suite_options(pytestconfig)

    assert {name for name in options if f"`{name}" not in PAGES["guide.md"]} == set()


@pytest.mark.parametrize("name", sorted(PAGES))
def test_requirements_are_of_the_catalogue(name: str) -> None:
    known = load_catalogue(CATALOGUE).requirements
    example = {"CIDR-41"} if name == "guide.md" else set()

    assert set(REQUIREMENT.findall(PAGES[name])) - known.keys() == example


@pytest.mark.parametrize("name", sorted(PAGES))
def test_commands_exist(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    for module, words in set(MODULE.findall(PAGES[name])):
        place = ROOT / Path(*module.split(".")) / "__main__.py"
        assert place.exists() or module == "pytest", module
        for word in re.split(r" ?\| ?", words) if module in COMMANDS and words else []:
            with pytest.raises(SystemExit) as ended:
                COMMANDS[module]([word, "--help"])
            assert ended.value.code == 0, f"{module} {word}: {capsys.readouterr().err}"


def test_failure_in_the_readme_is_what_the_suite_prints(tmp_path: Path) -> None:
    broken = load_broken(ROOT / "fixtures" / "broken" / "tgw-route-to-use2-missing.yaml")
    state = write_broken(broken, ROOT / "fixtures" / "states" / "gpu-cluster", tmp_path / "state")
    printed = judge(tmp_path, "--state", f"dump:{state}").output
    shown = FAILURE.findall(PAGES["README.md"])

    assert len(shown) == 2
    shown += CAUSE.findall(PAGES["README.md"])
    assert len(shown) == 5
    assert [block for block in shown if block not in printed] == []


def test_dump_script_asks_what_the_aws_source_asks() -> None:
    calls = {(call.service, call.operation) for call in every_call((*REGIONAL, *WORLDWIDE))}
    asked = {(SERVICES.get(s, s), operation) for s, operation in ASKED.findall(DUMP_SCRIPT)}
    asked |= {("ec2", f"describe-{kind}") for kind, _ in BY_KIND.findall(DUMP_SCRIPT)}
    asked = {(service, operation.replace("-", "_")) for service, operation in asked}

    assert asked == {(s, operation) for s, operation in calls if operation not in NOT_BY_SCRIPT}


def test_dump_script_writes_keys_that_the_reader_knows() -> None:
    written = {*WRAPPER.findall(DUMP_SCRIPT), *EMPTY.findall(DUMP_SCRIPT), *ABOUT.findall(DUMP_SCRIPT)}
    written |= {key for _, key in BY_KIND.findall(DUMP_SCRIPT)}

    assert written - RESPONSE_KEYS.keys() == set()
    assert {"LoadBalancerTargetHealth", "BucketLifecycleConfigurations", "services"} <= written
