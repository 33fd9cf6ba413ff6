"""How the tables of these tests write down what was read: short enough to stand beside the sentence."""

from __future__ import annotations

from datetime import date

from domain.dates.expressions import DateMention, find_dates

# A Wednesday, so that each weekday has a different distance.
ANCHOR = date(2024, 4, 24)


def told(mention: DateMention) -> str:
    """Return the mention as `2024-04-22`, `2024-06-26..2024-06-28`, or `?` with the weekday if open."""
    if mention.day:
        return mention.day.isoformat()
    if mention.earliest and mention.latest:
        return f"{mention.earliest}..{mention.latest}"
    return "?" if mention.weekday is None else f"?{mention.weekday}"


def read(text: str, lang: str, anchor: date | None = ANCHOR) -> str:
    """Return all mentions of a text, separated by spaces."""
    return " ".join(told(mention) for mention in find_dates(text, lang, anchor))
