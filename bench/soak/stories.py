"""What the soak's outlets publish: mostly articles that are of no watch, and now and then a new event, told twice.

Article number n of a run is the same in every run of the same length and rate.
"""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import bench
from domain.classify.reading import read
from domain.knowledge import Knowledge
from domain.model import Article
from domain.watch import parse_watch

CORPORA = ("dev/negatives.jsonl", "tune/articles.jsonl")
EVENT_EVERY_SECONDS = 20.0
TOLD_AGAIN_AFTER_SECONDS = 40.0
DAYS_BETWEEN_EVENTS = 9  # further apart than two tellings of one event can be; 2 h are nine years
_CITIES = ("Rabat", "Paris", "Casablanca", "Marseille", "Tangier", "Lyon", "Marrakesh", "Nice")
_MONTHS_FR = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_FRENCH = (
    "Le Maroc et la France signent à {city} un accord de coopération policière",
    "Le ministre marocain de l'Intérieur et le ministre français de l'Intérieur ont signé {day} à {city} "
    "un accord de coopération policière entre le Maroc et la France contre le terrorisme.",
    "L'accord prévoit l'échange de renseignements entre les polices marocaine et française et des "
    "opérations conjointes contre les filières, ont indiqué les deux ministères.",
)
_ENGLISH = (
    "Morocco and France sign police cooperation agreement in {city}",
    "The Moroccan interior minister and the French interior minister signed an agreement on police "
    "cooperation between Morocco and France against terrorism in {city} on {day}.",
    "Under the agreement the Moroccan and French police will exchange intelligence and carry out "
    "joint operations against networks, the two ministries said.",
)


@dataclass(frozen=True, slots=True)
class Story:
    """One article. `due_seconds` counts from the start; `event` is its event's number, or -1."""

    number: int
    due_seconds: float
    title: str
    paragraphs: tuple[str, ...]
    lang: str
    published: datetime
    event: int = -1

    @property
    def path(self) -> str:
        """Its path at its outlet."""
        return f"/a/{self.number}.html"

    def page(self) -> bytes:
        """Return the page as an outlet would serve it."""
        body = "".join(f"<p>{html.escape(p)}</p>" for p in self.paragraphs)
        title, at = html.escape(self.title), self.published.isoformat()
        direction = ' dir="rtl"' if self.lang == "ar" else ""
        return (
            f'<!doctype html><html lang="{self.lang}"{direction}><head><meta charset="utf-8">'
            f'<title>{title}</title><meta property="article:published_time" content="{at}"></head>'
            f"<body><nav><a href='/'>Home</a></nav><article><h1>{title}</h1>{body}</article></body></html>"
        ).encode()


def plan(
    seconds: float, rate: float, now: datetime, fillers: Sequence[tuple[str, tuple[str, ...], str]]
) -> list[Story]:
    """Return everything that a run of that length publishes, in order of time."""
    tellings = _tellings(seconds, now)
    count = max(0, round(seconds * rate) - len(tellings))
    stories = [
        Story(n, n * seconds / max(count, 1), *_filler(fillers, n), now) for n in range(count)
    ]
    for n, (due, event, title, paragraphs, lang, published) in enumerate(tellings, count):
        stories.append(Story(n, due, title, paragraphs, lang, published, event))
    return sorted(stories, key=lambda s: (s.due_seconds, s.number))


def _tellings(
    seconds: float, now: datetime
) -> list[tuple[float, int, str, tuple[str, ...], str, datetime]]:
    """Return (due, event, title, paragraphs, language, publication) of every telling of every event.

    The events are dated through the past years, in order: each is one of its own, as if the years went by in hours.
    """
    count = int(seconds // EVENT_EVERY_SECONDS)
    told = []
    for event in range(count):
        at = now - timedelta(days=DAYS_BETWEEN_EVENTS * (count - event))
        city, due = _CITIES[event % len(_CITIES)], (event + 0.5) * EVENT_EVERY_SECONDS
        for due_at, text, lang, day in (
            (due, _FRENCH, "fr", f"le {at.day} {_MONTHS_FR[at.month - 1]} {at.year}"),
            (due + TOLD_AGAIN_AFTER_SECONDS, _ENGLISH, "en", f"{at.day} {at:%B %Y}"),
        ):
            if due_at < seconds:
                title, *rest = (part.format(city=city, day=day) for part in text)
                told.append((due_at, event, title, tuple(rest), lang, at))
    return told


def background() -> list[tuple[str, tuple[str, ...], str]]:
    """Return (title, paragraphs, language) of the corpora's articles that are of no watch.

    One that today's detection takes for relevant is left out: told again every minute, it would make one event of
    thousands of articles, which no news does.
    """
    watch = parse_watch((files("watches") / "morocco-france.toml").read_text(encoding="utf-8"))
    knowledge = Knowledge.load()
    folder = Path(bench.__file__).resolve().parent / "corpus"
    found = []
    for name in CORPORA:
        for line in (folder / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if not row.get("relevant") and row.get("title"):
                paragraphs = tuple(p.strip() for p in row["text"].split("\n") if p.strip())
                article = Article(row["id"], row["title"], row["text"], row["lang"])
                if not read(article, watch, knowledge).relevant:
                    found.append((row["title"], paragraphs, row["lang"]))
    return found


def _filler(
    fillers: Sequence[tuple[str, tuple[str, ...], str]], n: int
) -> tuple[str, tuple[str, ...], str]:
    """Return the n-th article of no watch: a corpus article under a number of its own."""
    title, paragraphs, lang = fillers[n % len(fillers)]
    return f"{title} ({n})", (*paragraphs, f"[{n}]"), lang


def utc_noon(at: datetime) -> datetime:
    """Return noon of a day, so that no time zone moves it to another."""
    return at.astimezone(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
