"""When the event happened or will: the day told beside the act, else the publication day, else a range, never a guess."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from domain.classify.acts import ActReading
from domain.classify.day_choice import DayCandidate, day_candidates
from domain.classify.document import Document, Line, anchor_day
from domain.classify.logistic import load_model
from domain.classify.office_years import days_in_terms
from domain.dates.expressions import DateMention
from domain.gazetteer.ledger import Ledger
from domain.model import Act, DateRange, Reason, Status, Watch
from domain.taxonomy import last_day

# How far ahead a preview without a day may point.
PREVIEW_DAYS = 30
MAX_PERIODS = 30
_TALKS = (Act.MEETING, Act.AGREEMENT, Act.COMMISSION)


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


def read_month_days(document: Document) -> tuple[str, ...]:
    """Return the days told without a year, as MM-DD, in order, each once."""
    told = (
        m.month_day
        for line in document.lines
        for m in line.dates
        if m.month_day and m.precision == "day"
    )
    return tuple(dict.fromkeys(f"{month:02}-{day:02}" for month, day in told))[:MAX_PERIODS]


def read_when(document: Document, acts: ActReading, watch: Watch, ledger: Ledger) -> When:
    """Return the event's day, status and whether the article only recalls it."""
    anchor = anchor_day(document.article)
    candidates = _not_before_announced(document, acts, day_candidates(document, acts), anchor)
    shares = load_model("day").shares([c.values for c in candidates])
    order = sorted(range(len(candidates)), key=lambda i: (-shares[i], i))
    best, share = candidates[order[0]], shares[order[0]]
    day = best.day
    status = _status(document, acts, day, anchor)
    if best.mention is None or day is None:
        return _without_day(document, acts, watch, ledger, best.mention, status, anchor)
    span, act = _own_span(best.mention), acts.act or Act.STATEMENT
    recap = anchor is not None and (anchor - last_day(act, day, span)).days > watch.recap_after_days
    if acts.act is Act.EXERCISE and best.mention.latest and anchor and not recap:
        inside = best.mention.earliest is not None and best.mention.earliest <= anchor
        if inside and anchor < best.mention.latest:
            status = Status.UNDER_WAY
    reason = Reason(
        "date.told",
        f"{best.mention.text.strip()!r} read as {day}",
        round(share, 3),
        (document.span(best.mention.start, best.mention.end),),
    )
    return When(status, day, span, "told", None, recap, (reason,))


def _status(document: Document, acts: ActReading, day: date | None, anchor: date | None) -> Status:
    head = document.head()
    talks = acts.act in (*_TALKS, Act.EXERCISE, Act.TRAINING)
    if any(line.has("cancelled") and line.has("visit", "meet", "exercise") for line in head[:2]):
        return Status.CANCELLED
    if day and anchor and day > anchor:
        return Status.EXPECTED
    if day and anchor and day < anchor:
        return Status.TOOK_PLACE
    ahead, done = _tense(document, acts)
    if not talks:
        # An arrest is told when it is made; what comes after it is told in the future tense.
        return Status.EXPECTED if head[0].has("future") and ahead > done else Status.TOOK_PLACE
    return Status.EXPECTED if ahead > done else Status.TOOK_PLACE


def _tense(document: Document, acts: ActReading) -> tuple[float, float]:
    """Return how much of the head tells the act as coming, and how much as done."""
    told = [line for line in document.head() if _tells(line, acts)]
    ahead = sum(line.weight for line in told if line.has("future"))
    return ahead, sum(line.weight for line in told) - ahead


def _not_before_announced(
    document: Document, acts: ActReading, candidates: list[DayCandidate], anchor: date | None
) -> list[DayCandidate]:
    """Return the candidates without the past days that a preview tells of other things.

    "The minister will visit Rabat; two men arrested on the 23rd are on the agenda": what is only
    announced did not happen on a day already gone, unless that day stands in the line that tells it.
    """
    ahead, done = _tense(document, acts)
    if anchor is None or acts.act not in _TALKS or ahead <= done:
        return candidates
    keys = acts.key_lines()[:4]
    return [
        c
        for c in candidates
        if c.line is None or c.day is None or c.day >= anchor or c.line.index in keys
    ]


def _tells(line: Line, acts: ActReading) -> bool:
    return any(f.line == line.index and f.act is not Act.STATEMENT for f in acts.frames)


def _without_day(
    document: Document,
    acts: ActReading,
    watch: Watch,
    ledger: Ledger,
    told: DateMention | None,
    status: Status,
    anchor: date | None,
) -> When:
    """No resolvable day is told: fall back on the publication day, or on what bounds the day."""
    weekday = told.weekday if told else None
    if anchor is None:
        span = _bounds(document, ledger)
        days = days_in_terms(told, span) if told and span else None
        if told and span and days:
            single = days.earliest == days.latest
            why = f"{told.text.strip()!r} falls so between {span.earliest} and {span.latest} only"
            reason = Reason("date.terms", why, None, (document.span(told.start, told.end),))
            own = None if single else days
            return When(status, days.earliest, own, "told", None, False, (reason,))
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
