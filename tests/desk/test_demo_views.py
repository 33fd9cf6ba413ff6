"""The demo's books count each article once, and its tables say what was found and why."""

from __future__ import annotations

from datetime import UTC, date, datetime

from rich.console import Console
from rich.table import Table

from desk.demo.ledger import Ledger, counts_in
from desk.demo.tables import alerts_table, outcomes_table
from schemas import topics
from schemas.records import (
    ActorInfo,
    AlertRaised,
    CleanedArticle,
    EventChanged,
    EventInfo,
    FetchedArticle,
    JudgedArticle,
    MemberInfo,
    PlaceInfo,
    ReadingInfo,
    SourceRef,
    encode,
)

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def event(revision: int = 1, **more: object) -> EventInfo:
    """Return an event of two articles in two languages."""
    told = {
        "event_date": date(2025, 4, 14),
        "place": PlaceInfo(name="Rabat", country="MA"),
        "actors": [ActorInfo(name=f"Person {i}", kind="person") for i in range(6)],
        "themes": ["migration"],
        "members": [
            MemberInfo(article_id="a", title="t", lang="ar", source_id="sample-x", verdict="NEW"),
            MemberInfo(
                article_id="b", title="t", lang="fr", source_id="sample-y", verdict="REPEAT"
            ),
        ],
    }
    return EventInfo(
        event_id="e1", watch_id="w", version=1, revision=revision, act="meeting", status="took_place",
        plover="CONSULT", cameo="042", **{**told, **more},
    )  # fmt: skip


def article(url: str) -> CleanedArticle:
    """Return a cleaned article at the address."""
    return CleanedArticle(
        article_id=url, url=url, canonical_url=url, source=SourceRef(source_id="s"), title="t",
        text="x", lang="fr", lang_confidence=1, content_hash="h", fetched_at=AT, first_seen_at=AT,
    )  # fmt: skip


def fetched(url: str) -> bytes:
    """Return the record of a fetched article."""
    return encode(
        FetchedArticle(
            url=url,
            canonical_url=url,
            source=SourceRef(source_id="s"),
            body=b"",
            media_type="text/html",
            fetched_at=AT,
            first_seen_at=AT,
        )
    )


def shown(table: Table) -> str:
    """Return the table as text."""
    console = Console(width=200, no_color=True)
    with console.capture() as capture:
        console.print(table)
    return capture.get()


def test_ledger_names_the_articles_that_were_not_judged() -> None:
    """An article counts as judged only when every watch has judged it; repeats change nothing."""
    ledger = Ledger()
    for url in ("http://x/1", "http://x/2", "http://x/2"):
        ledger.take(topics.ARTICLE_FETCHED.name, fetched(url))
    judged = JudgedArticle(
        watch_id="w",
        article=article("http://x/1"),
        reading=ReadingInfo(relevant=False, score=0),
        verdict="OFF",
    )
    ledger.take(topics.ARTICLE_JUDGED.name, encode(judged))
    ledger.take(topics.ARTICLE_JUDGED.name, encode(judged))
    assert ledger.unjudged(watches=1) == ["http://x/2"]
    assert ledger.unjudged(watches=2) == ["http://x/1", "http://x/2"]


def test_ledger_keeps_the_newest_revision_of_an_event() -> None:
    """Revisions may arrive twice and late."""
    ledger = Ledger()
    for revision in (1, 3, 2):
        change = EventChanged(
            event=event(revision), verdict="NEW", article_id="a", first_seen_at=AT, changed_at=AT
        )
        ledger.take(topics.EVENT_CHANGED.name, encode(change))
    assert [c.event.revision for c in ledger.events.values()] == [3]


def test_ledger_counts_dead_letters_by_the_topic_they_came_from() -> None:
    """A dead letter is counted even though its bytes cannot be read."""
    ledger = Ledger()
    ledger.take(topics.ARTICLE_FETCHED.dead_letter, b"\xff not json")
    assert ledger.dead == {topics.ARTICLE_FETCHED.name: 1}


def test_stage_counts_are_read_from_a_metrics_page() -> None:
    """Only the stage counter is read, summed over its other labels."""
    page = (
        "# TYPE vigie_stage_records_total counter\n"
        'vigie_stage_records_total{stage="detect",outcome="NEW",lang="ar"} 2.0\n'
        'vigie_stage_records_total{stage="detect",outcome="NEW",lang="fr"} 1.0\n'
        'vigie_stage_records_total{stage="clean",outcome="empty",lang=""} 4.0\n'
        "# TYPE vigie_sink_up gauge\n"
        'vigie_sink_up{sink="elasticsearch"} 1.0\n'
    )
    assert counts_in(page) == {("detect", "NEW"): 3, ("clean", "empty"): 4}


def test_alerts_that_were_not_sent_stand_out() -> None:
    """An alert without a channel says so."""
    alert = AlertRaised(
        alert_id="k", watch_id="w", verdict="NEW", event=event(), headline="Meeting – Rabat",
        article=article("http://x/1"), first_seen_at=AT, raised_at=AT,
    )  # fmt: skip
    assert "not sent" in shown(alerts_table([alert], {}))
    assert "console, email" in shown(alerts_table([alert], {"k": ["email", "console"]}))


def test_outcomes_table_sums_each_stage() -> None:
    """A stage's line has its sum and each outcome that occurred."""
    text = shown(outcomes_table({("clean", "cleaned"): 78, ("clean", "empty"): 1}))
    assert "79" in text
    assert "cleaned 78" in text
