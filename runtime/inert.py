"""Makes foreign text inert for terminals and logs: what a terminal would obey is shown as its number."""

from __future__ import annotations

import unicodedata

# Cc: ESC, carriage return, C1 codes. Cf: direction overrides, zero-width signs. Zl, Zp: line breaks to some. Cs: half
# characters, which cannot be written at all.
_OBEYED = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})


def inert(text: str, keep: str = "") -> str:
    """Return the text with control, direction and half characters as `\\x1b` or `\\u202e`; those of `keep` stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or not _is_obeyed(c) else _number(c) for c in text)


def _is_obeyed(c: str) -> bool:
    return unicodedata.category(c) in _OBEYED


def _number(c: str) -> str:
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(c)
    code = ord(c)
    return named or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")
