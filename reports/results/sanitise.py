"""What must not leave the machine in a report: secrets, and where its user keeps files."""

import re
from collections.abc import Sequence
from pathlib import Path
from unicodedata import category

HIDDEN = "***"
_INVISIBLE = ("Cc", "Cf", "Cs", "Zl", "Zp")
_SENSITIVE = (
    r"[\w.-]*(?:secret|token|password|passwd|credential|api[_-]?key|access[_-]?key|private[_-]?key)[\w.-]*"
)
_SECRETS = (
    # AWS access key IDs: IAM User Guide, "Understanding unique ID prefixes" (AKIA long-term, ASIA temporary).
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{12,}\b"),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s@]+(?=@)|(?i:(?<=[=:\s])bearer\s+\S+)"),
    re.compile(r"(?i)(?<=X-Amz-Signature=)[0-9a-f]+|(?<=X-Amz-Security-Token=)[^&\s]+"),
)
_ASSIGNMENT = re.compile(rf"(?i)\b({_SENSITIVE})(\s*[=:]\s*)(\"[^\"]*\"|'[^']*'|[^\s,;&]+)")
_SECRET_OPTION = re.compile(rf"(?i)^--?{_SENSITIVE}$")
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
)
_SIGNS = ("AKIA", "ASIA", "BEGIN")
_SIGNS_OF_ANY_CASE = ("://", "bearer", "x-amz-", "secret", "token", "passw", "credential", "key")


def may_hold_secrets(text: str) -> bool:
    """Whether some pattern of a secret could match; nearly no text of a report need be searched."""
    lowered = text.lower()
    return any(sign in text for sign in _SIGNS) or any(sign in lowered for sign in _SIGNS_OF_ANY_CASE)


def without_secrets(text: str) -> str:
    """The text with keys, tokens, passwords and URL credentials replaced by `***`."""
    if not may_hold_secrets(text):
        return text
    text = _PRIVATE_KEY.sub(HIDDEN, text)
    for pattern in _SECRETS:
        text = pattern.sub(HIDDEN, text)
    return _ASSIGNMENT.sub(rf"\1\2{HIDDEN}", text)


def shown(text: str) -> str:
    r"""The text with characters that hide or reorder others spelt out, such as `\u202e`."""
    if text.isprintable():
        return text
    return "".join(
        char if char in "\n\t" or category(char) not in _INVISIBLE else _spelt(char) for char in text
    )


def command_line(arguments: Sequence[str], root: Path) -> tuple[str, ...]:
    """The arguments without secrets.

    Paths below `root` are made relative, other absolute paths cut to their name.
    """
    words: list[str] = []
    hide_next = False
    for argument in arguments:
        words.append(HIDDEN if hide_next else _without_paths(without_secrets(argument), root))
        hide_next = bool(_SECRET_OPTION.match(argument))
    return tuple(words)


def _without_paths(argument: str, root: Path) -> str:
    """A path may stand alone, after `=` or after a source's name (`dump:/home/me/net`)."""
    local = re.sub(rf"(?<![\w/]){re.escape(str(root))}(?:/|(?![\w.-]))", "", argument)
    return re.sub(
        r"(?<![\w./:])/(?:[^/\s]+/)+(?=[^/\s]+)|(?<=\w:)/(?!/)(?:[^/\s]+/)+(?=[^/\s]+)", "…/", local
    )


def _spelt(char: str) -> str:
    return f"\\u{ord(char):04x}"
