"""Finds what a text says of days, in seven languages, and the publication stamps among its lines."""

from __future__ import annotations

from datetime import date

from domain.dates.found import Found
from domain.dates.grammar import matches
from domain.dates.joins import (
    join_apposed_weekdays,
    join_hijri_pairs,
    join_weekday_pairs,
    settle_weekdays,
    settle_years,
)
from domain.dates.lexicon import lexicon
from domain.dates.mention import DateKind, DateMention, Direction, Precision
from domain.dates.resolve import resolve
from domain.dates.scan import scan
from domain.dates.stamps import stamp_lines
from domain.model import LANGUAGES

__all__ = [
    "DateKind",
    "DateMention",
    "Direction",
    "Precision",
    "find_dates",
    "self_dated",
    "settle_years",
]


def find_dates(text: str, lang: str, anchor: date | None) -> tuple[DateMention, ...]:
    """Return the expressions of time in a text, in order, resolved as far as can be known.

    Args:
        text: Any text; offsets of the mentions are into it.
        lang: Language code; one without date words here yields nothing.
        anchor: The day the text speaks from (its publication), or None if unknown. Without it only
            what carries a year is resolved, and what such a date in the text makes certain.
    """
    words = lexicon(lang)
    if words is None:
        return ()
    scanned = scan(text, words)
    found: list[DateMention] = []
    hijri: set[int] = set()
    before: DateMention | None = None
    for rule, first, last, tokens in matches(scanned):
        mention = resolve(Found(scanned, rule, first, last, tokens, anchor, before))
        if mention is None:
            continue
        found.append(mention)
        if rule == "hijri":
            hijri.add(mention.start)
        if mention.day:
            before = mention
    mentions = join_apposed_weekdays(text, join_hijri_pairs(text, found, hijri))
    mentions = join_weekday_pairs(text, mentions)
    return tuple(settle_weekdays(mentions, anchor) if anchor else settle_years(mentions))


def self_dated(text: str, lang: str) -> tuple[date, ...]:
    """Return the publication days that short lines of the text state, most credible first.

    A page often carries its furniture in another language than its article, so a line is read in
    the language of the article first and in the others after it.
    """
    languages = (lang, *(other for other in ("en", "fr", "ar", *LANGUAGES) if other != lang))
    days: list[date] = []
    for line in stamp_lines(text):
        for language in languages:
            mentions = find_dates(line, language, None)
            day = next((m.day for m in mentions if m.kind == "absolute" and m.day), None)
            if day:
                if day not in days:
                    days.append(day)
                break
    return tuple(days)
