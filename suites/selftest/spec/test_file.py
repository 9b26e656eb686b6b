import re
from ipaddress import IPv4Network
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from probes.model.errors import InputError
from probes.model.spec import Spec
from probes.sources.documents.spec import load_spec
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

    assert list(spec.regions) == ["us-east-1", "us-east-2", "us-west-2"]
    assert spec.regions["us-east-2"].subnets.private == tuple(
        map(IPv4Network, ("10.66.74.0/23", "10.66.76.0/23", "10.66.78.0/23"))
    )
    assert sum(len(region.subnets.all()) for region in spec.regions.values()) == 30
    assert [route.requirement for region in spec.regions.values() for route in region.tgw_routes] == [
        f"RTB-0{number}" for number in range(1, 10)
    ]
    assert spec.peering_between("usw2", "us-east-1").rtt.max_ms == 80
    assert spec.security_groups["fsx"].ingress[1].ports == ("1021-1023",)
    assert sum(region.gpus.normal for region in spec.regions.values()) == spec.ha.total_gpus == 50


@pytest.mark.parametrize(
    "old, new, where, message",
    [
        ("10.66.2.0/24", "10.66.2.5/24", "regions.us-east-1.subnets.public[2]", "host bits set"),
        ("10.66.2.0/24", "fd00::/64", "regions.us-east-1.subnets.public[2]", "expected an IPv4 network"),
        ("10.66.2.0/24", "[1, 2]", "regions.us-east-1.subnets.public[2]", "found a list"),
        ("base_cidr:", "base_cdir:", "base_cdir", "unknown key; did you mean base_cidr?"),
        ("base_cidr: 10.66.0.0/16\n", "", "", "the key base_cidr is missing"),
        ("alias: use2", "alias: use1", "regions.us-east-2.alias", "another region has this alias"),
        ("alias: use1", "alias: us-east-2", "regions.us-east-1.alias", "expected a short word"),
        ("between: [use1, use2]", "between: [use1, use9]", "peerings[0].between[1]", "found 'use9'"),
        ("between: [use1, use2]", "between: [use1]", "peerings[0].between", "expected a list of 2"),
        ("between: [use1, use2]", "between: [use1, use1]", "peerings[0].between", "two different regions"),
        ("between: [use1, usw2]", "between: [use2, use1]", "peerings[1].between", "another peering joins"),
        ("via: usw2", "via: usw3", "regions.us-east-1.tgw_routes[2].via", "expected one of vpc, use2, usw2"),
        ("min_ms: 65", "min_ms: 650", "peerings[1].rtt", "expected 0 <= min_ms <= max_ms, found 650 to 80"),
        ("min_ms: 65", "min_ms: .nan", "peerings[1].rtt.min_ms", "expected a number"),
        ("peer: router", "peer: ruoter", "security_groups.gpu.ingress[0].peer", "expected a role"),
        ("protocol: icmp", "protocol: imcp", "security_groups.gpu.ingress[2].protocol", "did you mean icmp?"),
        ("icmp, peer", "icmp, ports: [8], peer", "security_groups.gpu.ingress[2].ports", "no ports"),
        ("ports: [1021-1023]", "ports: [1023-1021]", "security_groups.fsx.ingress[1].ports[0]", "a range"),
        ("ports: [8080], ", "ports: [80800], ", "security_groups.gpu.ingress[0].ports[0]", "1 to 65535"),
        ("tgw_asn: 64512", "tgw_asn: '64512'", "regions.us-east-1.tgw_asn", "found the text '64512'"),
        ("source: nlb", "source: elb", "flows[0].source", "expected one of gpu, fsx, router, nlb, vpce"),
        ("id: dr-mount", "id: model-loading", "flows[4].id", "another flow has this id"),
        ('"*fsx*{alias}*"', '"*fsx*{alais}*"', "roles.fsx.security_group", "placeholders"),
        ('vpc_name: "*"', 'vpc_name: "{name}-*"', "vpc_name", "placeholders"),
        ("rate_divisor: 100", "rate_divisor: 0", "lab.rate_divisor", "expected more than 0"),
        ("loss_limit_ratio: 0.01", "loss_limit_ratio: 1.5", "live.loss_limit_ratio", "a share from 0 to 1"),
        ("ping_count_max: 1000", "ping_count_max: 10", "live.ping_count_max", "at least ping_count, 100"),
        ("iperf3_port: 5201", "iperf3_port: 0", "live.iperf3_port", "expected a port"),
        ("latitude_deg: 38.95", "latitude_deg: 389.5", "regions.us-east-1.location.latitude_deg", "degrees"),
        ("name: gpu-cluster ", "name: yes ", "name", "expected text"),
        ("name: gpu-cluster ", "name: *gpu ", "", "anchors and aliases are not allowed"),
        ("replica_regions: [use1,", "replica_regions: [eu,", "dynamodb.replica_regions[0]", "found 'eu'"),
        ("detour_via: usw2", "detour_via: use2", "ha.detour_via", "expected two regions"),
        ("30000  # ours", "60000  # ours", "peerings[0].throughput_floor_mbit_per_s", "at most the"),
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
    wrong = TEXT.replace("base_cidr:", "base_cdir:").replace("tgw_asn: 64512", "tgw_asn: many", 2)
    wrong = wrong.replace("10.66.2.0/24", "10.66.2.5/24").replace("protocol: icmp", "protocol: imcp", 1)

    lines = complaints(scratch, wrong)

    numbers = [int(line.split(":")[0]) for line in lines]
    assert len(lines) == 6
    assert numbers == sorted(numbers)


def test_list_of_mistakes_is_cut(scratch: Path) -> None:
    lines = complaints(
        scratch, re.sub(r"\b(10\.66\.|[0-9]+ms)", "x", TEXT).replace("ports: [", "ports: [{}, ")
    )

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


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(LINES) - 1), count=st.integers(0, 3), data=st.data())
def test_no_mangled_spec_ends_in_anything_but_an_input_error(
    scratch: Path, at: int, count: int, data: st.DataObject
) -> None:
    words = re.split(r"([\s,:\[\]{}]+)", "".join(LINES[at : at + 1]))
    position = data.draw(st.integers(0, len(words) - 1))
    words[position] = data.draw(FRAGMENTS)
    scratch.write_text("".join([*LINES[:at], "".join(words), *LINES[at + 1 + count :]]), encoding="utf-8")

    loads_or_complains(scratch)


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200))
def test_no_bytes_end_in_anything_but_an_input_error(scratch: Path, content: bytes) -> None:
    scratch.write_bytes(content)

    assert loads_or_complains(scratch) is None
