"""One alert with hostile and right-to-left text, for the tests of what leaves."""

from __future__ import annotations

from typing import Any

from schemas.records import (
    ActorInfo,
    AlertRaised,
    EventInfo,
    MemberInfo,
    PlaceInfo,
    ReasonInfo,
    SourceRef,
    SpanInfo,
)
from sinks.channel import Delivery
from tests.fakes import NOW, cleaned

TITLE = 'لقاء <script>alert("x")</script> في الرباط'
TEXT = "اجتمع الوزيران في الرباط ووقعا على خارطة طريق للتعاون الأمني بين البلدين. <img src=x onerror=y>"


def alert(**changes: Any) -> AlertRaised:
    """Return the alert; the article's words are somebody else's."""
    event = EventInfo(
        event_id="ev-1",
        watch_id="morocco-france",
        version=2,
        revision=5,
        act="meeting",
        status="took_place",
        plover="CONSULT",
        cameo="040",
        place=PlaceInfo(name="Rabat", country="MA"),
        actors=[ActorInfo(name="Abdelouafi Laftit", kind="person", side="MA", role="minister")],
        themes=["terrorism", "organised_crime"],
        members=[MemberInfo(article_id="a", title=TITLE, lang="ar", source_id="s", verdict="NEW")],
    )
    article = cleaned(
        "a",
        title=TITLE,
        text=TEXT,
        lang="ar",
        url="http://site.test/a?x=1&y=2",
        source=SourceRef(source_id="s", name="Site & Co"),
    )
    values: dict[str, Any] = {
        "alert_id": "alert-1",
        "watch_id": "morocco-france",
        "verdict": "NEW",
        "event": event,
        "headline": "Meeting – Abdelouafi Laftit – Rabat, 2025-04-14",
        "article": article,
        "reasons": [
            ReasonInfo(
                rule="act.meeting", detail="told here", score=2.0, spans=[SpanInfo(start=0, end=72)]
            )
        ],
        "channels": ["console", "webhook", "email"],
        "first_seen_at": NOW,
        "raised_at": NOW,
    }
    return AlertRaised(**(values | changes))


def delivery(channel: str = "webhook", recipient: str = "desk", **changes: Any) -> Delivery:
    """Return a delivery of it."""
    return Delivery(alert(**changes), channel, recipient)
