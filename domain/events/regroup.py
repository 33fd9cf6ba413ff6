"""Late evidence that parts a known event: articles in it that belong with another one, now that it is known.

Two events may first look like one, when an article that fits both comes between them, or when one of
them is not told yet. Each time an event gains an article, those of its neighbours are asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from domain.events.book import Book, Entry
from domain.events.fact import EventRecord, Fact, bounded
from domain.events.match import Match, match

# An article moves only when it fits its new event well, and better than all that stays behind by this much.
FITS_AT, LEAD = 1.0, 2.5
# Neighbours and articles looked at, so that a long history costs no more than a short one.
MAX_NEIGHBOURS, MAX_ASKED = 4, 12
_NEIGHBOUR_AT = -8.0


@dataclass(frozen=True, slots=True)
class Move:
    """Articles that leave one event for another."""

    left: EventRecord
    facts: tuple[Fact, ...]


def moves_to(book: Book, home: EventRecord, matches: Sequence[Match]) -> list[Move]:
    """Return the articles of neighbouring events that belong with `home`; `book` holds it already.

    `matches` are the comparisons of the article that came, best first. An event never loses its
    last article this way: that would be a merge, which has rules of its own.
    """
    entry = book.entries[home.event_id]
    neighbours = [
        m.event_id for m in matches if m.event_id != home.event_id and m.score > _NEIGHBOUR_AT
    ]
    moves = []
    for event_id in neighbours[:MAX_NEIGHBOURS]:
        record = book.entries[event_id].record
        if record.merged_into is not None or record.archived or len(record.evidence) < 2:
            continue
        leaving = tuple(f for f in record.evidence[-MAX_ASKED:] if _belongs_with(f, entry, record))
        if leaving and len(leaving) < len(record.evidence):
            moves.append(Move(record, leaving))
    return moves


def _belongs_with(fact: Fact, home: Entry, left: EventRecord) -> bool:
    there = match(fact, home).score
    if there < FITS_AT:
        return False
    rest = replace(left, facts=tuple(f for f in left.facts if f is not fact))
    here = match(fact, Book.of(left.watch_id, [rest]).entries[left.event_id]).score
    return there - here >= LEAD


def moved(home: EventRecord, moves: Sequence[Move]) -> list[EventRecord]:
    """Return `home` with what moved to it, then the events it came from, each with a new revision."""
    if not moves:
        return [home]
    gained = tuple(f for m in moves for f in m.facts)
    gone = {f.article_id for f in gained}
    return [
        bounded(replace(home, facts=(*home.facts, *gained))),
        *(
            replace(
                m.left,
                facts=tuple(f for f in m.left.facts if f.article_id not in gone),
                revision=m.left.revision + 1,
            )
            for m in moves
        ),
    ]
