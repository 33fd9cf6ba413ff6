"""What `detect` sends for one judgement: the verdict, the events it changed, the alert. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from agents.state import Output
from domain.alerting import decide_alert, headline
from domain.events.book import Book
from domain.model import Judgement, NewsEvent, Watch
from schemas import convert
from schemas.records import AlertRaised, ClassifiedArticle, EventChanged, encode
from schemas.topics import ALERT_RAISED, ARTICLE_JUDGED, EVENT_CHANGED


@dataclass(frozen=True, slots=True)
class Step:
    """One article's step: the book before and after it, and the judgement between."""

    classified: ClassifiedArticle
    watch: Watch
    before: Book
    after: Book
    judgement: Judgement


def outputs_of(step: Step, first_seen: Mapping[str, datetime], now: datetime) -> list[Output]:
    """Return the records to send, in order; `now` only decides whether the news is too old to alert."""
    cleaned, judgement = step.classified.article, step.judgement
    judged = convert.judged_article(
        step.watch.watch_id, cleaned, step.classified.reading, judgement
    )
    outputs = [Output(ARTICLE_JUDGED.name, cleaned.article_id.encode(), encode(judged))]
    for event in changed_events(step):
        change = EventChanged(
            event=convert.event_info(event),
            verdict=judgement.verdict.value,
            article_id=cleaned.article_id,
            changed=list(judgement.changed),
            first_seen_at=first_seen.get(event.event_id, cleaned.first_seen_at),
            changed_at=cleaned.first_seen_at,
        )
        outputs.append(Output(EVENT_CHANGED.name, event.event_id.encode(), encode(change)))
    published = convert.published(cleaned.published)
    if decide_alert(judgement, step.watch, published, cleaned.first_seen_at, now):
        alert = _alert(step, first_seen, now)
        outputs.append(Output(ALERT_RAISED.name, alert.event.event_id.encode(), encode(alert)))
    return outputs


def changed_events(step: Step) -> list[NewsEvent]:
    """Return the events as they are now that this article changed.

    An article that was judged before changes nothing; its event, and those merged into it, are then told
    again as they are, which an index that has them answers with a version conflict.
    """
    entries = step.after.entries
    if step.after is not step.before:
        return [
            entries[event_id].event
            for event_id in sorted(entries)
            if (old := step.before.entries.get(event_id)) is None
            or old.record is not entries[event_id].record
        ]
    event = step.judgement.event
    if event is None or event.event_id not in entries:
        return []
    merged = [e.event for _, e in sorted(entries.items()) if e.record.merged_into == event.event_id]
    return [entries[event.event_id].event, *merged]


def alert_id(event_id: str, version: int) -> str:
    """Return the identity of an alert: one for each material state of an event."""
    return hashlib.sha256(f"{event_id}|{version}".encode()).hexdigest()


def _alert(step: Step, first_seen: Mapping[str, datetime], now: datetime) -> AlertRaised:
    judged = step.judgement.event
    assert judged is not None  # decide_alert says no without an event
    entry = step.after.entries.get(judged.event_id)
    event = replace(entry.event, version=judged.version) if entry else judged
    return AlertRaised(
        alert_id=alert_id(event.event_id, event.version),
        watch_id=step.watch.watch_id,
        verdict=step.judgement.verdict.value,
        event=convert.event_info(event),
        headline=headline(event),
        article=step.classified.article,
        changed=list(step.judgement.changed),
        reasons=convert.reason_infos(step.judgement.reasons),
        channels=list(step.watch.channels),
        first_seen_at=step.classified.article.first_seen_at,
        raised_at=now,
    )
