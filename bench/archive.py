"""`python -m bench.archive [--events 6000]`: how large the state of one busy watch grows over years, and how slow.

Events of made-up guests, one every second day, each told by three articles in two scripts, are judged
one after another. Printed: what the book holds, the state topic's bytes after compaction, the largest
entry, and processor time for an article, at several ages of the book.
"""

from __future__ import annotations

import argparse
import itertools
import time
import zlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rich.console import Console
from rich.progress import track
from rich.table import Table

from domain.events.book import Book
from domain.events.codec import dump_shard
from domain.events.judge import judge
from domain.model import Act, Actor, Article, Place, Published, Reading, Theme, Watch

WATCH = Watch("archive", "Archive", ("MA", "FR"))
CITIES = ("Rabat", "Paris", "Tangier", "Marseille", "Casablanca", "Lyon")
ACTS = (Act.MEETING, Act.ARREST_EXTRADITION, Act.JOINT_OPERATION, Act.AGREEMENT)
FIRST_DAY = date(2010, 1, 1)
LANGS = ("fr", "ar", "en")


def story(number: int) -> Iterator[tuple[Article, Reading]]:
    """Yield three tellings of the event of that number."""
    day = FIRST_DAY + timedelta(days=2 * number)
    office = ("interior_minister", "police_chief", "justice_minister", "")[number % 4]
    people = tuple(
        Actor(f"Guest{number % 97} Name{number * 7919 % 1009}", "person", side, office)
        for side in ("MA", "FR")
    )
    told = Reading(
        relevant=True,
        score=0.9,
        act=ACTS[number % len(ACTS)],
        event_date=day,
        date_basis="told",
        place=Place(CITIES[number % len(CITIES)], "MA", 34.0, -6.8),
        actors=people,
        themes=(tuple(Theme)[number % 5], Theme.TERRORISM),
        names=tuple(f"nm{number * k % 3001}" for k in range(3, 40)),
    )
    for n, lang in enumerate(LANGS):
        at = datetime(day.year, day.month, day.day, 8 + n, tzinfo=UTC)
        article = Article(
            f"a{number}-{lang}", f"title {number}", "", lang, published=Published(at, "input", 1.0)
        )
        yield article, replace(told, names=told.names[n * 5 :])


def main() -> None:
    """Judge years of events and print how the book grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=6000)
    asked = parser.parse_args()
    console = Console(width=120)
    table = Table("events told", "known", "of them archived", "articles listed", "state, MB", "largest entry, kB", "ms for an article")  # fmt: skip
    book, spent, articles = Book.empty(WATCH.watch_id), 0.0, 0
    marks = {asked.events * k // 6 for k in range(1, 7)} | {min(400, asked.events)}
    for number in track(range(asked.events), "judging", console=Console(stderr=True)):
        began = time.process_time()
        for article, reading in story(number):
            book = judge(book, article, reading, WATCH)[1]
            articles += 1
        spent += time.process_time() - began
        if number + 1 in marks:
            table.add_row(str(number + 1), *_figures(book), f"{spent / articles * 1000:.1f}")
            spent, articles = 0.0, 0
    console.print(table)


def _figures(book: Book) -> tuple[str, ...]:
    sizes = [len(zlib.compress(dump_shard(book, s), 6)) for s in itertools.islice(book.shards(), 10_000)]  # fmt: skip
    archived = sum(e.record.archived for e in book.entries.values())
    return (
        str(len(book.entries)),
        str(archived),
        str(len(book.event_of)),
        f"{sum(sizes) / 1e6:.2f}",
        f"{max(sizes) / 1e3:.0f}",
    )


if __name__ == "__main__":
    main()
