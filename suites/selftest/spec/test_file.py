import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from probes.model.errors import InputError
from probes.model.spec import RangeMs, Spec
from probes.model.spec.claims import routes
from probes.model.spec.topology import peering_between
from probes.sources.documents.spec import load_spec
from suites.selftest.fuzzing import inputs
from suites.selftest.spec.edit import BUNDLED

TEXT = BUNDLED.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("spec") / "spec.yaml"


def complaints(scratch: Path, content: str | bytes) -> list[str]:
    """The lines of the InputError that the content earns, the file's name taken off."""
    scratch.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(InputError) as caught:
        load_spec(scratch)
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{scratch}:") for line in lines)
    return [line.removeprefix(f"{scratch}:") for line in lines]


def line_of(fragment: str) -> int:
    return TEXT[: TEXT.index(fragment)].count("\n") + 1


def test_bundled_spec_says_what_the_document_says() -> None:
    spec = load_spec(BUNDLED)

    assert list(spec.aws_regions) == ["us-east-1", "us-east-2", "us-west-2"]
    assert spec.vpcs["use2"].tier("private") == tuple(
        map(IPv4Network, ("10.66.74.0/23", "10.66.76.0/23", "10.66.78.0/23"))
    )
    assert sum(len(vpc.all_subnets) for vpc in spec.vpcs.values()) == 30
    assert [claim.name for claim in routes(spec)][3:5] == [
        "use2.main:10.66.0.0/18",
        "use2.main:10.66.64.0/18",
    ]
    assert peering_between(spec, "usw2", "us-east-1").rtt == RangeMs(min_ms=65, max_ms=80)
    assert [rule.ports for rule in spec.roles["fsx"].rules("ingress") or ()][1] == ("1021-1023",)
    assert spec.capacity is not None
    assert sum(spec.capacity.normal.values()) == spec.capacity.total == 50


@pytest.mark.parametrize(
    "old, new, where, message",
    [
        ("10.66.2.0/24", "10.66.2.5/24", "vpcs.use1.subnets.public[2]", "host bits set"),
        ("10.66.2.0/24", "fd00::/64", "vpcs.use1.subnets.public[2]", "expected an IPv4 network"),
        ("10.66.2.0/24", "[1, 2]", "vpcs.use1.subnets.public[2]", "found a list"),
        ("address_space:", "adress_space:", "adress_space", "unknown key; did you mean address_space?"),
        ("    cidr: 10.66.0.0/18\n", "", "vpcs.use1", "the key cidr is missing"),
        ("use2: {name: us-east-2", "use2: {name: us-east-1", "regions.use2", "another alias has this Region"),
        ("    region: use1", "    region: use9", "vpcs.use1.region", "expected one of use1, use2, usw2"),
        ("between: [use1, use2]", "between: [use1, use9]", "peerings[0].between[1]", "found 'use9'"),
        ("between: [use1, use2]", "between: [use1]", "peerings[0].between", "expected a list of 2"),
        ("between: [use1, use2]", "between: [use1, use1]", "peerings[0].between", "two different"),
        ("between: [use1, usw2]", "between: [use2, use1]", "peerings[1].between", "another peering joins"),
        ("10.66.128.0/18: usw2}", "10.66.128.0/18: usw3}", "transit_gateways.use1.route_tables.main.routes.10.66.128.0/18",
         "did you mean usw2?"),
        ("associated: [use1, use2, usw2]", "associated: [use1, use2, usw3]",
         "transit_gateways.use1.route_tables.main.associated[2]", "found 'usw3'"),
        ("min_ms: 65", "min_ms: 650", "peerings[1].rtt", "expected 0 <= min_ms <= max_ms, found 650 to 80"),
        ("min_ms: 65", "min_ms: .nan", "peerings[1].rtt.min_ms", "expected a number"),
        ("{from: router, tcp: [8080]}", "{from: ruoter, tcp: [8080]}", "roles.gpu.ingress[0].from", "did you mean router?"),
        ("{from: router, tcp: [8080]}", "{to: router, tcp: [8080]}", "roles.gpu.ingress[0]", "names its peer with `from`"),
        ("{from: router, tcp: [8080]}", "{from: router}", "roles.gpu.ingress[0]", "expected what is sent"),
        ("icmp: true}", "imcp: true}", "roles.gpu.ingress[2].imcp", "did you mean icmp?"),
        ("tcp: [1021-1023]", "tcp: [1023-1021]", "roles.fsx.ingress[1].tcp[0]", "a range"),
        ("{from: router, tcp: [8080]}", "{from: router, tcp: [80800]}", "roles.gpu.ingress[0].tcp[0]", "1 to 65535"),
        ("asn: 64512", "asn: '64512'", "transit_gateways.use1.asn", "found the text '64512'"),
        ("from: nlb, to: router", "from: elb, to: router", "flows[0].from", "found 'elb'"),
        ("id: dr-mount", "id: model-loading", "flows[4]", "another flow has this id"),
        ('"*fsx*{region}*"', '"*fsx*{regoin}*"', "roles.fsx.security_group", "placeholders"),
        ("rate_divisor: 100", "rate_divisor: 0", "lab.rate_divisor", "expected more than 0"),
        ("loss_limit_ratio: 0.01", "loss_limit_ratio: 1.5", "live.loss_limit_ratio", "a share from 0 to 1"),
        ("ping_count_max: 48000", "ping_count_max: 10", "live.ping_count_max", "at least ping_count, 100"),
        ("iperf3_port: 5201", "iperf3_port: 0", "live.iperf3_port", "expected a port"),
        ("latitude_deg: 38.95", "latitude_deg: 389.5", "regions.use1.location.latitude_deg", "degrees"),
        ("name: gpu-cluster ", "name: yes ", "name", "expected text"),
        ("name: gpu-cluster ", "name: *gpu ", "", "anchors and aliases are not allowed"),
        ("replica_regions: [use1,", "replica_regions: [eu,", "dynamodb.replica_regions[0]", "found 'eu'"),
        ("    via: usw2", "    via: use2", "ha.detour.via", "expected two Regions"),
        ("30000  # ours", "60000  # ours", "peerings[0].throughput_floor_mbit_per_s", "at most the"),
        ("tier: private  #", "tier: privat  #", "roles.gpu.tier", "did you mean private?"),
    ],
)  # fmt: skip
def test_mistake_is_named_with_line_path_and_expectation(
    scratch: Path, old: str, new: str, where: str, message: str
) -> None:
    lines = complaints(scratch, TEXT.replace(old, new, 1))

    start = f"{where}: " if where else ""
    matching = [line for line in lines if message in line and line.partition(": ")[2].startswith(start)]
    assert len(matching) == 1, lines
    if where:
        assert int(matching[0].partition(":")[0]) == pytest.approx(line_of(old), abs=1)


def test_all_mistakes_are_reported_at_once_in_the_files_order(scratch: Path) -> None:
    wrong = TEXT.replace("address_space:", "adress_space:").replace("asn: 64512", "asn: many", 2)
    wrong = wrong.replace("10.66.2.0/24", "10.66.2.5/24").replace("icmp: true", "imcp: true", 1)

    lines = complaints(scratch, wrong)

    numbers = [int(line.split(":")[0]) for line in lines]
    assert len(lines) == 5
    assert numbers == sorted(numbers)


def test_list_of_mistakes_is_cut(scratch: Path) -> None:
    lines = complaints(scratch, re.sub(r"\b(10\.66\.|[0-9]+ms)", "x", TEXT).replace("tcp: [", "tcp: [{}, "))

    assert len(lines) == 51
    assert re.fullmatch(r" and \d+ more", lines[-1])


@pytest.mark.parametrize(
    "content, message",
    [
        ("", "1: empty; expected a spec"),
        ("# nothing\n", "1: empty; expected a spec"),
        ("- 1\n- 2\n", "1: expected a mapping, found a list"),
        ("just text", "1: expected a mapping, found the text 'just text'"),
        ("name: [unclosed\nbase: 1\n", "not YAML"),
        ("name: a\n\tbase: 1\n", "2: not YAML"),
        ("a: 1\n---\nb: 2\n", "not YAML: but found another document"),
        ("name: \x00", "not YAML"),
        (b"\xff\xfe\x00binary", "1: not UTF-8 text; expected a spec"),
        (b"name: a\nother: \xff\n", "2: not UTF-8 text"),
        ("name: a\nname: b\n", "2: name: the key stands here twice"),
        ("a: &x [1]\nb: [*x, *x]\n", "1: anchors and aliases are not allowed"),
        ("? [a, b]\n: 1\n", "1: expected a word as the key, found a list"),
        ("<<: {a: 1}\n", "1: <<: unknown key"),
        ("name: !!python/object/apply:os.system [id]\n", "1: name: expected text"),
        ("[" * 10_000, "1: nested deeper than 20 levels"),
        ("#" * (1 << 20) + "##", "is larger than 1 MiB"),
    ],
)
def test_file_that_is_no_spec_is_refused(scratch: Path, content: str | bytes, message: str) -> None:
    assert any(message in line for line in complaints(scratch, content))


def test_missing_file_and_directory_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.yaml: no such file; expected a spec"):
        load_spec(tmp_path / "absent.yaml")
    with pytest.raises(InputError, match="is a directory; expected a spec"):
        load_spec(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        load_spec(Path("a\0b"))


def loads_or_complains(path: Path) -> Spec | None:
    try:
        return load_spec(path)
    except InputError:
        return None


LINES = TEXT.splitlines(keepends=True)
FRAGMENTS = st.sampled_from(
    ["", "null", "~", "[]", "{}", "- ", "10.66.0.0/16", "use1", "-1", "1e9", ".inf", "0x10", "'", '"', "&a",
     "*a", "!!int", "?", ": ", "\n", "\t", "%", "\u2028", "9" * 30, "usw2", "all", "true", "{alias"]
)  # fmt: skip


@inputs(at_least=300)
@given(at=st.integers(0, len(LINES) - 1), count=st.integers(0, 3), data=st.data())
def test_no_mangled_spec_ends_in_anything_but_an_input_error(
    scratch: Path, at: int, count: int, data: st.DataObject
) -> None:
    words = re.split(r"([\s,:\[\]{}]+)", "".join(LINES[at : at + 1]))
    position = data.draw(st.integers(0, len(words) - 1))
    words[position] = data.draw(FRAGMENTS)
    scratch.write_text("".join([*LINES[:at], "".join(words), *LINES[at + 1 + count :]]), encoding="utf-8")

    loads_or_complains(scratch)


@inputs(at_least=200)
@given(content=st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_an_input_error(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)

    assert loads_or_complains(scratch) is None
