"""The forms a date takes, as patterns over kinds of words, tried longest first at each place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from domain.dates.kinds import KINDS, pattern
from domain.dates.scan import Scan, Token

# What may stand before the number of the day: "aujourd'hui, lundi matin, le", "yesterday (Friday".
_WEEKDAY = "(this|past|next)? (weekday|short_weekday dot?) part_of_day?"
_ON = f"(relative comma? open? article?)? ({_WEEKDAY} comma? open? article{{0,2}})?"
_MONTH = "(month|short_month dot?)"
# One month under two names: "أبريل/نيسان", "يناير (كانون الثاني)".
_MONTHS = f"({_MONTH} ((slash|dash) month|open month close)?)"
_YEAR = "((comma|of|from|in|article){0,3} year gregorian_mark?)"
_LINK = "(of|from|in)"
# "mai dernier", "octobre de cette année", "مارس من السنة الماضية"
_MODIFIER = "(of? (this|past|next)|(of|from|in){0,2} article? year_period)"

_RULES: Final[dict[str, str]] = {
    "hijri": f"{_ON} (day|ordinal) {_LINK}{{0,3}} hijri_month {_LINK}{{0,3}} hijri_year hijri_mark?",
    # "du 26 au 28 juin", "les 13, 14 et 15 mars", "2 et 3 décembre 2024", "lundi 2 et mardi 3 mai"
    "range": f"(from|between)? article? {_ON} (day dot?|ordinal)"
    f" ((comma? (to|and)|comma|dash|slash) (article|from)? {_ON} (day dot?|ordinal)){{1,6}}"
    f" {_LINK}{{0,3}} {_MONTHS} {_YEAR}? {_MODIFIER}?",
    # "28 juin au 2 juillet 2024"
    "long_range": f"(from|between)? article? {_ON} (day dot?|ordinal) {_LINK}{{0,3}} {_MONTHS} {_YEAR}?"
    f" comma? (to|dash) article? {_ON} (day dot?|ordinal) {_LINK}{{0,3}} {_MONTHS} {_YEAR}?",
    # "entre le 28 juin et le 2 juillet": only after "between" does "and" make one range of two dates
    "between_range": f"between article? {_ON} (day dot?|ordinal) {_LINK}{{0,3}} {_MONTHS} {_YEAR}?"
    f" and article? {_ON} (day dot?|ordinal) {_LINK}{{0,3}} {_MONTHS} {_YEAR}?",
    # "June 26 to 28, 2024", "June 28 - July 2"
    "month_first_range": f"(from|between)? {_ON} {_MONTH} article? day"
    f" (to|and|dash) article? ({_MONTH} article?)? day (comma? year)?",
    "dashed": f"day dash {_MONTH} dash year",
    "date": f"{_ON} (day dot?|ordinal) {_LINK}{{0,3}} {_MONTHS} ({_YEAR}|{_MODIFIER})?",
    "date_after_modifier": f"(past|next) (day dot?) {_LINK}{{0,3}} {_MONTHS}",
    "month_first": f"(in|from|to)? article? {_ON} (past|next)? {_MONTH} article? day ((comma? of? year)|{_MODIFIER})?",
    "numeric": f"{_ON} numeric",
    "day_month": f"({_WEEKDAY} comma? article{{0,2}}|article|in|from|to) day_month",
    "day_of_month": f"{_ON} day {_LINK}{{0,3}} (period|same_month)",
    "weekday_of_week": f"{_WEEKDAY} comma? {_LINK}{{0,3}} article? period|period comma? weekday",
    "relative_weekday": "relative comma? open? article{0,2} weekday close?"
    "|weekday comma? open? article{0,2} relative close?",
    "weekday": f"{_WEEKDAY} (article? (past|next))?",
    "relative": "relative",
    "ago": "ago_before (day|count|number) unit|(day|count|number) unit ago_after",
    "ahead": "(ahead|in|between) (day|count|number) unit",
    "period": "period|year_period",
    "adjacent": "adjacent",
    "month_range": f"(from|between|of)? {_MONTH} {_YEAR}? (to|dash|and) {_MONTH} {_YEAR}",
    "month_year": f"((start|middle|end) dash? {_LINK}{{0,3}})? {_MONTHS} {_YEAR}",
    "month_part": f"(start|middle|end) dash? {_LINK}{{0,3}} article? {_MONTHS} {_MODIFIER}?",
    "month_modified": f"{_MONTHS} {_MODIFIER}|(past|next|this) {_MONTHS}",
    "month": f"(in|to) {_LINK}{{0,3}} article? {_MONTHS} ({_YEAR}|{_MODIFIER})?",
    "year_range": "(from|between|of) year (to|and|dash) year",
    "year": f"((start|middle|end) {_LINK}{{0,2}}|in) year",
}


@cache
def _grammar(month_first: bool) -> re.Pattern[str]:
    """Return all rules as one expression; only some languages put the month before the day."""
    rules = {
        name: rule
        for name, rule in _RULES.items()
        if month_first or not name.startswith("month_first")
    }
    return re.compile("|".join(f"(?P<{name}>{pattern(rule)})" for name, rule in rules.items()))


# Only a run of words that can all stand in a date, one of which must be there, is searched: most
# runs are an article or a preposition alone.
_OUTSIDE = "".join(KINDS[name] for name in ("other", "newline", "stop", "clock", "every"))
_CORE = "".join(
    KINDS[name]
    for name in (
        "month", "short_month", "hijri_month", "weekday", "relative", "adjacent", "period", "year_period", "unit",
        "numeric", "day_month", "year",
    )
)  # fmt: skip
_RUN = re.compile(rf"[^{_OUTSIDE}]+")
_HAS_CORE = re.compile(f"[{_CORE}]")
# Small words that lead to a date and are no part of it.
_LEADING: Final = "".join(KINDS[name] for name in ("from", "between", "article", "in", "to", "of"))
_KEEPS_LEAD: Final = frozenset({"ago", "ahead", "period", "relative", "adjacent"})


def matches(scan: Scan) -> Iterator[tuple[str, int, int, list[Token]]]:
    """Yield each form found as (rule, first token, token after the last, its tokens)."""
    kinds, tokens = scan.kinds, scan.tokens
    grammar = _grammar(scan.lexicon.month_first)
    found = (
        match
        for run in _RUN.finditer(kinds)
        if _HAS_CORE.search(kinds, run.start(), run.end())
        for match in grammar.finditer(kinds, run.start(), run.end())
    )
    for match in found:
        rule = match.lastgroup or ""
        first, last = match.span()
        if rule not in _KEEPS_LEAD:
            while tokens[first].kind in _LEADING:
                first += 1
        if tokens[last - 1].kind == KINDS["dot"] and tokens[last - 2].kind != KINDS["short_month"]:
            last -= 1  # the full stop of the sentence
        yield rule, first, last, tokens[first:last]
