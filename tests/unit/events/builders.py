"""Builds articles and readings for the tests of event identity, in one line each."""

from __future__ import annotations

from datetime import UTC, date, datetime

from domain.model import (
    Act,
    Actor,
    Article,
    DateRange,
    Place,
    Published,
    Reading,
    Status,
    Theme,
    Watch,
)

WATCH = Watch("morocco-france", "Morocco–France", ("MA", "FR"))
RABAT = Place("Rabat", "MA", 34.01, -6.83)
PARIS = Place("Paris", "FR", 48.85, 2.35)
HOST = Actor("Abdelouafi Laftit", "person", "MA", "interior_minister")


def guest(name: str) -> Actor:
    """Return a French interior minister of that name."""
    return Actor(name, "person", "FR", "interior_minister")


def suspect(name: str) -> Actor:
    """Return a wanted person."""
    return Actor(name, "person", "", "suspect", known=False)


def article(name: str, published: str | None, lang: str = "fr") -> Article:
    """Return an article known by name, published at noon of an ISO day or at an unknown time."""
    at = None
    if published:
        at = Published(datetime.fromisoformat(published).replace(hour=12, tzinfo=UTC), "input", 1.0)
    return Article(name, f"title {name}", "text", lang, published=at)


def reading(
    day: str | None,
    *actors: Actor,
    act: Act = Act.MEETING,
    status: Status = Status.TOOK_PLACE,
    place: Place | None = RABAT,
    basis: str = "told",
    span: tuple[str, str] | None = None,
    weekday: int | None = None,
    mentioned: tuple[Actor, ...] = (),
    recap: bool = False,
    figures: tuple[str, ...] = (),
) -> Reading:
    """Return a relevant reading with the given facts."""
    return Reading(
        relevant=True,
        score=0.9,
        act=act,
        status=status,
        event_date=date.fromisoformat(day) if day else None,
        event_date_range=DateRange(*(date.fromisoformat(d) for d in span)) if span else None,
        date_basis=basis if day else ("range" if span else ""),
        weekday=weekday,
        place=place,
        actors=actors,
        mentioned=mentioned,
        themes=(Theme.TERRORISM, Theme.MIGRATION),
        figures=figures,
        is_recap=recap,
    )
