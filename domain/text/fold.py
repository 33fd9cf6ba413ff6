"""A match-friendly form of a text, with an exact way back to the original offsets.

Every character is folded on its own, without looking at its neighbours. That keeps the work in one
`str.translate` call and makes the map back to the original exact: only the characters whose folded
form is not one character long have to be remembered.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cached_property

_SINGLE_QUOTES = "’‘‚‛`´ʼʹ′＇"
_DOUBLE_QUOTES = "«»“”„‟″＂"
_DASHES = "‐‑‒–—―−﹘﹣－"
# Letters that NFKD leaves whole although a reader takes them for their plain neighbour.
_LETTERS = {
    "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "þ": "th",
    "ى": "ي", "ی": "ي", "ې": "ي", "ے": "ي", "ة": "ه", "ە": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه",
    "ک": "ك", "گ": "ك", "ڭ": "ك", "ݣ": "ك", "ڤ": "ف", "ڥ": "ف", "پ": "ب", "ٱ": "ا",
    "ـ": "", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip
_FIXED: dict[str, str] = {
    **dict.fromkeys(_SINGLE_QUOTES, "'"),
    **dict.fromkeys(_DOUBLE_QUOTES, '"'),
    **dict.fromkeys(_DASHES, "-"),
    **_LETTERS,
}


def _fold_part(char: str) -> str:
    """Return the folded form of one already decomposed, lower-case character."""
    if char in _FIXED:
        return _FIXED[char]
    category = unicodedata.category(char)
    if category in ("Mn", "Me", "Cf"):
        return ""  # accents, tashkeel, bidi marks, zero-width joiners, soft hyphens
    if category == "Zs":
        return " "
    if category == "Nd":
        return str(unicodedata.decimal(char))
    return char


def _fold_char(char: str) -> str:
    """Return the folded form of any one character; it may be empty or several characters long."""
    if char in _FIXED:
        return _FIXED[char]
    decomposed = unicodedata.normalize("NFKD", char)
    lowered = unicodedata.normalize("NFKD", decomposed.lower())
    return "".join(_fold_part(part) for part in lowered)


class _Table(dict[int, str]):
    """Translate table that fills itself; `odd` holds the characters not folded to one character."""

    def __init__(self) -> None:
        super().__init__()
        self.odd: set[str] = set()

    def __missing__(self, code: int) -> str:
        folded = _fold_char(chr(code))
        if len(folded) != 1:
            self.odd.add(chr(code))
        self[code] = folded
        return folded


_TABLE = _Table()


@dataclass(frozen=True)
class Folded:
    """A folded text, and where each part of it stands in the original."""

    text: str
    original: str = field(repr=False)

    @cached_property
    def _shifts(self) -> tuple[list[int], list[int], list[int]]:
        """Return, for each odd character: its folded offset, its offset, its folded length."""
        table, odd = _TABLE, _TABLE.odd
        folded_at: list[int] = []
        original_at: list[int] = []
        lengths: list[int] = []
        if odd.isdisjoint(self.original):
            return folded_at, original_at, lengths
        shift = 0
        for index, char in enumerate(self.original):
            if char in odd:
                length = len(table[ord(char)])
                folded_at.append(index + shift)
                original_at.append(index)
                lengths.append(length)
                shift += length - 1
        return folded_at, original_at, lengths

    def _locate(self, offset: int) -> int:
        """Return the original offset of the character that the folded character came from."""
        folded_at, original_at, lengths = self._shifts
        nearest = bisect_right(folded_at, offset) - 1
        if nearest < 0:
            return offset
        beyond = offset - folded_at[nearest] - lengths[nearest]
        return original_at[nearest] if beyond < 0 else original_at[nearest] + 1 + beyond

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the original range whose folding is the folded range [start, end).

        Marks that fold to nothing (tashkeel, combining accents) belong to the character before
        them, so a range that ends on a letter takes the marks of that letter along.
        """
        if not 0 <= start <= end <= len(self.text):
            raise ValueError(f"span: [{start}, {end}): expected within [0, {len(self.text)}]")
        size = len(self.original)
        if start == end:
            at = self._locate(start) if start < len(self.text) else size
            return at, at
        first, last = self._locate(start), self._locate(end - 1) + 1
        table, original = _TABLE, self.original
        while last < size and not table[ord(original[last])]:
            last += 1
        return first, last


def fold(text: str) -> Folded:
    """Return the match-friendly form of a text: lower case, no accents, Arabic letters unified."""
    return Folded(text.translate(_TABLE), text)


def fold_term(term: str) -> str:
    """Return a dictionary entry in the form in which it occurs in a folded text."""
    return " ".join(term.translate(_TABLE).split())
