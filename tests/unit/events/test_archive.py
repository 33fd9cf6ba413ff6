"""Old events shrink to a summary that is found as before; the oldest are forgotten; nothing grows for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.events import archive, fact
from domain.events.archive import condensed, put_away
from domain.events.book import Book, Entry
from domain.events.codec import changed_shards, dump_shard, load_shards
from domain.events.judge import judge
from domain.events.match import match
from domain.model import Act, Article, Judgement, Reading, Status
from domain.outcome import Verdict
from tests.unit.events.builders import HOST, PARIS, WATCH, article, guest, reading, suspect

Told = tuple[Article, Reading]
DARMANIN = guest("Gérald Darmanin")
FIRST_DAY = date(2015, 1, 10)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a book hold four events with their evidence, and ten in all."""
    monkeypatch.setattr(archive, "MAX_OPEN", 4)
    monkeypatch.setattr(archive, "MAX_KNOWN", 10)


def run(*told: Told, book: Book | None = None) -> tuple[list[Judgement], Book]:
    """Judge articles in order."""
    book, judgements = book or Book.empty(WATCH.watch_id), []
    for item in told:
        judgement, book = judge(book, *item, WATCH)
        judgements.append(judgement)
    return judgements, book


def meeting(number: int, name: str = "", after: int = 0, lang: str = "fr") -> Told:
    """Return an article on the meeting of that number; each is 100 days after the one before, with a guest of its own."""
    day = FIRST_DAY + timedelta(days=100 * number)
    told = reading(day.isoformat(), HOST, guest(f"Guest {number} Surname{number}"))
    names = (f"name{number}", f"town{number}")
    published = (day + timedelta(days=after)).isoformat()
    return article(name or f"m{number}-{lang}", published, lang), replace(told, names=names)


def archived(book: Book) -> list[Entry]:
    """Return the archived events of a book, oldest first."""
    entries = [e for e in book.entries.values() if e.record.archived]
    return sorted(entries, key=lambda e: str(e.event.event_date))


@pytest.mark.usefixtures("few")
def test_the_oldest_events_are_put_away_and_the_newest_keep_their_evidence() -> None:
    """Seven events, room for four: the first three are archived."""
    _, book = run(*(meeting(n) for n in range(7)))
    assert [e.event.event_date for e in archived(book)] == [
        FIRST_DAY + timedelta(days=100 * n) for n in range(3)
    ]


@pytest.mark.usefixtures("few")
def test_a_recap_finds_an_archived_event_and_leaves_it_as_it_was() -> None:
    """Years later somebody recalls it: RECAP of that event, one more member, no field changed, still archived."""
    judged, book = run(*(meeting(n) for n in range(8)))
    old = archived(book)[0]
    (recap,), after = run(meeting(0, "recap", after=800), book=book)
    assert recap.verdict is Verdict.RECAP
    assert recap.event is not None
    assert judged[0].event is not None
    assert recap.event.event_id == judged[0].event.event_id == old.record.event_id
    assert len(recap.event.members) == 2
    told_anew = replace(recap.event, members=old.event.members, revision=old.event.revision)
    assert told_anew == old.event
    assert after.entries[old.record.event_id].record.archived


@pytest.mark.usefixtures("few")
def test_what_was_long_expected_and_takes_place_opens_the_archived_event_again() -> None:
    """A preview, then five other events told in between, then the report: UPDATE of the preview's event."""
    report = article("report", "2016-06-01"), reading("2016-06-01", HOST, DARMANIN, place=PARIS)
    # Told early, and filed by the day it was told: the day expected came out of another article.
    preview = (
        article("preview", "2015-01-01"),
        reading(None, HOST, DARMANIN, status=Status.EXPECTED, place=PARIS, span=("2016-05-25", "2016-06-10")),
    )  # fmt: skip
    judged, book = run(preview, *(meeting(n) for n in range(5)))
    assert judged[0].event is not None
    expected = book.entries[judged[0].event.event_id]
    assert expected.record.archived
    (update,), after = run(report, book=book)
    assert update.event is not None
    assert (update.verdict, update.event.event_id) == (Verdict.UPDATE, expected.record.event_id)
    assert update.event.status is Status.TOOK_PLACE
    assert not after.entries[expected.record.event_id].record.archived


@pytest.mark.usefixtures("few")
def test_beyond_what_may_be_known_the_oldest_are_forgotten_and_their_month_is_written_empty() -> (
    None
):
    """The book never knows more than its bound, and compaction hears of what went."""
    _, before = run(*(meeting(n) for n in range(10)))
    assert len(before.entries) == 10
    _, after = run(meeting(10), book=before)
    assert len(after.entries) == 10
    gone = before.entries.keys() - after.entries.keys()
    month = before.entries[gone.pop()].record.shard
    assert month == f"{FIRST_DAY:%Y-%m}"
    assert month in changed_shards(before, after)
    assert load_shards(WATCH.watch_id, [dump_shard(after, month)]).entries == {}
    assert all(i in after.entries for i in after.event_of.values())


@pytest.mark.usefixtures("few")
def test_a_retelling_of_what_is_forgotten_is_no_news() -> None:
    """An article long after the day it tells of never alerts, known or not."""
    _, book = run(*(meeting(n) for n in range(14)))
    (recap,), _ = run(meeting(0, "recap", after=1500), book=book)
    assert recap.verdict is Verdict.RECAP


@pytest.mark.usefixtures("few")
def test_archived_books_survive_a_round_trip_through_bytes() -> None:
    """What compaction keeps is what was known."""
    _, book = run(*(meeting(n) for n in range(8)))
    shards = {name: dump_shard(book, name) for name in book.shards()}
    read = load_shards(WATCH.watch_id, shards.values())
    assert {name: dump_shard(read, name) for name in read.shards()} == shards
    assert len(archived(read)) == len(archived(book)) == 4


def test_a_condensed_event_tells_and_compares_as_before() -> None:
    """Four tellings in two scripts become two facts; event and comparisons stay the same to the point."""
    wanted = (suspect("Nabil Exemple"),)
    tellings = [meeting(0, f"t{n}", after=n, lang=lang) for n, lang in enumerate(("fr", "ar", "nl", "ar"))]  # fmt: skip
    tellings = [
        (a, replace(r, names=(*r.names, f"only{n}"), mentioned=wanted, places=(f"Town {n}",)))
        for n, (a, r) in enumerate(tellings)
    ]
    _, book = run(*tellings)
    (entry,) = book.entries.values()
    small = Book.of(WATCH.watch_id, [condensed(entry)]).entries[entry.record.event_id]
    assert small.event == entry.event
    assert len(small.record.evidence) == 2
    probes = [*tellings, meeting(0, "p", after=400), meeting(1), meeting(2, lang="ar")]
    asked = [f for t in probes for e in run(t)[1].entries.values() for f in e.record.facts]
    assert [match(f, small) for f in asked] == [match(f, entry) for f in asked]


def test_an_event_told_by_hundreds_stays_bounded_and_counts_them_all() -> None:
    """Forty keep their evidence, four hundred are listed, the rest is counted; archived, forty are listed."""
    told = [meeting(0, f"t{n:04d}", after=1) for n in range(fact.MAX_LISTED + 30)]
    judged, book = run(*told)
    (entry,) = book.entries.values()
    assert {j.verdict for j in judged[1:]} == {Verdict.REPEAT}
    assert len(entry.record.evidence) == fact.MAX_FACTS
    assert len(entry.event.members) == fact.MAX_LISTED
    assert entry.event.unlisted == 30
    small = condensed(entry)
    assert len(small.facts) == archive.MAX_LISTED
    assert len(small.facts) + small.unlisted == len(told)
    assert len(dump_shard(Book.of(WATCH.watch_id, [small]), small.shard)) < 20_000


def test_an_old_book_shrinks_by_a_few_events_for_each_article() -> None:
    """A book from before there was an archive is not rewritten at once: an entry of state stays small."""
    records = [
        next(iter(run(meeting(n))[1].entries.values())).record for n in range(archive.MAX_OPEN + 50)
    ]
    book = Book.of(WATCH.watch_id, records)
    after = put_away(book, keep=records[-1].event_id)
    assert len(archived(after)) == archive.MAX_AT_ONCE


def test_merged_events_go_first() -> None:
    """Nothing joins an event that became part of another, so it is the first to shrink."""
    one, other = (next(iter(run(meeting(n))[1].entries.values())).record for n in (8, 9))
    book = Book.of(WATCH.watch_id, [one, replace(other, merged_into=one.event_id)])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "MAX_OPEN", 2)
        after = put_away(book, keep="another")
    assert [e.record.event_id for e in archived(after)] == [other.event_id]


def test_an_arrest_long_ago_is_found_by_its_suspect_alone() -> None:
    """The extradition years later is linked to the archived arrest of the same man."""
    arrest = (
        article("arrest", "2015-01-12"),
        reading("2015-01-12", act=Act.ARREST_EXTRADITION, mentioned=(suspect("Nabil Exemple"),)),
    )
    handed = (
        article("handed", "2018-03-02"),
        reading(
            "2018-03-01",
            act=Act.ARREST_EXTRADITION,
            place=PARIS,
            mentioned=(suspect("Nabil Exemple"),),
        ),
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(archive, "MAX_OPEN", 2)
        judged, book = run(arrest, *(meeting(n) for n in range(1, 6)), handed)
    assert judged[0].event is not None
    assert book.entries[judged[0].event.event_id].record.archived
    assert judged[-1].event is not None
    assert judged[-1].verdict is Verdict.NEW
    assert judged[-1].event.related == (judged[0].event.event_id,)
