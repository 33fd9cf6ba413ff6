"""The pipeline without servers: the same domain calls as the agents make, over lines of a file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from domain.classify.reading import read
from domain.clean import RawArticle, clean
from domain.errors import ParseError
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from domain.model import Article, Judgement, NewsEvent, Place, Reading, Reason, Watch
from domain.outcome import CleanOutcome, Verdict

Row = Mapping[str, Any]
# Results must not depend on the day they are made, so page dates are bounded by this instead of the
# clock: publication times from 2008 (30 years before) are believed.
LATEST_BELIEVED = datetime(2038, 1, 1, tzinfo=UTC)
_UNDATED = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Judged:
    """One line's way through the pipeline; `article` and `judgement` are None when no text was found."""

    row_id: str
    article: Article | None
    reading: Reading | None
    judgement: Judgement | None


def article_from(row: Row) -> Article | None:
    """Return the cleaned article of one line of the offline contract, None if it has no text."""
    html = row.get("html")
    raw = RawArticle(
        body=html.encode("utf-8") if html else None,
        text=None if html else str(row.get("text") or ""),
        media_type="text/html" if html else "text/plain",
        charset="utf-8",
        url=row.get("url") or None,
        title=row.get("title") or "",
        published_hint=row.get("published") or "",
        entry_title="",
        entry_summary="",
        entry_published="",
        lang_hint=row.get("lang") or "",
    )
    try:
        result = clean(raw, LATEST_BELIEVED)
    except ParseError:
        return None
    if isinstance(result, CleanOutcome):
        return None
    key = f"{row.get('url') or row['id']}|{result.content_hash}"
    return Article(
        article_id=hashlib.sha256(key.encode()).hexdigest(),
        title=result.title,
        text=result.text,
        lang=result.lang,
        url=row.get("url") or None,
        published=result.published,
        source_id=str(row.get("source") or ""),
    )


def judge_rows(
    rows: Iterable[Row],
    watch: Watch,
    knowledge: Knowledge,
    progress: Callable[[], None] = lambda: None,
) -> tuple[list[Judged], Book]:
    """Return every line judged, in the order it was judged, and the book after the last.

    Lines are judged by publication time; undated ones last, in file order.
    """
    readings: list[tuple[datetime, int, str, Article | None, Reading | None]] = []
    for n, row in enumerate(rows):
        article = article_from(row)
        reading = read(article, watch, knowledge) if article else None
        at = article.published.at if article and article.published else _UNDATED
        readings.append((at, n, str(row["id"]), article, reading))
        progress()
    readings.sort(key=lambda r: (r[0], r[1]))
    book, judged = Book.empty(watch.watch_id), []
    for _, _, row_id, article, reading in readings:
        judgement = None
        if article is not None and reading is not None:
            judgement, book = judge(book, article, reading, watch)
        judged.append(Judged(row_id, article, reading, judgement))
    return judged, book


def detect_rows(
    rows: list[Row],
    watch: Watch,
    knowledge: Knowledge,
    progress: Callable[[], None] = lambda: None,
) -> list[dict[str, Any]]:
    """Return the output lines of `vigie detect`, in the order of the input.

    The event's fields are those all its articles together tell, so every article of an event
    shows the same place, date and act; the verdict is the one given when the article came.
    """
    judged, book = judge_rows(rows, watch, knowledge, progress)
    by_id = {j.row_id: _line(j, book) for j in judged}
    return [by_id[str(row["id"])] for row in rows]


def _line(judged: Judged, book: Book) -> dict[str, Any]:
    judgement, article = judged.judgement, judged.article
    if judgement is None or article is None:
        return {**_blank(judged.row_id), "outcome": CleanOutcome.EMPTY.value}
    reading = judgement.reading
    line = {
        **_blank(judged.row_id),
        "outcome": judgement.verdict.value,
        "relevant": reading.relevant,
        "score": reading.score,
        "lang": article.lang,
        "verdict": judgement.verdict.value,
        "reasons": [_reason(r) for r in judgement.reasons],
    }
    if judgement.event is not None and judgement.verdict is not Verdict.OFF:
        # Late evidence may have moved the article to another event since.
        event_id = book.resolve(book.event_of.get(article.article_id, judgement.event.event_id))
        line.update(_event_fields(book.entries[event_id].event))
    return line


def _blank(row_id: str) -> dict[str, Any]:
    return {
        "id": row_id, "outcome": "", "relevant": False, "score": 0.0, "lang": "", "verdict": None,
        "event_id": None, "event_date": None, "event_date_range": None, "status": None,
        "place": None, "actors": [], "themes": [], "act": None, "reasons": [],
    }  # fmt: skip


def _event_fields(event: NewsEvent) -> dict[str, Any]:
    span = event.event_date_range
    return {
        "event_id": event.event_id,
        "event_date": _day(event.event_date),
        "event_date_range": [_day(span.earliest), _day(span.latest)] if span else None,
        "status": event.status.value,
        "place": _place(event.place),
        "actors": [a.name for a in event.actors],
        "themes": [t.value for t in event.themes],
        "act": event.act.value,
    }


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _place(place: Place | None) -> str | None:
    return place.name if place else None


def _reason(reason: Reason) -> dict[str, Any]:
    spans = [{"field": s.field, "start": s.start, "end": s.end} for s in reason.spans]
    return {"rule": reason.rule, "detail": reason.detail, "score": reason.score, "spans": spans}
