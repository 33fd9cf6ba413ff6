"""When the event happened or will: the day told beside the act, else the publication day, else a range, never a guess."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta

from domain.classify.acts import ActReading
from domain.classify.document import Document, Line, anchor_day
from domain.dates.expressions import DateMention
from domain.gazetteer.ledger import Ledger
from domain.model import Act, DateRange, Reason, Status, Watch
from domain.text.fold import fold

# How far ahead a preview without a day may point.
PREVIEW_DAYS = 30
MAX_PERIODS = 30
_KEY_BONUS, _HEAD_BONUS = 1.0, 0.3
_OLD_PENALTY, _RECALL_PENALTY, _PLUPERFECT_PENALTY = 0.9, 0.5, 0.6
_LEAST = 0.5
_REPRINT_PENALTY, _HEAD_WEIGHT = 2.0, 0.7
_NEAR_CHARS = 40
_DEED_CUES: dict[Act | None, tuple[str, ...]] = {
    Act.ARREST_EXTRADITION: ("arrest", "extradite"),
    Act.JOINT_OPERATION: ("operation", "arrest"),
    Act.EXERCISE: ("exercise",),
    Act.TRAINING: ("training",),
    Act.COMMISSION: ("commission", "meet"),
}
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
class When:
    """What the article says of the event's time; `basis` as in domain.model.Reading."""

    status: Status
    day: date | None
    span: DateRange | None
    basis: str
    weekday: int | None
    is_recap: bool
    reasons: tuple[Reason, ...]


def read_periods(document: Document) -> tuple[DateRange, ...]:
    """Return every day, range and month the article tells, in order, each once."""
    found: dict[DateRange, None] = {}
    for line in document.lines:
        for m in line.dates:
            if m.precision == "year":
                continue
            earliest, latest = m.day or m.earliest, m.day or m.latest
            if earliest is not None and latest is not None:
                found.setdefault(DateRange(earliest, latest))
    return tuple(found)[:MAX_PERIODS]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """One day told, with the points for being the event's own."""

    mention: DateMention
    line: Line
    day: date | None
    points: float


def read_when(document: Document, acts: ActReading, watch: Watch, ledger: Ledger) -> When:
    """Return the event's day, status and whether the article only recalls it."""
    anchor = anchor_day(document.article)
    candidates = _candidates(document, acts, watch, anchor)
    best = max(candidates, key=lambda c: (c.points, -c.line.index), default=None)
    if best is not None and best.points < _LEAST:
        best = None
    day = best.day if best else None
    status = _status(document, acts, day, anchor)
    if best is None or day is None:
        return _without_day(document, acts, watch, ledger, best, status, anchor)
    recap = anchor is not None and (anchor - day).days > watch.recap_after_days
    if acts.act is Act.EXERCISE and best.mention.latest and anchor and not recap:
        inside = best.mention.earliest is not None and best.mention.earliest <= anchor
        if inside and anchor < best.mention.latest:
            status = Status.UNDER_WAY
    span = _own_span(best.mention)
    reason = Reason(
        "date.told",
        f"{best.mention.text.strip()!r} read as {day}",
        round(best.points, 3),
        (document.span(best.mention.start, best.mention.end),),
    )
    return When(status, day, span, "told", None, recap, (reason,))


def _candidates(
    document: Document, acts: ActReading, watch: Watch, anchor: date | None
) -> list[_Candidate]:
    keys = acts.key_lines()[:4]
    found = []
    for line in document.lines:
        for mention in line.dates:
            if mention.precision not in ("day", "range"):
                continue
            day = mention.day or mention.earliest
            points = _points(document, line, mention, keys, day, watch, anchor)
            points += _beside(line, mention, acts)
            found.append(_Candidate(mention, line, day, points))
    return [_main_day(c, found, acts) for c in _settled_today(found)]


def _settled_today(found: list[_Candidate]) -> list[_Candidate]:
    """A communiqué's "today" is the weekday the article names before it, not the day of reprinting."""
    weekdays = [c for c in found if c.mention.kind == "weekday" and c.line.weight > _HEAD_WEIGHT]
    settled = []
    for c in found:
        today = c.mention.kind == "relative" and c.mention.weekday is None
        earlier = [w for w in weekdays if w.line.index <= c.line.index and w.day and c.day]
        if today and any(0 < (c.day - w.day).days <= 3 for w in earlier if w.day and c.day):
            settled.append(replace(c, points=c.points - _REPRINT_PENALTY))
        else:
            settled.append(c)
    return settled


def _points(
    document: Document,
    line: Line,
    mention: DateMention,
    keys: list[int],
    day: date | None,
    watch: Watch,
    anchor: date | None,
) -> float:
    points = line.weight
    if line.index in keys:
        points += _KEY_BONUS * (1 - 0.15 * keys.index(line.index))
    elif line.index - 1 in keys or line.index + 1 in keys:
        points += 0.3 * _KEY_BONUS
    if line in document.head():
        points += _HEAD_BONUS
    if day and anchor and (anchor - day).days > watch.recap_after_days:
        points -= _OLD_PENALTY
    if line.has("recall"):
        points -= _RECALL_PENALTY
    pluperfect = _PLUPERFECT.get(document.article.lang)
    clause = fold(document.full[line.start : mention.end]).text
    if pluperfect and pluperfect.search(clause):
        points -= _PLUPERFECT_PENALTY
    if document.joint(line) < 0.3:
        points -= 0.2
    if day is None:
        points -= 0.3
    return points


def _beside(line: Line, mention: DateMention, acts: ActReading) -> float:
    """Return points for a day that stands by the deed, or by the word that announces it."""
    deed = _distance(line, mention, _DEED_CUES.get(acts.act, ("meet", "visit", "sign")))
    announced = _distance(line, mention, ("announce", "statement"))
    if deed is None and announced is None:
        return 0.0
    if announced is None or (deed is not None and deed <= announced):
        return 0.3
    return -0.45 if announced <= _NEAR_CHARS else 0.0


def _distance(line: Line, mention: DateMention, categories: tuple[str, ...]) -> int | None:
    gaps = [
        max(cue.start - mention.end, mention.start - cue.end, 0)
        for category in categories
        for cue in line.cues.get(category, ())
    ]
    return min(gaps, default=None)


def _main_day(c: _Candidate, found: list[_Candidate], acts: ActReading) -> _Candidate:
    """Of a visit of several days, take the day told beside the meeting when there is one."""
    m = c.mention
    if m.earliest is None or m.latest is None or m.earliest == m.latest or m.day is not None:
        return c
    if acts.act in (Act.EXERCISE, Act.TRAINING):
        return replace(c, day=m.earliest)
    keys = acts.key_lines()[:3]
    inside = [
        o.day
        for o in found
        if o.mention.day and m.earliest <= o.mention.day <= m.latest and o.line.index in keys
    ]
    return replace(c, day=inside[0] if inside else m.earliest)


def _status(document: Document, acts: ActReading, day: date | None, anchor: date | None) -> Status:
    head = document.head()
    talks = acts.act in (Act.MEETING, Act.AGREEMENT, Act.COMMISSION, Act.EXERCISE, Act.TRAINING)
    if any(line.has("cancelled") and line.has("visit", "meet", "exercise") for line in head[:2]):
        return Status.CANCELLED
    if day and anchor and day > anchor:
        return Status.EXPECTED
    if day and anchor and day < anchor:
        return Status.TOOK_PLACE
    ahead = sum(line.weight for line in head if line.has("future") and _tells(line, acts))
    done = sum(line.weight for line in head if not line.has("future") and _tells(line, acts))
    if not talks:
        # An arrest is told when it is made; what comes after it is told in the future tense.
        return Status.EXPECTED if head[0].has("future") and ahead > done else Status.TOOK_PLACE
    return Status.EXPECTED if ahead > done else Status.TOOK_PLACE


def _tells(line: Line, acts: ActReading) -> bool:
    return any(f.line == line.index and f.act is not Act.STATEMENT for f in acts.frames)


def _without_day(
    document: Document,
    acts: ActReading,
    watch: Watch,
    ledger: Ledger,
    best: _Candidate | None,
    status: Status,
    anchor: date | None,
) -> When:
    """No resolvable day is told: fall back on the publication day, or on what bounds the day."""
    weekday = best.mention.weekday if best else None
    if anchor is None:
        span = _bounds(document, ledger)
        detail = f"between {span.earliest} and {span.latest}" if span else "no day can be known"
        reason = Reason("date.range", detail)
        return When(status, None, span, "range" if span else "", weekday, False, (reason,))
    week = _told_week(document, acts)
    if week is not None and status is not Status.EXPECTED:
        reason = Reason("date.week", f"told as {week.text.strip()!r}")
        return When(status, None, _own_span(week), "range", weekday, False, (reason,))
    recalled = _recalled_period(document, acts, watch, anchor)
    if recalled is not None:
        reason = Reason("date.recalled", f"tells of {recalled.text.strip()!r}, long past")
        span = _own_span(recalled)
        return When(Status.TOOK_PLACE, None, span, "range", weekday, True, (reason,))
    if status is Status.EXPECTED:
        span = DateRange(anchor, anchor + timedelta(days=PREVIEW_DAYS))
        return When(
            status, None, span, "range", weekday, False, (Reason("date.ahead", "no day told"),)
        )
    reason = Reason("date.published", f"no day told, published on {anchor}")
    return When(status, anchor, None, "published", weekday, False, (reason,))


def _told_week(document: Document, acts: ActReading) -> DateMention | None:
    """Return the week told beside the act ("last week"), which a publication day would contradict."""
    for index in acts.key_lines()[:3]:
        for mention in document.lines[index].dates:
            if mention.precision == "week" and mention.latest is not None:
                return mention
    return None


def _own_span(mention: DateMention) -> DateRange | None:
    if mention.earliest and mention.latest and mention.earliest < mention.latest:
        return DateRange(mention.earliest, mention.latest)
    return None


def _recalled_period(
    document: Document, acts: ActReading, watch: Watch, anchor: date
) -> DateMention | None:
    """Return the month or year beside the act when the article looks back at it."""
    keys = set(acts.key_lines()[:2])
    for line in document.head():
        if line.index not in keys and not line.is_title:
            continue
        for mention in line.dates:
            coarse = mention.precision in ("month", "year") and mention.latest is not None
            if coarse and (anchor - mention.latest).days > watch.recap_after_days:  # type: ignore[operator]
                return mention if line.has("recall") else None
    return None


def _bounds(document: Document, ledger: Ledger) -> DateRange | None:
    """Return the days on which the officials named all held office, not before the last past day told."""
    span = ledger.overlap([a for line in document.lines for a in line.actors])
    if span is None:
        return None
    told: dict[date, int] = {}
    for line in document.lines:
        for m in line.dates:
            day = m.earliest or m.day
            if day is None or m.kind != "absolute" or m.direction == "future":
                continue
            # A year alone may be a plan's; told twice, or with its month or as past, it is history.
            sure = m.precision in ("day", "month") or m.direction == "past"
            told[day] = told.get(day, 0) + (2 if sure else 1)
    past = [d for d, n in told.items() if n >= 2 and span.earliest <= d <= span.latest]
    return DateRange(max([span.earliest, *past]), span.latest)
