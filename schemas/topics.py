"""Every Kafka topic, once. Dots and hyphens only; past participles; the version is part of the name."""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic: `key` says what orders it; `compacted` topics hold state and are never expired by time."""

    name: str
    key: str
    partitions: int = 4
    compacted: bool = False
    retention_ms: int = 7 * DAY_MS

    @property
    def dead_letter(self) -> str:
        """The topic that takes this one's bad records."""
        return f"{self.name}.dead-letter"


ARTICLE_FETCHED = TopicSpec("news.article.fetched.v1", key="sha256 of the canonical URL")
ARTICLE_CLEANED = TopicSpec("news.article.cleaned.v1", key="sha256 of the canonical URL")
# Keyed by watch, so one member of the group sees all of one watch, in order.
ARTICLE_CLASSIFIED = TopicSpec("news.article.classified.v1", key="watch_id")
ARTICLE_JUDGED = TopicSpec("news.article.judged.v1", key="article_id")
EVENT_CHANGED = TopicSpec("news.event.changed.v1", key="event_id")
ALERT_RAISED = TopicSpec("news.alert.raised.v1", key="event_id", retention_ms=30 * DAY_MS)
# One key per watch shard, written before the outputs it explains.
WATCH_STATE = TopicSpec("news.watch.state.v1", key="<watch_id>/<shard>", compacted=True)

STREAM_TOPICS = (
    ARTICLE_FETCHED,
    ARTICLE_CLEANED,
    ARTICLE_CLASSIFIED,
    ARTICLE_JUDGED,
    EVENT_CHANGED,
    ALERT_RAISED,
)


def all_topics() -> tuple[TopicSpec, ...]:
    """Return every topic to provision, dead-letter topics (30 days, one partition each) included."""
    dead = tuple(
        TopicSpec(t.dead_letter, key="the bad record's key", partitions=1, retention_ms=30 * DAY_MS)
        for t in STREAM_TOPICS
    )
    return (*STREAM_TOPICS, WATCH_STATE, *dead)
