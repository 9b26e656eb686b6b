"""Makes text that others wrote (names from AWS, output of hosts, files) safe to show.

Every output shows such text through `shown`, which spells out characters that control, reorder or hide others,
masks secrets, and bounds the length. Each format then escapes its own syntax. The work is linear in the length
of the text.
"""

import re
from functools import cache, lru_cache
from typing import Any, TypeVar, cast
from unicodedata import category

import msgspec

MASK = "***"
LIMIT = 4000
SHORT = 200

# Control, format (bidirectional, zero width), surrogate, private use, unassigned, line and paragraph separator.
_SPELT_OUT = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Invisible, although of another category: fillers, joiners and variation selectors.
# https://www.unicode.org/Public/UCD/latest/ucd/DerivedCoreProperties.txt (Default_Ignorable_Code_Point)
_INVISIBLE = frozenset(
    map(chr, (0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x3164, 0xFFA0))
) | frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))

_LAYOUT = dict.fromkeys(map(ord, "\n\t"))

# No text without one of these holds a secret; nearly no text has one.
_SIGNS = ("AKIA", "ASIA", "eyJ", "IQoJ", "FwoG", "FQoG", "://", "-----BEGIN ")
_SIGNS_OF_ANY_CASE = (
    *("secret", "token", "pass", "pwd", "key", "credential", "signature", "authorization", "bearer"),
    *("gho_", "ghp_", "ghr_", "ghs_", "ghu_", "github_pat_", "glpat-", "xapp-", "xox", "hooks.slack.com"),
)

Value = TypeVar("Value")


def shown(text: str, limit: int = LIMIT) -> str:
    """The text as every output shows it: visible, without secrets, cut with a note after `limit` characters."""
    safe = _short(text) if len(text) <= SHORT else without_secrets(visible(text[: 2 * limit]))
    if len(safe) <= limit and len(text) <= 2 * limit:
        return safe
    note = f"… ({len(text)} characters)"
    return safe[: limit - len(note)] + note


@lru_cache(maxsize=4096)
def _short(text: str) -> str:
    """A name, which a report shows many times."""
    return without_secrets(visible(text))


def one_line(text: str, limit: int = LIMIT) -> str:
    """`shown` for a name or a value: a line break in it cannot pass for a line of the report."""
    return shown(text, limit).replace("\n", "\\n").replace("\t", "\\t")


def cleaned(value: Value) -> Value:
    """A record, or builtins, with every text in it `shown`."""
    clean: Any = value
    if type(value) is str:
        clean = shown(str(value))
    elif isinstance(value, list | tuple):
        clean = type(value)(map(cleaned, value))
    elif isinstance(value, dict):
        clean = {cleaned(name): cleaned(item) for name, item in value.items()}
    elif isinstance(value, msgspec.Struct):
        fields = {name: cleaned(getattr(value, name)) for name in value.__struct_fields__}
        clean = msgspec.structs.replace(value, **fields)
    return cast("Value", clean)


def visible(text: str) -> str:
    r"""The text with characters that control, reorder or hide others spelt out, such as `\u202e`.

    Line breaks and tabs stay.
    """
    if text.translate(_LAYOUT).isprintable() and (text.isascii() or _INVISIBLE.isdisjoint(text)):
        return text
    return "".join(char if _is_visible(char) else _spelt_out(char) for char in text.replace("\r\n", "\n"))


def without_secrets(text: str) -> str:
    """The text with passwords, keys and tokens replaced by `***`. IDs, ARNs, hashes and fingerprints stay."""
    if not _may_hold_secrets(text):
        return text
    for pattern in _patterns():
        text = pattern.sub(_masked, text)
    return text


# Of a match the groups are kept, the rest is masked. A repeat without limit never gives back what it took (`*+`),
# or stays within a word that is tried once: so no input makes a search more than linear.
_TOKENS = r"""
    -----BEGIN\ [A-Z0-9 ]{0,40}PRIVATE\ KEY[A-Z ]{0,10}-----(?:(?!-----END\ ).)*+(?:-----END[A-Z0-9 ]{0,60}-----)?
    # An access key ID, alone or followed by its secret access key.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    | (?<![A-Za-z0-9])A[KS]IA[A-Z0-9]{12}[A-Z0-9]*+(?:[\s:,;"'/]{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+]))?
    # Session tokens of AWS; tokens of GitHub, GitLab and Slack; JSON Web Tokens.
    | (?<![A-Za-z0-9])(?:IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz)[\w+/=%-]*+
    | (?<![A-Za-z0-9])(?:gh[oprsu]_|github_pat_|glpat-|xapp-|xox[a-z]-)[\w-]{10}[\w-]*+
    | (hooks\.slack\.com/services/)\w[\w/]*+
    | (?<![\w-])eyJ[\w-]*+\.[\w-]++\.[\w-]*+
"""
_SENSITIVE = r"""(?i:secret|token|passw|passphrase|[_-]pwd\b|[_-]pass\b|credentials?=|signature=\w{16}
    |(?:access|account|api|private|signing)[_-]?key|(?:access|api)\ key\b)"""
# Keys that tell about a secret, error codes of AWS, and names of API actions before a colon.
_HARMLESS = r"""[\w.-]*?(?:[_.-](?i:arn|expiry|file|id|name|path|policy|ttl|type|uri|url|version)
        |(?:Arn|File|Id|Name|Path|Policy|Type|Uri|Url|Version)|(?i:credential[_-](?:process|source)))(?![\w.-])
    |secretsmanager:|(?i:client|continuation|next|pagination)[_-]?[Tt]oken\b
    |(?:Bad|Expired|Incorrect|Invalid|Malformed|Missing)\w*Token
    |(?:Assume|Create|Delete|Get|List|Put|Update)[A-Z]\w*+:
    |(?<=\d:)secret:|[\w.-]*?(?i:private[_-]?key)["']?\s{0,8}[:=]\s{0,8}["']?(?:~|\.{0,2}/)"""
_NO_VALUE = r"""["'\\]*+(?:\*\*\*|\*{0,2}…|arn:|[{[][\s"'{[]|\$[A-Z({]|(?i:true|false|none|null)\b)"""
_IN_CONTEXT = rf"""
    ((?i:authorization)\\*+["']?\s{{0,8}}[:=]\s{{0,8}}\\*+["']?)\w[^\r\n"'\\]*+
    | ((?<!\w)(?i:bearer)[\s:=]{{1,8}})(?=[\w.~+/-]{{0,128}}\d)[\w.~+/-]{{8}}[\w.~+/=-]*+
    | (://)[^\s/:@"'<>[\]]{{0,128}}+:(?!\d{{1,5}}[/?\#\s])(?:[^\s/"'<>]{{1,128}}|[^\s"'<>]{{1,128}}?)(?=@)
    # KEY=value, KEY: value, "KEY": "value", <KEY>value, --KEY value, sshpass -p value
    | ((?<![\w.-])(?>(?=[\w.-]*?{_SENSITIVE})(?!{_HARMLESS})
        (?:--?[a-z][\w.-]*+\s{{1,8}}+(?![-:=])
          |[\w.-]++(?:\ (?:access\ )?key)?\\*+["']?(?:\s{{0,8}}+(?:=>|:=|[:=])\s{{0,8}}+|>))
        |sshpass\s{{1,8}}+-p\s{{0,8}}+))
      (?!{_NO_VALUE})
      (?:(?P<quote>\\++["'])(?:(?!(?P=quote)).)*+|(")(?:[^"\\]|\\.)*+|(')(?:[^'\\]|\\.)*+|[^\s,;&<]++)
"""


@cache
def _patterns() -> tuple[re.Pattern[str], ...]:
    """What is a secret by itself, and then what is one by the words before it; compiled when first needed."""
    return tuple(re.compile(text, re.VERBOSE | re.DOTALL) for text in (_TOKENS, _IN_CONTEXT))


def _may_hold_secrets(text: str) -> bool:
    for sign in _SIGNS:
        if sign in text:
            return True
    lowered = text.lower()
    for sign in _SIGNS_OF_ANY_CASE:  # noqa: SIM110  # a generator would double the time, and every text comes here
        if sign in lowered:
            return True
    return False


def _masked(found: re.Match[str]) -> str:
    return "".join(filter(None, found.groups())) + MASK


def _is_visible(char: str) -> bool:
    return char in "\n\t" or not (category(char) in _SPELT_OUT or char in _INVISIBLE)


def _spelt_out(char: str) -> str:
    return f"\\u{ord(char):04x}" if char <= "\uffff" else f"\\U{ord(char):08x}"
