"""The encodings of JSON files: PowerShell's `>` writes UTF-16, and some editors put a mark before UTF-8."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE


def as_utf8(raw: bytes) -> bytes:
    """The text in UTF-8 without a mark before it; raises UnicodeDecodeError for broken UTF-16."""
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return raw.decode("utf-16").encode()
    return raw.removeprefix(BOM_UTF8)
