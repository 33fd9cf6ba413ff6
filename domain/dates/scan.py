"""Cuts a folded text into words and numbers and says of each what it can be in a date."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

from domain.dates.kinds import KINDS, NEWLINE, OTHER, PUNCTUATION
from domain.dates.lexicon import WORD, Entry, Lexicon
from domain.dates.reckoning import hijri_date, safe_date
from domain.text.fold import Folded, fold

FIRST_YEAR, LAST_YEAR = 1800, 2099
FIRST_HIJRI_YEAR, LAST_HIJRI_YEAR = 1343, 1500

_PIECE = re.compile(
    rf"""
    (?P<word>{WORD})
  | (?P<iso>(?<![\d./-])\d{{4}}-\d\d-\d\d(?:t\d\d:\d\d[\d:.]*(?:z|[+-]\d\d:?\d\d)?)?(?![\d/-]))
  | (?P<numeric>(?<![\d./-])(?:
        \d{{1,2}}[ ]?(?P<sep>[/.-])[ ]?\d{{1,2}}[ ]?(?P=sep)[ ]?\d{{4}}
      | \d{{4}}(?P<sep2>[/.])\d{{1,2}}(?P=sep2)\d{{1,2}}
      | \d{{1,2}}(?P<sep3>[/.])\d{{1,2}}(?P=sep3)\d\d
    )(?![\d/]|[.-]\d))
  | (?P<clock>\d{{1,2}}(?::\d\d(?::\d\d)?|[ ]?h[ ]?\d\d(?!\d)|h(?![a-z])))
  | (?P<day_month>(?<![\d./-])\d{{1,2}}(?:/\d{{1,2}}(?![\d/])|\.[ ]?\d{{1,2}}\.(?!\d)))
  | (?P<decimal>\d++(?:[.,/:]\d++)+|\d++(?:[.,]\d++)?[ ]?%)
  | (?P<number>\d++)(?:(?:er|ere|st|nd|rd|th|o|a|e|de|ste|re|°)(?![a-z]))?(?![a-z])
  | (?P<glued>\d+[a-z]\w*)
  | (?P<newline>[\n\r\v\f\x85]+)
  | (?P<sign>\S)
    """,
    re.VERBOSE,
)
_NUMBERS = re.compile(r"\d+")
_AND = "و"  # "and", which Arabic writes onto the next word


class Token(NamedTuple):
    """One word, number or sign; `start` and `end` are offsets in the folded text."""

    kind: str
    start: int
    end: int
    word: str
    number: int = 0
    unit: str = ""
    day: date | None = None


@dataclass(frozen=True)
class Scan:
    """A text as tokens, and the letters of their kinds as one string for the grammar."""

    folded: Folded
    lexicon: Lexicon
    tokens: list[Token]

    @cached_property
    def kinds(self) -> str:
        """The kinds of all tokens, one letter each."""
        return "".join([token[0] for token in self.tokens])

    def written(self, token: Token) -> str:
        """Return the token as it stands in the original text."""
        start, end = self.folded.span(token.start, token.end)
        return self.folded.original[start:end]


def _numeric_date(text: str, lexicon: Lexicon) -> date | None:
    """Return the day of 22/04/2024, 2024/04/22 or 22.04.24; day first unless that is impossible."""
    parts = _NUMBERS.findall(text)
    first, second, third = (int(part) for part in parts[:3])
    if len(parts[0]) == 4:
        year, month, day = first, second, third
    else:
        day, month, year = first, second, third
        if len(parts[2]) == 2:
            year += 2000 if year < 70 else 1900
        if lexicon.month_first and month > 12 >= day:
            day, month = month, day
    if FIRST_HIJRI_YEAR <= year <= LAST_HIJRI_YEAR and lexicon.lang == "ar":
        return hijri_date(year, month, day)
    return safe_date(year, month, day) if FIRST_YEAR <= year <= LAST_YEAR else None


def _number_kind(digits: str) -> str:
    """Return what a bare number can be."""
    value = int(digits) if len(digits) <= 4 else 0
    if len(digits) <= 2:
        return KINDS["day"] if 1 <= value <= 31 else KINDS["number"]
    if len(digits) == 4 and FIRST_YEAR <= value <= LAST_YEAR:
        return KINDS["year"]
    if len(digits) == 4 and FIRST_HIJRI_YEAR <= value <= LAST_HIJRI_YEAR:
        return KINDS["hijri_year"]
    return KINDS["number"]


def _digit_token(group: str, text: str, start: int, end: int, lexicon: Lexicon) -> Token:
    """Return the token of something that begins with a digit."""
    if group == "number":
        digits = _NUMBERS.match(text)
        kind = _number_kind(digits.group()) if digits else OTHER
        value = int(digits.group()) if digits and len(digits.group()) <= 4 else 0
        return Token(kind, start, end, text, value)
    if group in ("iso", "numeric"):
        day = _numeric_date(text, lexicon)
        return Token(KINDS["numeric"] if day else KINDS["number"], start, end, text, 0, "", day)
    if group == "day_month":
        day_number, month = (int(part) for part in _NUMBERS.findall(text)[:2])
        # A leap year, so that 29 February is a day of the year.
        kind = KINDS["day_month"] if safe_date(2000, month, day_number) else KINDS["number"]
        return Token(kind, start, end, text, day_number * 100 + month)
    return Token(KINDS["clock"] if group == "clock" else KINDS["number"], start, end, text)


def _pieces(text: str, lexicon: Lexicon) -> list[Token]:
    """Return the words, numbers and signs of a folded text, words still without a kind."""
    found: list[Token] = []
    add = found.append
    for match in _PIECE.finditer(text):
        group = match.lastgroup or ""
        start, end = match.span()
        piece = match.group()
        if group == "word":
            add(Token(OTHER, start, end, piece))
        elif group == "sign":
            add(Token(PUNCTUATION.get(piece, OTHER), start, end, piece))
        elif group == "newline":
            add(Token(NEWLINE, start, end, "\n"))
        else:
            add(_digit_token(group, piece, start, end, lexicon))
    return found


def _fits(entry: Entry, pieces: list[Token], at: int, folded: Folded) -> bool:
    """Tell whether the text at a position is the entry, in a spelling it accepts."""
    size = len(entry.rest)
    if size:
        window = pieces[at + 1 : at + 1 + size]
        if len(window) < size or any(p.word != w for p, w in zip(window, entry.rest, strict=True)):
            return False
    if not (entry.written or entry.capital or entry.dotted):
        return True
    start, end = folded.span(pieces[at].start, pieces[at + size].end)
    written = folded.original[start:end]
    if entry.written and written.lower() != entry.written:
        return False
    if entry.capital and not written[:1].isupper():
        return False
    after = pieces[at + size + 1].kind if at + size + 1 < len(pieces) else ""
    return not entry.dotted or after in (KINDS["dot"], KINDS["year"])


def scan(text: str, lexicon: Lexicon) -> Scan:
    """Return the text as tokens of the language's date grammar."""
    folded = fold(text)
    pieces = _pieces(folded.text, lexicon)
    tokens: list[Token] = []
    at, size = 0, len(pieces)
    words, phrases, first_words = lexicon.words, lexicon.phrases, lexicon.first_words
    while at < size:
        piece = pieces[at]
        if piece.word[0] == _AND and _hides_and(piece.word, lexicon):
            tokens.append(Token(KINDS["and"], piece.start, piece.start + 1, _AND))
            piece = pieces[at] = Token(OTHER, piece.start + 1, piece.end, piece.word[1:])
        at += 1
        word = piece.word
        if word not in first_words:
            tokens.append(piece)
            continue
        following = pieces[at].word if at < size else ""
        known = phrases.get((word, following), ()) + words.get(word, ())
        entry = next((e for e in known if _fits(e, pieces, at - 1, folded)), None)
        if entry is None:
            tokens.append(piece)
            continue
        at += len(entry.rest)
        end = pieces[at - 1].end
        word = folded.text[piece.start : end] if entry.rest else word
        tokens.append(Token(entry.kind, piece.start, end, word, entry.number, entry.unit))
    return Scan(folded, lexicon, tokens)


def _hides_and(word: str, lexicon: Lexicon) -> bool:
    """Tell whether an Arabic word is "and" written onto a date word."""
    known = lexicon.first_words
    return lexicon.lang == "ar" and word not in known and word[1:] in known
