"""The records on the wire, as msgspec structs: JSON in UTF-8, validated when decoded.

Every field added later must have a default, so that old and new code read each other's records.
Times are aware UTC (`*_at`), ISO 8601 on the wire; days are `YYYY-MM-DD`.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import TypeVar

import msgspec

from domain.errors import ContractError

# Kafka's default is 1 MB for the batch; larger values are cut by the connector before sending.
MAX_VALUE_BYTES = 900_000


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """Base of the wire records; unknown fields are ignored, so a reader may be older than a writer."""


class SourceRef(_Record, frozen=True, kw_only=True):
    """Where an article came from."""

    source_id: str
    name: str = ""
    country: str = ""
    lang: str = ""
    kind: str = "file"  # rss, scraper or file


class FeedEntry(_Record, frozen=True, kw_only=True):
    """What the feed, sitemap or list page itself said of the article; raw, nothing believed yet."""

    title: str = ""
    summary: str = ""  # HTML or text as the feed has it, cut to 200 kB
    published: str = ""  # as written
    lang: str = ""
    feed_url: str = ""


class FetchedArticle(_Record, frozen=True, kw_only=True):
    """news.article.fetched.v1: bytes as fetched. `body` is base64 on the wire; media_type says how to read it."""

    url: str
    canonical_url: str
    source: SourceRef
    body: bytes
    media_type: str  # text/html, text/plain, application/json
    fetched_at: datetime
    first_seen_at: datetime
    charset: str = ""  # from the Content-Type header, '' if none
    entry: FeedEntry | None = None
    partial: bool = False  # the page could not be had; body is the feed's own text
    title: str = ""  # known title for text/plain bodies
    published: str = ""  # known publication time (ISO 8601) given with a file, '' if none
    declared_id: str = ""  # the id a JSONL line came with


class PublishedInfo(_Record, frozen=True, kw_only=True):
    """When the article was published, where that was read, and how far to believe it (0 to 1)."""

    at: datetime
    source: str
    confidence: float


class CleanedArticle(_Record, frozen=True, kw_only=True):
    """news.article.cleaned.v1: the article alone, language known. `text` excludes the title."""

    article_id: str  # sha256 hex of canonical URL + content hash
    url: str
    canonical_url: str
    source: SourceRef
    title: str
    text: str
    lang: str
    lang_confidence: float
    content_hash: str
    fetched_at: datetime
    first_seen_at: datetime
    published: PublishedInfo | None = None
    partial: bool = False
    declared_id: str = ""


class SpanInfo(_Record, frozen=True, kw_only=True):
    """Half-open character range in `field` (text or title) of the article."""

    start: int
    end: int
    field: str = "text"


class ReasonInfo(_Record, frozen=True, kw_only=True):
    """One line of an explanation."""

    rule: str
    detail: str
    score: float | None = None
    spans: list[SpanInfo] = []


class ActorInfo(_Record, frozen=True, kw_only=True):
    """A person or service; `name` in Latin script."""

    name: str
    kind: str
    side: str = ""
    role: str = ""
    known: bool = True


class PlaceInfo(_Record, frozen=True, kw_only=True):
    """Where; `name` in English, `country` ISO 3166-1 alpha-2, degrees WGS84."""

    name: str
    country: str
    lat: float | None = None
    lon: float | None = None


class DateRangeInfo(_Record, frozen=True, kw_only=True):
    """Inclusive days."""

    earliest: date
    latest: date


class ReadingInfo(_Record, frozen=True, kw_only=True):
    """What one article says of one watch's subject (see domain.model.Reading)."""

    relevant: bool
    score: float
    act: str | None = None
    status: str | None = None
    event_date: date | None = None
    event_date_range: DateRangeInfo | None = None
    date_basis: str = ""
    weekday: int | None = None
    place: PlaceInfo | None = None
    actors: list[ActorInfo] = []
    mentioned: list[ActorInfo] = []
    themes: list[str] = []
    figures: list[str] = []
    periods: list[DateRangeInfo] = []
    month_days: list[str] = []
    places: list[str] = []
    names: list[str] = []
    is_recap: bool = False
    reasons: list[ReasonInfo] = []


class ClassifiedArticle(_Record, frozen=True, kw_only=True):
    """news.article.classified.v1: one article read against one watch."""

    watch_id: str
    article: CleanedArticle
    reading: ReadingInfo


class MemberInfo(_Record, frozen=True, kw_only=True):
    """One article of a NewsEvent."""

    article_id: str
    title: str
    lang: str
    source_id: str
    verdict: str
    url: str | None = None
    published_at: datetime | None = None


class EventInfo(_Record, frozen=True, kw_only=True):
    """A NewsEvent as all its articles together tell it."""

    event_id: str
    watch_id: str
    version: int  # grows with each material change; part of the alert's key
    revision: int  # grows with every change; the document's external version
    act: str
    status: str
    plover: str
    cameo: str
    event_date: date | None = None
    event_date_range: DateRangeInfo | None = None
    place: PlaceInfo | None = None
    actors: list[ActorInfo] = []
    mentioned: list[ActorInfo] = []
    themes: list[str] = []
    figures: list[str] = []
    members: list[MemberInfo] = []
    related: list[str] = []
    merged_into: str | None = None
    unlisted: int = 0  # articles of the event beyond those in `members`


class JudgedArticle(_Record, frozen=True, kw_only=True):
    """news.article.judged.v1: the verdict on one article for one watch, with the article itself, for the index."""

    watch_id: str
    article: CleanedArticle
    reading: ReadingInfo
    verdict: str
    event_id: str | None = None
    event_version: int | None = None
    compared: list[tuple[str, float]] = []
    changed: list[str] = []
    reasons: list[ReasonInfo] = []


class EventChanged(_Record, frozen=True, kw_only=True):
    """news.event.changed.v1: the whole NewsEvent after a change; `event.version` orders them."""

    event: EventInfo
    verdict: str  # of the article that changed it
    article_id: str
    changed: list[str] = []
    first_seen_at: datetime  # first fetch of the first article
    changed_at: datetime  # first_seen_at of the article that changed it


class AlertRaised(_Record, frozen=True, kw_only=True):
    """news.alert.raised.v1: one thing to tell the watch team. `alert_id` = sha256(event_id|version)."""

    alert_id: str
    watch_id: str
    verdict: str  # NEW or UPDATE
    event: EventInfo
    headline: str
    article: CleanedArticle
    changed: list[str] = []
    reasons: list[ReasonInfo] = []
    channels: list[str] = []
    first_seen_at: datetime
    raised_at: datetime


R = TypeVar("R", bound=_Record)

_encoder = msgspec.json.Encoder()
_decoders: dict[type, msgspec.json.Decoder[object]] = {}


def encode(record: _Record) -> bytes:
    """Return the record as UTF-8 JSON."""
    return _encoder.encode(record)


def decode(kind: type[R], value: bytes | None) -> R:
    """Return the record, or raise ContractError (a dead letter) that says what was wrong and where."""
    decoder = _decoders.setdefault(kind, msgspec.json.Decoder(kind))
    try:
        return decoder.decode(value or b"")  # type: ignore[return-value]
    except (msgspec.DecodeError, UnicodeDecodeError) as e:
        raise ContractError("decode record", kind.__name__, str(e)) from e


def json_schema(kind: type[_Record]) -> dict[str, object]:
    """Return the record's JSON Schema (draft 2020-12), as kept in schemas/json/."""
    return msgspec.json.schema(kind)


WIRE_RECORDS: dict[str, type[_Record]] = {
    "news.article.fetched.v1": FetchedArticle,
    "news.article.cleaned.v1": CleanedArticle,
    "news.article.classified.v1": ClassifiedArticle,
    "news.article.judged.v1": JudgedArticle,
    "news.event.changed.v1": EventChanged,
    "news.alert.raised.v1": AlertRaised,
}
