"""Days an article tells, each with the features that speak for or against its being the event's own.

The last candidate is no day at all: the article tells none of the event's, so the day it was
published, or nothing, stands in. Which feature weighs how much is learnt (`python -m bench.train_fields`).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line, anchor_day
from domain.dates.expressions import DateMention
from domain.model import Act
from domain.text.fold import fold

_DEED_CUES: dict[Act | None, tuple[str, ...]] = {
    Act.ARREST_EXTRADITION: ("arrest", "extradite"),
    Act.JOINT_OPERATION: ("operation", "arrest"),
    Act.EXERCISE: ("exercise",),
    Act.TRAINING: ("training",),
    Act.COMMISSION: ("commission", "meet"),
}
_TALK_CUES = ("meet", "visit", "sign")
_NEAR_CHARS = 60.0
# What follows the day of a dateline: an agency in brackets, or a dash.
_DATELINE_TAIL = re.compile(r"\.?,?\s{0,2}(?:\([^()\n]{2,40}\)|[-–—ـ―/|])")
# ... or the bracket in which the agency and the day stand: "PARIS (Reuters / MAP, 6 May 2021) A court ...".
_DATELINE_BRACKET = re.compile(r"^[^\W\d_][^\n.()]{1,30}\([^()\n]{0,50}$")
_DATELINE_LINES, _DATELINE_CHARS, _TAIL_CHARS = 2, 40, 50
_BRACKET_CHARS = 90
# Bounds for hostile texts, which repeat a date ten thousand times: each day is weighed against the others.
_MAX_TOLD = 300
_CLAUSE_CHARS = 2_000
_RECENT_DAYS, _OLD_DAYS, _LONG_PAST_DAYS = 3, 14, 90
# "had met", "avait signé", "كان قد زار": told of an earlier thing than the article's own.
_PLUPERFECT = {
    "fr": re.compile(r"\b(?:avai(?:t|ent)|eut|s'etai(?:t|ent))\b"),
    "en": re.compile(r"\b(?:had|earlier|previously)\b"),
    "ar": re.compile(r"(?:كان قد|كانت قد|كانا قد|وكان|وكانت|سبق)"),
    "es": re.compile(r"\b(?:habia|habian|anteriormente)\b"),
    "nl": re.compile(r"\b(?:had|hadden|eerder)\b"),
    "de": re.compile(r"\b(?:hatte|hatten|zuvor|bereits)\b"),
    "it": re.compile(r"\b(?:aveva|avevano|in precedenza)\b"),
}


@dataclass(frozen=True, slots=True)
class DayCandidate:
    """One day told (mention and line are None for no day told), and its features."""

    mention: DateMention | None
    line: Line | None
    day: date | None
    values: dict[str, float]


def day_candidates(document: Document, acts: ActReading) -> list[DayCandidate]:
    """Return every day or range told, in order, and last the candidate of no day told."""
    anchor = anchor_day(document.article)
    keys = acts.key_lines()[:4]
    told = [
        (line, mention)
        for line in document.lines
        for mention in line.dates
        if mention.precision in ("day", "range")
    ][:_MAX_TOLD]
    days = [_main_day(mention, line, told, keys, acts) for line, mention in told]
    counts = Counter(days)
    found: list[DayCandidate] = []
    for (line, mention), day in zip(told, days, strict=True):
        values = {
            **_standing(document, line, keys),
            **_wording(document, line, mention, acts),
            **_distance_in_time(line, day, anchor),
            "again": math.log(counts[day]),
            "first": float(not found),
            "dateline": float(_is_dateline(document, line, mention)),
            "reprint": float(_is_reprint(line, mention, day, told)),
        }
        found.append(DayCandidate(mention, line, day, values))
    head = sum(1 for c in found if c.line is not None and c.line in document.head())
    untold = {
        "untold": 1.0,
        "untold_undated": float(anchor is None),
        "untold_words_only": float(acts.act in (None, Act.STATEMENT)),
        "untold_beside_head_days": math.log1p(head),
    }
    return [*found, DayCandidate(None, None, None, untold)]


def _standing(document: Document, line: Line, keys: Sequence[int]) -> dict[str, float]:
    """Return where the line of a day stands, and what it is about."""
    beside = line.index - 1 in keys or line.index + 1 in keys
    return {
        "weight": line.weight,
        "key": 1 - 0.15 * keys.index(line.index) if line.index in keys else 0.0,
        "beside_key": float(line.index not in keys and beside),
        "head": float(line in document.head()),
        "recall": float(line.has("recall")),
        "one_sided": float(document.joint(line) < 0.3),
    }


def _wording(
    document: Document, line: Line, mention: DateMention, acts: ActReading
) -> dict[str, float]:
    """Return how the day is told: in which form, beside which words, in which tense."""
    deed = _closeness(line, mention, _DEED_CUES.get(acts.act, _TALK_CUES))
    announced = _closeness(line, mention, ("announce", "statement"))
    crime = _closeness(line, mention, ("crime",))
    pluperfect = _PLUPERFECT.get(document.article.lang)
    clause = fold(document.full[max(line.start, mention.end - _CLAUSE_CHARS) : mention.end]).text
    drill = acts.act in (Act.EXERCISE, Act.TRAINING)
    is_range = mention.precision == "range"
    return {
        "deed": deed,
        "announced": announced,
        "announced_rather": float(announced > deed),
        "crime": crime,
        "crime_rather": float(crime > deed),
        "ended": _closeness(line, mention, ("ended",)),
        "pluperfect": float(bool(pluperfect and pluperfect.search(clause))),
        "weekday": float(mention.kind == "weekday"),
        "today": float(mention.kind == "relative" and mention.weekday is None),
        "range": float(is_range and not drill),
        "range_of_drill": float(is_range and drill),
    }


def _is_dateline(document: Document, line: Line, mention: DateMention) -> bool:
    """True for the day an agency writes before its report: "Rabat, 14 abr (EFE).-"."""
    after = document.full[mention.end : mention.end + _TAIL_CHARS]
    if line.index > _DATELINE_LINES or mention.start - line.start > _BRACKET_CHARS:
        return False
    if mention.start - line.start <= _DATELINE_CHARS and _DATELINE_TAIL.match(after):
        return True
    before = document.full[line.start : mention.start]
    return after.startswith(")") and bool(_DATELINE_BRACKET.match(before))


def _distance_in_time(line: Line, day: date | None, anchor: date | None) -> dict[str, float]:
    """Return how far the day is from the publication."""
    values = {"unresolved": float(day is None)}
    if day is None or anchor is None:
        return values
    ago = (anchor - day).days
    values |= {
        "recent": float(0 <= ago <= _RECENT_DAYS),
        "published": float(ago == 0),
        "old": float(ago > _OLD_DAYS),
        "long_past": float(ago > _LONG_PAST_DAYS),
        "ahead": float(ago < 0),
        "ahead_in_future_tense": float(ago < 0 and line.has("future")),
    }
    return values


def _closeness(line: Line, mention: DateMention, categories: tuple[str, ...]) -> float:
    """Return how near the closest cue is: 1 beside it, towards 0 with the distance, 0 without one."""
    gaps = [
        max(cue.start - mention.end, mention.start - cue.end, 0)
        for category in categories
        for cue in line.cues.get(category, ())
    ]
    return math.exp(-min(gaps) / _NEAR_CHARS) if gaps else 0.0


def _is_reprint(
    line: Line, mention: DateMention, day: date | None, told: Sequence[tuple[Line, DateMention]]
) -> bool:
    """True for the "today" of a communiqué that named its weekday before: the day of reprinting."""
    if mention.kind != "relative" or mention.weekday is not None or day is None:
        return False
    return any(
        other.kind == "weekday"
        and before.index <= line.index
        and other.day is not None
        and 0 < (day - other.day).days <= _RECENT_DAYS
        for before, other in told
    )


def _main_day(
    mention: DateMention,
    line: Line,
    told: Sequence[tuple[Line, DateMention]],
    keys: Sequence[int],
    acts: ActReading,
) -> date | None:
    """Return the day meant; of a visit of several days, the day told beside the meeting if there is one."""
    if mention.day is not None or mention.earliest is None or mention.latest is None:
        return mention.day or mention.earliest
    if acts.act in (Act.EXERCISE, Act.TRAINING):
        return mention.earliest
    inside = [
        other.day
        for before, other in told
        if other.day
        and mention.earliest <= other.day <= mention.latest
        and before.index in list(keys)[:3]
    ]
    return inside[0] if inside else mention.earliest
