"""Keeps the book of known NewsEvents bounded over years: old events shrink to a summary, the oldest are forgotten.

An archived event is still compared with every article, so a recap finds it, and a late report of
something long expected opens it again. What it loses is the evidence of the single articles: its
fields are settled, and later retellings join it without a say.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

from domain.events.book import Book, Entry
from domain.events.fact import EventRecord, Fact, bare

# Events kept with the evidence of each article, and events known at all: years of a busy watch.
MAX_OPEN, MAX_KNOWN = 400, 5_000
# Events put away for one article: a book from before there was an archive shrinks over some days.
MAX_AT_ONCE = 8
MAX_LISTED = 40
MAX_NAMES = 120


def put_away(book: Book, keep: str) -> Book:
    """Return the book within its bounds, or a step nearer to them; the event `keep` stays as it is."""
    entries = [e for i, e in book.entries.items() if i != keep]
    waiting = [e for e in entries if not e.record.archived]
    excess = max(0, len(waiting) + 1 - MAX_OPEN)
    old = sorted(waiting, key=_age)[: min(excess, MAX_AT_ONCE)] if excess else []
    after = book.with_records([condensed(e) for e in old]) if old else book
    beyond = max(0, len(entries) + 1 - MAX_KNOWN)
    if beyond:
        archived = [e for i, e in after.entries.items() if i != keep and e.record.archived]
        forgotten = sorted(archived, key=_age)[: min(beyond, MAX_AT_ONCE)]
        after = after.without(e.record.event_id for e in forgotten)
    return after


def _age(entry: Entry) -> tuple[date, str]:
    """Sort by the last day that an event happened, is expected, or was told; merged ones go first."""
    record, days = entry.record, [entry.event.event_date]
    days += [f.published_day for f in record.facts]
    known = [d for d in days if d]
    last = date.min if record.merged_into or not known else max(known)
    return last, record.event_id


def condensed(entry: Entry) -> EventRecord:
    """Return the archived record of an event: one fact for each script tells all, the others are listed.

    It tells the same event as before, and compares as before but for names beyond `MAX_NAMES`.
    """
    record = entry.record
    facts = sorted(record.facts, key=lambda f: (f.published_at is None, str(f.published_at)))
    firsts: dict[bool, Fact] = {}
    for fact in facts:
        if not fact.bare:
            firsts.setdefault(fact.lang == "ar", fact)
    tellers = {f.article_id: _summary(f, entry) for f in firsts.values()}
    others = [f for f in facts if f.article_id not in tellers]
    listed = [tellers.get(f.article_id) or bare(f) for f in facts if f.article_id in tellers]
    room = MAX_LISTED - len(listed)
    return replace(
        record,
        facts=(*listed, *(bare(f) for f in others[:room])),
        unlisted=record.unlisted + max(0, len(others) - room),
        archived=True,
    )


def _summary(fact: Fact, entry: Entry) -> Fact:
    """Return a fact of one of the event's articles that tells what all of them told together."""
    event, evidence = entry.event, entry.record.evidence
    arabic = fact.lang == "ar"
    names = Counter(n for f in evidence if (f.lang == "ar") is arabic for n in f.names)
    only_recalled = all(f.is_recap for f in evidence)
    return replace(
        fact,
        act=event.act,
        status=event.status,
        event_date=event.event_date,
        event_date_range=entry.span if event.event_date else event.event_date_range,
        date_basis=entry.date_basis,
        weekday=entry.weekday,
        place=event.place,
        actors=event.actors,
        mentioned=event.mentioned,
        themes=event.themes,
        figures=event.figures,
        is_recap=only_recalled,
        periods=(),  # what else an article told matters only while it is judged
        month_days=(),
        places=tuple(sorted(entry.places)),
        names=tuple(sorted(n for n, _ in names.most_common(MAX_NAMES))),
        reasons=(),
    )
