"""Says of one article whether it tells of something new: NEW, UPDATE, REPEAT, RECAP or OFF, and why."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from domain.events.archive import put_away
from domain.events.book import Book, Entry
from domain.events.fact import EventRecord, Fact, bare, bounded, fact_from, principals
from domain.events.match import Match, match, near
from domain.events.regroup import moved, moves_to
from domain.model import (
    Article,
    Judgement,
    NewsEvent,
    Reading,
    Reason,
    Status,
    Watch,
)
from domain.outcome import Verdict
from domain.taxonomy import STRENGTH, last_day

JOIN_AT = 0.0
# Two known events are merged only when a third article fits both this well.
MERGE_AT = 1.5
COMPARED_SHOWN = 3
_PROGRESS = {Status.EXPECTED: 0, Status.UNDER_WAY: 1, Status.TOOK_PLACE: 2, Status.CANCELLED: 2}


def judge(book: Book, article: Article, reading: Reading, watch: Watch) -> tuple[Judgement, Book]:
    """Return the judgement on an article and the book after it.

    An article judged before gets its stored verdict again and leaves the book as it is, so a
    redelivered record has the same effects as its first delivery.
    """
    if not reading.relevant:
        return Judgement(article.article_id, Verdict.OFF, reading, reasons=reading.reasons), book
    known = book.find(article.article_id)
    if known is not None:
        return _again(known[0], known[1], reading), book
    fact = fact_from(article, reading)
    matches = _rank(book, fact)
    joined = [m for m in matches if m.score > JOIN_AT]
    if not joined:
        return _found(book, fact, reading, matches, watch)
    return _join(book, fact, reading, matches, joined, watch)


def _rank(book: Book, fact: Fact) -> list[Match]:
    """Return the comparisons with all events that may be meant, best first."""
    compared = [match(fact, entry) for entry in near(fact, book.open_entries())]
    return sorted(compared, key=lambda m: (-m.score, m.event_id))


def _again(entry: Entry, fact: Fact, reading: Reading) -> Judgement:
    event = replace(entry.event, version=fact.version)
    return Judgement(
        fact.article_id,
        fact.verdict,
        reading,
        event=event,
        changed=fact.changed,
        reasons=fact.reasons,
    )


def _found(
    book: Book, fact: Fact, reading: Reading, matches: list[Match], watch: Watch
) -> tuple[Judgement, Book]:
    """Open a new event; silently where the article itself only recalls it."""
    verdict = Verdict.RECAP if _is_old(fact, watch) else Verdict.NEW
    why = (
        Reason("verdict.new", "no known event fits")
        if verdict is Verdict.NEW
        else Reason("verdict.recap", "recalls an event that was not known here")
    )
    fact = replace(fact, verdict=verdict, version=1, reasons=(why,))
    event_id = _event_id(watch.watch_id, fact)
    record = EventRecord(
        event_id=event_id,
        watch_id=watch.watch_id,
        shard=_shard(fact),
        version=1,
        revision=1,
        facts=(fact,),
        related=_related(book, fact, matches),
    )
    after, others, changed = _regrouped(book.with_records([record]), record, matches)
    judgement = _judgement(fact, reading, after.entries[event_id].event, matches, (why,))
    judgement = replace(judgement, changed=(*judgement.changed, *changed), others=others)
    return judgement, put_away(after, event_id)


def _regrouped(
    book: Book, home: EventRecord, matches: list[Match]
) -> tuple[Book, tuple[NewsEvent, ...], tuple[str, ...]]:
    """Move to an event the articles of others that belong with it; say which events that parts."""
    moves = [] if home.archived else moves_to(book, home, matches)
    if not moves:
        return book, (), ()
    after = book.with_records(moved(home, moves))
    others = tuple(after.entries[m.left.event_id].event for m in moves)
    words = tuple(f"{len(m.facts)} article(s) parted from {m.left.event_id}" for m in moves)
    return after, others, words


def _join(
    book: Book,
    fact: Fact,
    reading: Reading,
    matches: list[Match],
    joined: list[Match],
    watch: Watch,
) -> tuple[Judgement, Book]:
    best = joined[0]
    entry = book.entries[best.event_id]
    verdict, changed = _verdict(fact, entry, watch)
    why = Reason("verdict." + verdict.value.lower(), _words(verdict, entry, changed), best.score)
    version = entry.record.version + (1 if verdict is Verdict.UPDATE else 0)
    fact = replace(fact, verdict=verdict, version=version, changed=changed, reasons=(why,))
    # An archived event stays as it was when it is only recalled; what is new of it opens it again.
    archived = entry.record.archived and verdict is Verdict.RECAP
    record = replace(
        entry.record,
        version=version,
        revision=entry.record.revision + 1,
        facts=(*entry.record.facts, bare(fact) if archived else fact),
        archived=archived,
    )
    record = bounded(record)
    records = [record, *_merged(book, record, joined[1:])]
    if len(records) > 1:
        record = records[0] = _absorb(record, records[1:])
    after = book.with_records(records)
    others = tuple(after.entries[r.event_id].event for r in records[1:])
    if others:
        merge = "merged with " + ", ".join(o.event_id for o in others)
        changed = (*changed, merge)
    else:
        after, others, parted = _regrouped(after, record, matches)
        changed = (*changed, *parted)
    event = after.entries[record.event_id].event
    judgement = _judgement(fact, reading, event, matches, (why, *best.reasons))
    return replace(judgement, changed=changed, others=others), after


def _verdict(fact: Fact, entry: Entry, watch: Watch) -> tuple[Verdict, tuple[str, ...]]:
    if _is_old(fact, watch) or _event_is_old(fact, entry, watch):
        return Verdict.RECAP, ()
    changed = material_changes(fact, entry)
    return (Verdict.UPDATE, changed) if changed else (Verdict.REPEAT, ())


def material_changes(fact: Fact, entry: Entry) -> tuple[str, ...]:
    """Return what the fact adds to the event that a duty officer would want to be told again."""
    event, changes = entry.event, []
    if _PROGRESS[fact.status] > _PROGRESS[event.status]:
        changes.append(f"status: {event.status.value} -> {fact.status.value}")
    elif fact.status is Status.CANCELLED and event.status is not Status.CANCELLED:
        changes.append("status: cancelled")
    stronger = STRENGTH[fact.act] > STRENGTH[event.act] and fact.act.value == "agreement"
    if stronger:
        changes.append(f"act: {event.act.value} -> {fact.act.value}")
    if fact.date_basis == "told" and entry.date_basis == "told" and fact.event_date:
        moved = event.event_date and fact.event_date > event.event_date
        if moved and fact.status is event.status is Status.EXPECTED:
            changes.append(f"date: {event.event_date} -> {fact.event_date}")
    return tuple(changes)


def _is_old(fact: Fact, watch: Watch) -> bool:
    """True when the article's own day for the event, or its end, lies well before its publication."""
    if fact.is_recap:
        return True
    if fact.event_date is None or fact.published_day is None:
        return False
    end = last_day(fact.act, fact.event_date, fact.event_date_range)
    return fact.published_day - end > timedelta(days=watch.recap_after_days)


def _event_is_old(fact: Fact, entry: Entry, watch: Watch) -> bool:
    event = entry.event
    if event.event_date is None or fact.published_day is None:
        return False
    end = last_day(event.act, event.event_date, entry.span)
    return fact.published_day - end > timedelta(days=watch.recap_after_days)


def _merged(book: Book, record: EventRecord, rest: list[Match]) -> list[EventRecord]:
    """Return the other known events this article shows to be the same one, marked as merged."""
    merged: list[EventRecord] = []
    if record.archived:
        return merged
    for other in rest:
        entry = book.entries[other.event_id]
        if other.score < MERGE_AT or entry.record.archived:
            continue
        target = book.entries[record.event_id]
        scores = [match(f, target).score for f in entry.record.evidence[:5]]
        if min(scores) > JOIN_AT:
            merged.append(
                replace(
                    entry.record,
                    merged_into=record.event_id,
                    revision=entry.record.revision + 1,
                )
            )
    return merged


def _absorb(record: EventRecord, others: list[EventRecord]) -> EventRecord:
    facts = [f for other in others for f in other.facts]
    return bounded(replace(record, facts=(*record.facts, *facts)))


def _related(book: Book, fact: Fact, matches: list[Match]) -> tuple[str, ...]:
    """Return events that are not this one but share a wanted person: an arrest and its extradition."""
    mine = {a.name for a in fact.mentioned if a.role == "suspect"}
    if not mine:
        return ()
    related = []
    for m in matches:
        theirs = {a.name for a in book.entries[m.event_id].event.mentioned if a.role == "suspect"}
        if mine & theirs:
            related.append(m.event_id)
    return tuple(related[:5])


def _judgement(
    fact: Fact,
    reading: Reading,
    event: NewsEvent,
    matches: list[Match],
    reasons: tuple[Reason, ...],
) -> Judgement:
    return Judgement(
        article_id=fact.article_id,
        verdict=fact.verdict,
        reading=reading,
        event=event,
        compared=tuple((m.event_id, m.score) for m in matches[:COMPARED_SHOWN]),
        changed=fact.changed,
        reasons=(*reasons, *reading.reasons),
    )


def _words(verdict: Verdict, entry: Entry, changed: tuple[str, ...]) -> str:
    event = entry.event
    people = ", ".join(sorted(principals(event.actors))[:3])
    known = " ".join(p for p in (event.act.value, people, str(event.event_date or "")) if p)
    if verdict is Verdict.UPDATE:
        return f"known event ({known}): " + "; ".join(changed)
    if verdict is Verdict.RECAP:
        return f"recalls a past event ({known})"
    return f"tells a known event again ({known})"


def _shard(fact: Fact) -> str:
    """Return the month an event is filed under: its own, or its first article's, or `undated`."""
    day = fact.event_date or fact.published_day
    return day.strftime("%Y-%m") if day else "undated"


def _event_id(watch_id: str, fact: Fact) -> str:
    """Return an id that depends on the first article alone, so a replay gives it again."""
    digest = hashlib.sha256(f"{watch_id}|{fact.article_id}".encode()).hexdigest()[:16]
    return f"ev-{digest}"
