"""Files as nobody should write them, drawn from a seed: noise, damage to bytes or values, values of any kind."""

import json
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from ipaddress import IPv4Address
from random import Random
from types import NoneType
from typing import Any

import msgspec

from probes.sources.describe.response_keys import ALIASES, RESPONSE_KEYS, SINGULAR

TOKENS = (
    b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\\ud800", b"\\u0000", b"\x00", b"\xe9", b"\xff\xfe",
    b"\xef\xbb\xbf", b"\x1f\x8b", b"PK\x03\x04", b"\n", b"\r", b"\t", b" ", b"- ", b"? ", b"&a ", b"*a", b"<<: ",
    b"!!python/object:os.system ", b"!!binary ", b"%YAML 9.9\n", b"---\n", b"...\n", b"'", b"#", b"|\n", b">\n",
    b"null", b"true", b"NaN", b"-Infinity", b"1e999", b"9" * 400, b"-0", b"0x1F", b"2026-02-30", b"10.0.0.1/8",
    b"::/0", b"\x1b[2J", b"\xe2\x80\xae", b"=", b"[[a]]", b"@revoked", b"@cert-authority * ", b"|1|a|b",
)  # fmt: skip
SCALARS: tuple[Any, ...] = (
    None, True, False, 0, -1, 65536, 1 << 40, 1 << 70, 0.5, -1e300, "", "x", "-1", "tcp", "\x1b]0;x\x07", "\ud800",
    "10.0.0.0/8", "10.0.0.1/8", "10.0.0.1", "::/0", "fe80::1", "999.1.1.1", "vpc-0a1b2c3d", "sg-1", "pl-1",
    "tgw-attach-1", "available", "deleted", "us-east-1", "global", "arn:aws:logs:us-east-1:1:log-group:g:*",
    "a" * 3000,
)  # fmt: skip


def noise(random: Random, _seeds: list[bytes]) -> bytes:
    """Random bytes, or tokens that mean something in one of the formats."""
    if random.random() < 0.3:
        return random.randbytes(random.randrange(200))
    return b"".join(random.choices(TOKENS, k=random.randrange(40)))


def damaged_bytes(random: Random, seeds: list[bytes]) -> bytes:
    """A valid file of which a few pieces are lost, doubled, moved or replaced."""
    content = random.choice(seeds)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(content) + 1)
        end = min(len(content), start + random.choice((0, 1, 1, 10, 100, 10_000)))
        piece = random.choice(
            (b"", content[start:end] * 2, random.choice(TOKENS), b"%x" % random.getrandbits(8))
        )
        content = content[:start] + piece + content[end:]
    return content


def damaged_values(random: Random, seeds: list[bytes]) -> bytes:
    """A valid JSON file in which a few values are lost or others."""
    document = deepcopy(json.loads(random.choice(seeds)))
    for _ in range(random.randint(1, 4)):
        document = _with_other_value(random, document)
    return json.dumps(document).encode()


def responses(random: Random, _seeds: list[bytes]) -> bytes:
    """Top-level keys of a dump with entries that have any of the fields of their types, and any values."""
    keys = random.sample(
        (*RESPONSE_KEYS, *SINGULAR, *ALIASES, "NextToken", "Unobserved"), k=random.randint(1, 4)
    )
    return json.dumps({key: _entries(random, key) for key in keys}).encode()


DAMAGES: Mapping[str, Callable[[Random, list[bytes]], bytes]] = {
    "noise": noise,
    "damaged bytes": damaged_bytes,
    "damaged values": damaged_values,
    "responses": responses,
}


def _with_other_value(random: Random, value: Any) -> Any:  # noqa: ANN401  # any JSON
    inner = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    if not inner or random.random() < 0.02:
        return random.choice((*SCALARS, [], {}, [value], {"x": value}, value))
    step = random.choice(inner)
    if random.random() < 0.05:
        del value[step]
    else:
        value[step] = _with_other_value(random, value[step])
    return value


def _entries(random: Random, key: str) -> object:
    row = RESPONSE_KEYS.get(SINGULAR.get(key, ALIASES.get(key, key)))
    if row is None:
        return random.choice(("", None, [], [{"Answer": "Vpcs", "Reason": "denied"}]))
    entries = [_value(random, row.item) for _ in range(random.randrange(4))]
    return entries[0] if entries and key in SINGULAR else entries


def _value(random: Random, kind: Any, name: str = "") -> object:  # noqa: ANN401  # a type
    if random.random() < 0.002:
        return random.choice(SCALARS)
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = [each for each in msgspec.structs.fields(kind) if each.required or random.random() < 0.7]
        return {each.encode_name: _value(random, each.type, each.encode_name) for each in fields}
    inner = [each for each in getattr(kind, "__args__", ()) if each not in (..., NoneType)]
    if getattr(kind, "__origin__", None) is tuple:
        return [_value(random, inner[0]) for _ in range(random.randrange(3))]
    return _value(random, inner[-1], name) if inner else random.choice(_values_of(kind, name))


def _values_of(kind: type, name: str) -> Sequence[object]:
    if kind is str and "Protocol" in name:
        return ("-1", "6", "tcp", "1", "icmpv6", "0", "255")
    if kind in (str, bool, int, float):
        return [each for each in SCALARS if type(each) is kind and each not in ("\ud800", 1 << 70)]
    return ("10.0.0.1",) if kind is IPv4Address else ("10.0.0.0/8", "0.0.0.0/0", "192.0.2.0/24")
