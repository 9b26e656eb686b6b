"""`python -m probes`: questions to an observed network.

Exit codes: 0 nothing to act on; 1 lost traffic, changes or findings; 2 wrong usage or input;
3 all of the answer or a part of it is not known.
"""

import argparse
import os
import signal
import sys
import tomllib
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network
from pathlib import Path

import msgspec

from probes.model.draft.spec import draft
from probes.model.errors import InputError, ProbeError
from probes.model.network.endpoints import Endpoint
from probes.model.network.index import Network
from probes.model.network.packets import PROTOCOL_NUMBERS, Packet, opening
from probes.model.questions import answers
from probes.model.questions.answers import Answer, of_each
from probes.model.questions.endpoint_selection import (
    between,
    endpoint_named,
    host_address,
    is_nobodys,
    is_outside,
    private_address,
    senders_named,
)
from probes.model.untrusted_text import cleaned, one_line
from probes.progress import doing
from probes.sources import load_state
from probes.sources.documents.spec import load_spec
from probes.sources.documents.spec_edits import spec_with_region
from probes.sources.documents.spec_schema import spec_schema
from probes.sources.documents.spec_text import spec_text

ROOT = Path(__file__).resolve().parents[1]
Command = Callable[[argparse.Namespace], Answer]


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer one question; the exit code is described above."""
    options = _parser().parse_args(arguments)
    command: Command = options.command
    try:
        answer = command(options)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ProbeError as error:
        print(f"could not tell: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt as error:
        print(str(error) or "interrupted", file=sys.stderr)
        return 128 + signal.SIGINT
    text = "\n".join(one_line(line, sys.maxsize) for line in answer.lines)
    if options.json:
        text = msgspec.json.format(msgspec.json.encode(cleaned(answer.data), enc_hook=str)).decode()
    try:
        print(text, flush=True)
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if not answer.certain:
        return 3
    return 0 if answer.fine else 1


def _parser() -> argparse.ArgumentParser:
    defaults = _defaults()
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument(
        "--state", default=defaults["state"], help="dump:DIR, terraform:FILE, aws or aws:PROFILE"
    )
    common.add_argument("--spec", default=defaults["spec"], help="the intended network (YAML)")
    common.add_argument("--json", action="store_true", help="answer as JSON")
    parser = argparse.ArgumentParser(prog="python -m probes", description="Questions to an observed network.")
    commands = parser.add_subparsers(required=True, metavar="QUESTION")
    for name, command, text in (
        ("shadowed", _shadowed, "rules, entries and routes that decide about no packet"),
        ("flows", _flows, "what the spec intends per flow, and where it is lost"),
        ("failures", _failures, "what each single failure loses, and the detours"),
    ):
        commands.add_parser(name, parents=[common], help=text, description=text).set_defaults(command=command)
    drafted = commands.add_parser(
        "draft", parents=[common], help="a spec of the observed network, to correct"
    )
    drafted.add_argument("--name", default="network", help="the network's name (default: network)")
    drafted.add_argument(
        "--region", action="append", default=[], help="a Region to read from AWS; repeatable"
    )
    drafted.set_defaults(command=_draft)
    schema = commands.add_parser("schema", parents=[common], help="the JSON Schema of a spec, for editors")
    schema.set_defaults(command=_schema)
    _add_region(commands)
    _add_pairs(commands, common)
    text = "a network: references that lead nowhere, unused groups; with --spec a document, against itself and AWS"
    lint = commands.add_parser("lint", help=text, description=text)
    lint.add_argument("--state", help="the observed network, as for the other questions")
    lint.add_argument("--spec", help="the document (YAML)")
    lint.add_argument("--json", action="store_true", help="answer as JSON")
    lint.set_defaults(command=_lint)
    return parser


def _add_region(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "a spec with one more Region, by its own offsets, and what has to follow"
    added = commands.add_parser("add-region", help=text, description=text)
    added.add_argument("file", metavar="FILE", help="the spec (YAML); it is not changed")
    added.add_argument("region", metavar="NAME", help="the Region's AWS name, as eu-west-1")
    added.add_argument("--like", default="", metavar="REGION", help="the Region of the spec to take after")
    added.add_argument(
        "--cidr", action="append", default=[], help="addresses for its VPCs, VPC after VPC; repeatable"
    )
    added.add_argument("--json", action="store_true", help="answer as JSON")
    added.set_defaults(command=_region)


def _add_pairs(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", common: argparse.ArgumentParser
) -> None:
    ends = "an ID, a Name tag or a private address"
    trace = commands.add_parser("trace", parents=[common], help="follow one packet and its reply, hop by hop")
    allowed = commands.add_parser(
        "allowed", parents=[common], help="every packet that is delivered and answered"
    )
    for parser, command in ((trace, _trace), (allowed, _allowed)):
        parser.add_argument("source", help=f'{ends}, or "internet" or "tenant"')
        parser.add_argument("destination", help=ends)
        parser.set_defaults(command=command)
    trace.add_argument("--protocol", default="tcp", help="tcp, udp, icmp or a number (default: tcp)")
    trace.add_argument("--port", type=int, default=443, help="destination port (default: 443)")
    trace.add_argument("--source-port", type=int, default=49152, help="source port (default: 49152)")
    diff = commands.add_parser("diff", parents=[common], help="which traffic a change gains and loses")
    diff.add_argument(
        "--with", dest="other", required=True, metavar="STATE", help="the network after the change"
    )
    diff.set_defaults(command=_diff)


def _defaults() -> dict[str, str]:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["conformance"]
    scheme, _, place = table["state"].partition(":")
    return {"spec": str(ROOT / table["spec"]), "state": f"{scheme}:{ROOT / place}"}


def _network(options: argparse.Namespace) -> Network:
    regions = load_spec(Path(options.spec)).aws_regions if options.state.startswith("aws") else ()
    with doing("reading the network"):
        return Network(load_state(options.state, regions=regions))


def _trace(options: argparse.Namespace) -> Answer:
    network = _network(options)
    if options.source == "internet" or is_outside(network, options.source):
        options.destination = private_address(network, options.destination)
    named = options.destination
    unheld = is_outside(network, named) or is_nobodys(network, named)
    destination = None if unheld else endpoint_named(network, named)
    return of_each(
        _sources(options, network, destination),
        lambda source: answers.trace(network, _packet(options, source, destination), source, destination),
    )


def _sources(
    options: argparse.Namespace, network: Network, destination: Endpoint | None
) -> tuple[Endpoint, ...]:
    return senders_named(network, load_spec(Path(options.spec)), options.source, destination)


def _packet(options: argparse.Namespace, source: Endpoint, destination: Endpoint | None) -> Packet:
    number = PROTOCOL_NUMBERS.get(options.protocol)
    if number is None:
        if not options.protocol.isdigit() or int(options.protocol) > 255:  # noqa: PLR2004 - a byte
            raise InputError(f"--protocol {options.protocol}: expected tcp, udp, icmp or 0 to 255")
        number = int(options.protocol)
    return opening(
        host_address(source, options.source),
        host_address(destination, options.destination),
        number,
        source_port=_port("--source-port", options.source_port),
        port=_port("--port", options.port),
    )


def _port(option: str, port: int) -> int:
    if not 0 <= port < 2**16:
        raise InputError(f"{option} {port}: expected 0 to 65535")
    return port


def _allowed(options: argparse.Namespace) -> Answer:
    network = _network(options)
    options.destination = private_address(network, options.destination)
    destination = endpoint_named(network, options.destination)
    asked = between(options.source, options.destination)
    with doing("finding every packet that is delivered and answered"):
        return of_each(
            _sources(options, network, destination),
            lambda source: answers.allowed(network, source, destination, asked),
        )


def _diff(options: argparse.Namespace) -> Answer:
    before = _network(options)
    with doing("reading the network after the change"):
        after = Network(load_state(options.other))
    with doing("comparing what both networks deliver"):
        return answers.compare(before, after)


def _lint(options: argparse.Namespace) -> Answer:
    if options.spec and not options.state:
        return answers.document(load_spec(Path(options.spec)))
    defaults = _defaults()
    options.state = options.state or defaults["state"]
    asked = bool(options.spec)
    options.spec = options.spec or defaults["spec"]
    network = answers.lint(_network(options))
    return answers.both(answers.document(load_spec(Path(options.spec))), network) if asked else network


def _shadowed(options: argparse.Namespace) -> Answer:
    network = _network(options)
    with doing("looking for rules, entries and routes that decide about no packet"):
        return answers.shadowed(network)


def _flows(options: argparse.Namespace) -> Answer:
    spec, network = load_spec(Path(options.spec)), _network(options)
    with doing("following every flow of the spec"):
        return answers.flows(spec, network)


def _failures(options: argparse.Namespace) -> Answer:
    spec, network = load_spec(Path(options.spec)), _network(options)
    with doing("failing one resource after another"):
        return answers.failures(spec, network)


def _draft(options: argparse.Namespace) -> Answer:
    if options.state.partition(":")[0] == "aws" and not options.region and "@" not in options.state:
        raise InputError("draft --state aws needs the Regions to read: --region us-east-1 --region us-west-2")
    with doing("reading the network"):
        state = load_state(options.state, regions=options.region)
    with doing("writing a spec of it"):
        found = draft(state, options.name)
    return Answer(lines=tuple(spec_text(found).splitlines()), data=found.document, fine=True)


def _region(options: argparse.Namespace) -> Answer:
    text = spec_with_region(
        Path(options.file), options.region, like=options.like, cidrs=list(map(_cidr, options.cidr))
    )
    return Answer(lines=tuple(text.splitlines()), data=text, fine=True)


def _cidr(text: str) -> IPv4Network:
    try:
        return IPv4Network(text)
    except ValueError as error:
        raise InputError(f"--cidr {text}: {error}") from None


def _schema(_: argparse.Namespace) -> Answer:
    text = spec_schema()
    return Answer(lines=tuple(text.splitlines()), data=msgspec.json.decode(text), fine=True)


if __name__ == "__main__":
    sys.exit(main())
