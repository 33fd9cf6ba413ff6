"""The date words of one language, read from `domain/dates/data` and folded for matching."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from domain.dates.kinds import KINDS, OTHER
from domain.model import LANGUAGES
from domain.text.fold import fold_term

# A word of a folded text: letters with an apostrophe that ends an elided article, or a Latin name
# with digits in it ("g20"), which must not yield the digits as a day.
WORD = r"[^\W\d_]+(?:(?<=[a-z])\d\w*|')?"
_PIECE = re.compile(rf"{WORD}|\d+|\S")
_SIMPLE = (
    "past", "next", "this", "from", "between", "to", "and", "of", "article", "in", "start",
    "middle", "end", "ago_before", "ago_after", "ahead", "part_of_day", "every", "hijri_mark",
    "gregorian_mark",
)  # fmt: skip
_PREFIXED = {"weekday", "month", "relative", "start", "middle", "end", "in", "period", "ordinal"}


class Entry(NamedTuple):
    """A word or phrase: the words after its first, what it is, and how it must be written."""

    rest: tuple[str, ...]
    kind: str
    number: int = 0
    unit: str = ""
    written: str = ""  # exact lower-case spelling, if the folded one is ambiguous
    capital: bool = False
    dotted: bool = False


@dataclass(frozen=True)
class Lexicon:
    """Everything one language says of dates."""

    lang: str
    words: dict[str, tuple[Entry, ...]]
    phrases: dict[tuple[str, str], tuple[Entry, ...]]  # by first two words, longest first
    first_words: frozenset[str]
    month_first: bool
    ahead: frozenset[str]
    since: frozenset[str]
    until: frozenset[str]
    named_before: frozenset[str]
    named_after: frozenset[str]
    attacks: frozenset[str]
    named_days: dict[tuple[int, int], int]
    future: frozenset[str]
    future_prefixes: tuple[str, ...]
    future_suffixes: tuple[str, ...]
    future_exceptions: frozenset[str]
    past: frozenset[str]
    breaks: frozenset[str]
    folded_cues: frozenset[str]  # all of them, folded: a quick look before the exact one
    folded_affixes: tuple[tuple[str, ...], tuple[str, ...]]  # future prefixes and suffixes


def pieces(term: str) -> tuple[str, ...]:
    """Return a phrase cut into the words that the reader of texts cuts."""
    return tuple(_PIECE.findall(fold_term(term)))


def _read(name: str) -> dict[str, Any]:
    """Return one data file as a dictionary."""
    data = files("domain.dates").joinpath("data", f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(data)


def _listed(data: dict[str, Any]) -> Iterator[tuple[str, str, int, str]]:
    """Yield every phrase of a language file as (phrase, kind, number, unit)."""
    numbered = {
        "months": "month", "months_short": "short_month", "hijri_months": "hijri_month",
        "weekdays": "weekday", "weekdays_short": "short_weekday", "days": "relative",
        "adjacent": "adjacent", "numbers": "count", "ordinals": "ordinal",
    }  # fmt: skip
    for section, kind in numbered.items():
        for number, terms in data.get(section, {}).items():
            yield from ((term, kind, int(number), "") for term in terms)
    for key, terms in data["periods"].items():
        unit, _, offset = key.rpartition(" ")
        kind = {"same": "same_month", "year": "year_period"}.get(unit, "period")
        yield from ((term, kind, int(offset), unit) for term in terms)
    for unit, terms in data["units"].items():
        yield from ((term, "unit", 0, unit) for term in terms)
    for role in _SIMPLE:
        yield from ((term, role, 0, "") for term in data["words"].get(role, ()))
    yield from ((term, "other", 0, "") for term in data["guards"]["not_dates"])


def _spellings(term: str, kind: str, data: dict[str, Any]) -> Iterator[str]:
    """Yield the phrase, and in Arabic also with the particles that are written onto it."""
    yield term
    if kind not in _PREFIXED or term in data["guards"].get("no_prefix", ()):
        return
    for prefix in data.get("prefixes", ()):
        yield f"لل{term[2:]}" if prefix == "ل" and term.startswith("ال") else prefix + term


def _entries(data: dict[str, Any]) -> dict[tuple[str, str], tuple[Entry, ...]]:
    """Return words and phrases by their first two words; of equal ones the first listed stays."""
    guards = data["guards"]
    exact, capital, dotted = (set(guards[name]) for name in ("exact", "capital", "dotted"))
    found: dict[tuple[str, str], dict[tuple[tuple[str, ...], bool], Entry]] = {}
    for term, kind, number, unit in _listed(data):
        for spelling in _spellings(term, kind, data):
            first, *rest = pieces(spelling)
            entry = Entry(
                tuple(rest), KINDS[kind], number, unit,
                term.lower() if term in exact else "", term in capital, term in dotted,
            )  # fmt: skip
            key = (first, rest[0] if rest else "")
            found.setdefault(key, {}).setdefault((entry.rest, bool(entry.written)), entry)
    # A phrase that hides dates wins over a date phrase of the same length.
    return {
        key: tuple(
            sorted(
                entries.values(),
                key=lambda entry: (-len(entry.rest), entry.kind != OTHER, not entry.written),
            )
        )
        for key, entries in found.items()
    }


@cache
def lexicon(lang: str) -> Lexicon | None:
    """Return the date words of a language, or None if it has none here."""
    if lang not in LANGUAGES:
        return None
    data, shared = _read(lang), _read("shared")
    guards, cues = data["guards"], data["cues"]
    named_days = {(int(day[:2]), int(day[3:])): year for day, year in shared["named_days"].items()}

    # Cues are compared as written in Latin script, where an accent tells "a" from "à", and folded
    # in Arabic, where the spelling of hamza and final ya varies.
    def cue_set(name: str) -> frozenset[str]:
        words = cues.get(name, ())
        return frozenset(fold_term(w) if lang == "ar" else w.lower() for w in words)

    entries = _entries(data)
    return Lexicon(
        lang=lang,
        words={first: found for (first, second), found in entries.items() if not second},
        phrases={key: found for key, found in entries.items() if key[1]},
        first_words=frozenset(first for first, _ in entries),
        month_first=bool(data.get("month_first", False)),
        ahead=frozenset(map(fold_term, data["words"]["ahead"])),
        since=frozenset(map(fold_term, cues["since"])),
        until=frozenset(map(fold_term, cues["until"])),
        named_before=frozenset(map(fold_term, guards["named_before"])),
        named_after=frozenset(map(fold_term, guards["named_after"])),
        attacks=frozenset(map(fold_term, guards["attacks"])),
        named_days=named_days,
        future=cue_set("future"),
        future_prefixes=tuple(map(fold_term, cues.get("future_prefixes", ()))),
        future_suffixes=tuple(cues.get("future_suffixes", ())),
        future_exceptions=cue_set("future_exceptions"),
        past=cue_set("past"),
        breaks=cue_set("breaks"),
        folded_cues=frozenset(
            fold_term(word) for name in ("future", "past", "breaks") for word in cues[name]
        ),
        folded_affixes=(
            tuple(map(fold_term, cues.get("future_prefixes", ()))),
            tuple(map(fold_term, cues["future_suffixes"])),
        ),
    )
