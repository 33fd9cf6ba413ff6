"""Turns records into the domain's values and back; the only place that knows both."""

from __future__ import annotations

import hashlib

from domain.clean import CleanResult, RawArticle
from domain.errors import ContractError
from domain.model import (
    Act,
    Actor,
    Article,
    DateRange,
    Judgement,
    Member,
    NewsEvent,
    Place,
    Published,
    Reading,
    Reason,
    Span,
    Status,
    Theme,
)
from domain.taxonomy import CAMEO, PLOVER
from schemas.records import (
    ActorInfo,
    CleanedArticle,
    DateRangeInfo,
    EventInfo,
    FeedEntry,
    FetchedArticle,
    JudgedArticle,
    MemberInfo,
    PlaceInfo,
    PublishedInfo,
    ReadingInfo,
    ReasonInfo,
    SpanInfo,
)

UTF8 = {"utf-8", "utf8"}


def raw_article(fetched: FetchedArticle) -> RawArticle:
    """Return what `clean` needs of a fetched article.

    Plain text that says it is UTF-8 is decoded here; anything else is left to the charset detection.
    """
    entry = fetched.entry or FeedEntry()
    is_text = fetched.media_type.startswith("text/plain") and fetched.charset.lower() in UTF8
    return RawArticle(
        body=None if is_text else fetched.body,
        text=fetched.body.decode("utf-8", "replace") if is_text else None,
        media_type=fetched.media_type,
        charset=fetched.charset,
        url=fetched.url or None,
        title=fetched.title,
        published_hint=fetched.published,
        entry_title=entry.title,
        entry_summary=entry.summary,
        entry_published=entry.published,
        lang_hint=entry.lang or fetched.source.lang,
    )


def article_id(canonical_url: str, content_hash: str) -> str:
    """Return the identity of an article: the same words at the same address."""
    return hashlib.sha256(f"{canonical_url}|{content_hash}".encode()).hexdigest()


def cleaned_article(fetched: FetchedArticle, result: CleanResult) -> CleanedArticle:
    """Return the record of a cleaned article."""
    published = result.published
    return CleanedArticle(
        article_id=article_id(fetched.canonical_url, result.content_hash),
        url=fetched.url,
        canonical_url=fetched.canonical_url,
        source=fetched.source,
        title=result.title,
        text=result.text,
        lang=result.lang,
        lang_confidence=result.lang_confidence,
        content_hash=result.content_hash,
        fetched_at=fetched.fetched_at,
        first_seen_at=fetched.first_seen_at,
        published=PublishedInfo(
            at=published.at, source=published.source, confidence=published.confidence
        )
        if published
        else None,
        partial=fetched.partial,
        declared_id=fetched.declared_id,
    )


def article(record: CleanedArticle) -> Article:
    """Return the article that the domain reads and judges."""
    return Article(
        article_id=record.article_id,
        title=record.title,
        text=record.text,
        lang=record.lang,
        url=record.url or None,
        published=published(record.published),
        source_id=record.source.source_id,
    )


def published(info: PublishedInfo | None) -> Published | None:
    """Return the publication time."""
    return Published(info.at, info.source, info.confidence) if info else None


def reading_info(reading: Reading) -> ReadingInfo:
    """Return the record part of a reading."""
    return ReadingInfo(
        relevant=reading.relevant,
        score=reading.score,
        act=reading.act.value if reading.act else None,
        status=reading.status.value if reading.status else None,
        event_date=reading.event_date,
        event_date_range=_range_info(reading.event_date_range),
        date_basis=reading.date_basis,
        weekday=reading.weekday,
        place=_place_info(reading.place),
        actors=[_actor_info(a) for a in reading.actors],
        mentioned=[_actor_info(a) for a in reading.mentioned],
        themes=[t.value for t in reading.themes],
        figures=list(reading.figures),
        periods=[DateRangeInfo(earliest=p.earliest, latest=p.latest) for p in reading.periods],
        month_days=list(reading.month_days),
        places=list(reading.places),
        names=list(reading.names),
        is_recap=reading.is_recap,
        reasons=reason_infos(reading.reasons),
    )


def reading(info: ReadingInfo) -> Reading:
    """Return the reading of a record; raises ContractError on an act, status or theme that is not ours."""
    try:
        return _reading(info)
    except ValueError as e:
        raise ContractError("read the reading", "", str(e)) from e


def _reading(info: ReadingInfo) -> Reading:
    return Reading(
        relevant=info.relevant,
        score=info.score,
        act=Act(info.act) if info.act else None,
        status=Status(info.status) if info.status else None,
        event_date=info.event_date,
        event_date_range=_range(info.event_date_range),
        date_basis=info.date_basis,
        weekday=info.weekday,
        place=_place(info.place),
        actors=tuple(_actor(a) for a in info.actors),
        mentioned=tuple(_actor(a) for a in info.mentioned),
        themes=tuple(Theme(t) for t in info.themes),
        figures=tuple(info.figures),
        periods=tuple(DateRange(p.earliest, p.latest) for p in info.periods),
        month_days=tuple(info.month_days),
        places=tuple(info.places),
        names=tuple(info.names),
        is_recap=info.is_recap,
        reasons=tuple(_reason(r) for r in info.reasons),
    )


def judged_article(
    watch_id: str, cleaned: CleanedArticle, info: ReadingInfo, judgement: Judgement
) -> JudgedArticle:
    """Return the record of a verdict."""
    event = judgement.event
    return JudgedArticle(
        watch_id=watch_id,
        article=cleaned,
        reading=info,
        verdict=judgement.verdict.value,
        event_id=event.event_id if event else None,
        event_version=event.version if event else None,
        compared=list(judgement.compared),
        changed=list(judgement.changed),
        reasons=reason_infos(judgement.reasons),
    )


def event_info(event: NewsEvent) -> EventInfo:
    """Return the record part of a NewsEvent."""
    return EventInfo(
        event_id=event.event_id,
        watch_id=event.watch_id,
        version=event.version,
        revision=event.revision,
        act=event.act.value,
        status=event.status.value,
        plover=PLOVER[event.act],
        cameo=CAMEO[event.act],
        event_date=event.event_date,
        event_date_range=_range_info(event.event_date_range),
        place=_place_info(event.place),
        actors=[_actor_info(a) for a in event.actors],
        mentioned=[_actor_info(a) for a in event.mentioned],
        themes=[t.value for t in event.themes],
        figures=list(event.figures),
        members=[_member_info(m) for m in event.members],
        related=list(event.related),
        merged_into=event.merged_into,
        unlisted=event.unlisted,
    )


def reason_infos(reasons: tuple[Reason, ...]) -> list[ReasonInfo]:
    """Return the record parts of reasons."""
    return [
        ReasonInfo(
            rule=r.rule,
            detail=r.detail,
            score=r.score,
            spans=[SpanInfo(start=s.start, end=s.end, field=s.field) for s in r.spans],
        )
        for r in reasons
    ]


def _reason(info: ReasonInfo) -> Reason:
    spans = tuple(Span(s.start, s.end, s.field) for s in info.spans)
    return Reason(info.rule, info.detail, info.score, spans)


def _member_info(member: Member) -> MemberInfo:
    return MemberInfo(
        article_id=member.article_id,
        title=member.title,
        lang=member.lang,
        source_id=member.source_id,
        verdict=member.verdict.value,
        url=member.url,
        published_at=member.published_at,
    )


def _actor_info(a: Actor) -> ActorInfo:
    return ActorInfo(name=a.name, kind=a.kind, side=a.side, role=a.role, known=a.known)


def _actor(info: ActorInfo) -> Actor:
    return Actor(info.name, info.kind, info.side, info.role, info.known)


def _place_info(place: Place | None) -> PlaceInfo | None:
    if place is None:
        return None
    return PlaceInfo(name=place.name, country=place.country, lat=place.lat, lon=place.lon)


def _place(info: PlaceInfo | None) -> Place | None:
    return Place(info.name, info.country, info.lat, info.lon) if info else None


def _range_info(days: DateRange | None) -> DateRangeInfo | None:
    return DateRangeInfo(earliest=days.earliest, latest=days.latest) if days else None


def _range(info: DateRangeInfo | None) -> DateRange | None:
    return DateRange(info.earliest, info.latest) if info else None
