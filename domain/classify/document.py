"""An article as the reading sees it: lines (title, then sentences) with cues, people, countries, places and days."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from domain.classify.cues import Cue, cue_index
from domain.dates.expressions import DateMention, find_dates
from domain.gazetteer.countries import CountryMention, find_countries
from domain.gazetteer.ledger import ActorMention
from domain.gazetteer.places import PlaceMention
from domain.knowledge import Knowledge
from domain.model import Article, Span
from domain.text.fold import fold
from domain.text.sentences import split_sentences

# How strongly one mention says that a country acts in a sentence.
_COUNTRY_STRENGTH = {"name": 0.8, "metonym": 0.6, "institution": 1.0, "adjective": 0.5}
_ACTOR_STRENGTH = 1.0
_PLACE_STRENGTH = 0.3
# A sentence without its own subject ("the minister added ...") keeps half of the one before.
_CARRY = 0.5
# "Both countries" stands for the two parties once both have been named.
_PAIR_STRENGTH = 0.6
LEAD_LINES = 4
# Subjects that are not security: an idiom may well tell one of them.
_SUBJECTS = frozenset(
    {"sport", "trade", "culture", "visa", "sahara", "history", "court", "politics"}
)


@dataclass(slots=True)
class Line:
    """One sentence (or the title): its range in `Document.full` and all that was found in it."""

    index: int
    start: int
    end: int
    weight: float
    is_title: bool
    cues: dict[str, list[Cue]] = field(default_factory=dict)
    actors: list[ActorMention] = field(default_factory=list)
    countries: list[CountryMention] = field(default_factory=list)
    places: list[PlaceMention] = field(default_factory=list)
    dates: list[DateMention] = field(default_factory=list)
    own: dict[str, float] = field(default_factory=dict)  # side -> strength, from this line
    sides: dict[str, float] = field(default_factory=dict)  # with what carries over

    def has(self, *categories: str) -> bool:
        """True when any of the cue categories occurs in the line."""
        return any(c in self.cues for c in categories)

    def count(self, category: str) -> int:
        """Number of cues of a category in the line."""
        return len(self.cues.get(category, ()))


@dataclass(frozen=True, slots=True)
class Document:
    """The article's title and text as one string, cut into lines. Offsets in lines are into `full`."""

    article: Article
    full: str
    body_at: int
    lines: tuple[Line, ...]
    parties: tuple[str, str]

    def span(self, start: int, end: int) -> Span:
        """Return a range of `full` as a span of the title or the text."""
        if start < self.body_at:
            return Span(start, min(end, len(self.article.title)), "title")
        return Span(start - self.body_at, end - self.body_at)

    def joint(self, line: Line) -> float:
        """Return how strongly both parties act in a line, 0 to 1."""
        return min(line.sides.get(p, 0.0) for p in self.parties)

    def head(self) -> tuple[Line, ...]:
        """Return the title and the first sentences."""
        return self.lines[: LEAD_LINES + 1]


def build(article: Article, parties: tuple[str, str], knowledge: Knowledge) -> Document:
    """Return the annotated document; `parties` are ISO country codes."""
    anchor = article.published.at.date() if article.published else None
    full = f"{article.title}\n\n{article.text}"
    body_at = len(article.title) + 2
    lines = _cut(article, full, body_at)
    folded = fold(full)
    for cue in cue_index(article.lang).find(folded.text):
        start, end = folded.span(cue.start, cue.end)
        line = _at(lines, start)
        if line is not None:
            line.cues.setdefault(cue.category, []).append(Cue(cue.category, start, end, cue.term))
    for line in lines:
        _drop_homonyms(line)
    actors = knowledge.ledger.find_actors(full, article.lang, anchor)
    named = [(a.start, a.end) for a in actors if a.kind == "person"]
    countries = find_countries(full, article.lang)
    places = knowledge.places.find_places(full, article.lang)
    _place_in(lines, actors, "actors")
    # "Hollande" and "Paris" may be people: a person's name hides the country or city it looks like.
    _place_in(lines, (c for c in countries if not _within(c.start, c.end, named)), "countries")
    _place_in(lines, (p for p in places if not _within(p.start, p.end, named)), "places")
    _place_in(lines, find_dates(full, article.lang, anchor), "dates")
    _set_sides(lines, parties)
    return Document(article, full, body_at, tuple(lines), parties)


def _within(start: int, end: int, ranges: Sequence[tuple[int, int]]) -> bool:
    return any(a <= start and end <= b for a, b in ranges)


def _drop_homonyms(line: Line) -> None:
    """Take out the cues that lie inside a phrase of another sense ("social security").

    An idiom ("seize the opportunity") is no subject itself and leaves no trace; what it says of
    sport, trade and the like ("transfer market") stays.
    """
    homonyms = [(c.start, c.end) for c in line.cues.get("homonym", ())]
    idioms = [(c.start, c.end) for c in line.cues.pop("idiom", ())]
    for category, cues in list(line.cues.items()):
        if category == "homonym":
            continue
        covers = homonyms if category in _SUBJECTS else homonyms + idioms
        kept = [c for c in cues if not _within(c.start, c.end, covers)]
        if kept:
            line.cues[category] = kept
        else:
            del line.cues[category]


def anchor_day(article: Article) -> date | None:
    """Return the publication day, from which relative days are reckoned."""
    return article.published.at.date() if article.published else None


def _cut(article: Article, full: str, body_at: int) -> list[Line]:
    lines = [Line(0, 0, len(article.title), 1.0, True)]
    for n, s in enumerate(split_sentences(full[body_at:], article.lang)):
        weight = max(0.25, 0.95 - 0.08 * n)
        lines.append(Line(n + 1, body_at + s.start, body_at + s.end, weight, False))
    return lines


def _at(lines: list[Line], offset: int) -> Line | None:
    """Return the line that holds an offset, by bisection over the starts."""
    low, high = 0, len(lines)
    while low < high:
        middle = (low + high) // 2
        if lines[middle].start <= offset:
            low = middle + 1
        else:
            high = middle
    line = lines[low - 1] if low else None
    return line if line and offset < line.end else None


def _place_in(
    lines: list[Line],
    mentions: Iterable[CountryMention | ActorMention | PlaceMention | DateMention],
    name: str,
) -> None:
    for mention in mentions:
        line = _at(lines, mention.start)
        if line is not None:
            getattr(line, name).append(mention)


def _set_sides(lines: list[Line], parties: tuple[str, str]) -> None:
    """Fill in how strongly each country acts in each line."""
    seen: set[str] = set()
    before: dict[str, float] = {}
    for line in lines:
        own: dict[str, float] = {}
        for code, strength in _mentions(line):
            if code:
                own[code] = max(own.get(code, 0.0), strength)
        seen |= own.keys()
        line.own = own
        sides = dict(own)
        if line.has("pair") and set(parties) <= seen:
            for party in parties:
                sides[party] = max(sides.get(party, 0.0), _PAIR_STRENGTH)
        for code, strength in before.items():
            sides[code] = max(sides.get(code, 0.0), strength * _CARRY)
        line.sides = sides
        before = sides if not line.is_title else own


def _mentions(line: Line) -> Iterable[tuple[str, float]]:
    for actor in line.actors:
        yield actor.side, _ACTOR_STRENGTH
    for country in line.countries:
        yield country.code, _COUNTRY_STRENGTH[country.kind]
    for place in line.places:
        yield place.country, _PLACE_STRENGTH
