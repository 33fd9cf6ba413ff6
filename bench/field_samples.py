"""What the field models learn from: of every relevant article its candidates, and which of them are right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from bench.scorer import key, same_day, same_place
from bench.train_relevance import PARTIES, articles
from domain.classify.actor_choice import actor_candidates
from domain.classify.acts import candidates, read_acts
from domain.classify.day_choice import day_candidates
from domain.classify.document import anchor_day, build
from domain.classify.place_choice import place_candidates
from domain.classify.what import theme_values
from domain.knowledge import Knowledge
from domain.model import Article

CHOICES = ("act", "day", "place")
Row = dict[str, Any]
Told = tuple[str, list[dict[str, float]], list[bool]]


@dataclass(frozen=True, slots=True)
class Sample:
    """Candidates of one article: features of each, which are right, and the NewsEvent it tells."""

    group: str
    rows: list[dict[str, float]]
    right: list[bool]
    article: str
    weight: float
    corpus: str


def samples() -> dict[str, list[Sample]]:
    """Return the samples of every field from the relevant articles of the training corpora.

    An article that does not tell what its NewsEvent's label says teaches nothing of a choice, and
    is left out there.
    """
    from desk.offline import article_from

    knowledge = Knowledge.load()
    found: dict[str, list[Sample]] = defaultdict(list)
    for row in articles():
        for text in filter(None, (row["text"], row.get("text_noisy"))):
            article = article_from({**row, "text": text}) if row.get("event_id") else None
            if article is None:
                continue
            for name, rows, right in _told(row, article, knowledge):
                if name == "day" and row["weight"] < 1:
                    continue  # tune2's statements and previews made the days of ordinary news worse
                if rows and (name not in CHOICES or any(right)):
                    event, ident = str(row["event_id"]), str(row["id"])
                    sample = Sample(event, rows, right, ident, row["weight"], row["corpus"])
                    found[name].append(sample)
    return found


def _told(row: Row, article: Article, knowledge: Knowledge) -> Iterator[Told]:
    """Yield the field, its candidates' features, and whether each is what the label says."""
    document = build(article, PARTIES, knowledge)
    acts = read_acts(document)
    possible = candidates(document, acts)
    label = row.get("event_type") or row.get("act")
    yield "act", list(possible.values()), [a.value == label for a in possible]

    days = day_candidates(document, acts)
    published = anchor_day(article)
    yield (
        "day",
        [c.values for c in days],
        [_is_day(row, c.day or (None if c.mention else published)) for c in days],
    )

    places = place_candidates(document, acts)
    yield (
        "place",
        [c.values for c in places],
        [_is_place(row, c.place.name if c.place else None) for c in places],
    )

    day = _label_day(row) or published
    named = actor_candidates(document, acts, knowledge.ledger, day)
    actors = [c for c in named if c.actor.side in PARTIES]
    wanted = {_last(a) for a in row["actors"]} - {""}
    yield "actor", [c.values for c in actors], [_last(c.actor.name) in wanted for c in actors]

    themes = theme_values(document, acts)
    labels = row.get("topics") or row.get("themes") or ()
    yield "theme", list(themes.values()), [t.value in labels for t in themes]


def _label_day(row: Row) -> date | None:
    label = row.get("event_date")
    return date.fromisoformat(label if isinstance(label, str) else label[0]) if label else None


def _is_day(row: Row, day: date | None) -> bool:
    label = row.get("event_date")
    return bool(label) and day is not None and same_day(label, day.isoformat())


def _is_place(row: Row, name: str | None) -> bool:
    return bool(row.get("place")) and same_place(row["place"], name)


def _last(name: object) -> str:
    """Return the last word of a name, as the scorer compares names; an empty one stays empty."""
    return (key(str(name)).split() or [""])[-1]
