"""Event identity: what is one event, what is another, and what is said of each article."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.events.book import Book
from domain.events.codec import changed_shards, dump_shard, load_shards
from domain.events.judge import judge
from domain.model import Act, Article, Judgement, Place, Reading, Status
from domain.outcome import Verdict
from tests.unit.events.builders import (
    HOST,
    PARIS,
    WATCH,
    article,
    guest,
    reading,
    suspect,
)

Told = tuple[Article, Reading]


def run(*told: Told) -> tuple[list[Judgement], Book]:
    """Judge articles in order, from an empty book."""
    book, judgements = Book.empty(WATCH.watch_id), []
    for item in told:
        judgement, book = judge(book, *item, WATCH)
        judgements.append(judgement)
    return judgements, book


def verdicts(*told: Told) -> list[str]:
    """Return the verdicts given in order."""
    return [j.verdict.value for j in run(*told)[0]]


ARREST = Act.ARREST_EXTRADITION
MEETING = (article("a", "2024-04-22", "nl"), reading("2024-04-22", HOST, guest("Gérald Darmanin")))
TELLING = (article("b", "2024-04-22", "ar"), reading("2024-04-22", HOST, guest("Gérald Darmanin")))
EARLIER = (article("c", "2020-10-16", "ar"), reading("2020-10-16", HOST, guest("Gérald Darmanin")))


def test_second_telling_in_another_language_repeats() -> None:
    """Two languages, one meeting: one event, announced once."""
    assert verdicts(MEETING, TELLING) == ["NEW", "REPEAT"]


def test_same_ministers_years_apart_are_two_events() -> None:
    """The same two ministers three and a half years later are news again."""
    assert verdicts(EARLIER, MEETING) == ["NEW", "NEW"]


def test_preview_and_report_are_one_event_and_the_report_updates_it() -> None:
    """A preview announces the event; that it took place is a material update."""
    preview = (
        article("p", "2024-04-20"),
        reading("2024-04-22", HOST, guest("Gérald Darmanin"), status=Status.EXPECTED),
    )
    assert verdicts(preview, MEETING, TELLING) == ["NEW", "UPDATE", "REPEAT"]


def test_preview_whose_day_slips_is_still_the_same_event() -> None:
    """Visits are put off by a day or two after they were announced."""
    preview = (
        article("p", "2020-10-12"),
        reading("2020-10-14", HOST, guest("Gérald Darmanin"), status=Status.EXPECTED),
    )
    assert verdicts(preview, EARLIER) == ["NEW", "UPDATE"]


def test_other_minister_on_another_day_is_another_event() -> None:
    """A new minister in the same office is a new event even in the same city."""
    other = (article("d", "2025-04-14"), reading("2025-04-14", HOST, guest("Bruno Retailleau")))
    assert verdicts(MEETING, other) == ["NEW", "NEW"]


def test_two_visits_to_one_host_two_days_apart_differ() -> None:
    """Dates told in both articles two days apart with other guests are two visits."""
    other = (article("d", "2024-04-24"), reading("2024-04-24", HOST, guest("Bruno Retailleau")))
    assert verdicts(MEETING, other) == ["NEW", "NEW"]


def test_arrest_and_later_extradition_are_two_linked_events() -> None:
    """The same man arrested in March and handed over in January: two events that know each other."""
    arrest = (
        article("x", "2024-03-09"),
        reading("2024-03-08", act=Act.ARREST_EXTRADITION, mentioned=(suspect("A B"),)),
    )
    handed_over = (
        article("y", "2025-01-22"),
        reading("2025-01-22", act=Act.ARREST_EXTRADITION, mentioned=(suspect("A B"),)),
    )
    judgements, _ = run(arrest, handed_over)
    first, second = (j.event for j in judgements)
    assert [j.verdict for j in judgements] == [Verdict.NEW, Verdict.NEW]
    assert first is not None
    assert second is not None
    assert second.related == (first.event_id,)


def test_recap_joins_the_old_event_and_is_never_news() -> None:
    """An article that recalls the meeting a year later joins it as RECAP."""
    recap = (
        article("r", "2025-05-02"),
        reading("2024-04-22", HOST, guest("Gérald Darmanin"), recap=True),
    )
    judgements, _ = run(MEETING, recap)
    assert [j.verdict for j in judgements] == [Verdict.NEW, Verdict.RECAP]
    assert judgements[0].event is not None
    assert judgements[1].event is not None
    assert judgements[0].event.event_id == judgements[1].event.event_id


def test_recap_of_an_unknown_event_is_not_announced() -> None:
    """What happened long before the publication is no news, known or not."""
    recap = (article("r", "2025-05-02"), reading("2024-04-22", HOST, guest("Gérald Darmanin")))
    assert verdicts(recap) == ["RECAP"]


def test_irrelevant_article_is_off_and_leaves_the_book_alone() -> None:
    """An article that is not of the watch changes nothing."""
    book = run(MEETING)[1]
    judgement, after = judge(book, article("o", "2024-04-22"), Reading(False, 0.1), WATCH)
    assert judgement.verdict is Verdict.OFF
    assert after is book


def test_undated_telling_joins_the_event_its_weekday_and_term_allow() -> None:
    """An undated article that says Monday joins the Monday meeting, not the Friday one."""
    undated = (
        article("u", None, "ar"),
        reading(None, HOST, guest("Gérald Darmanin"), span=("2020-07-06", "2024-09-21"), weekday=0),
    )
    judgements, _ = run(EARLIER, MEETING, undated)
    assert judgements[1].event is not None
    assert judgements[2].event is not None
    assert judgements[2].event.event_id == judgements[1].event.event_id


SEED_LIKE: list[Told] = [
    (
        article("s0", None, "ar"),
        reading(None, HOST, guest("Christophe Castaner"), span=("2018-10-16", "2020-07-06")),
    ),
    (article("s1", None, "ar"), reading("2020-10-16", HOST, guest("Gérald Darmanin"))),
    (
        article("s2", None, "ar"),
        reading(
            None, HOST, guest("Bruno Retailleau"), span=("2024-09-21", "2025-10-12"), weekday=0,
            act=Act.AGREEMENT,
        ),
    ),
    (article("s3", None, "nl"), reading("2024-04-22", HOST, guest("Gérald Darmanin"))),
    (
        article("s4", None, "ar"),
        reading(
            None, HOST, guest("Gérald Darmanin"), span=("2023-01-01", "2024-09-21"), weekday=0
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))), ids=str)
def test_five_tellings_are_four_events_in_any_order(order: tuple[int, ...]) -> None:
    """Whatever arrives first, the same articles end in the same four events."""
    _, book = run(*(SEED_LIKE[i] for i in order))
    groups = {frozenset(f.article_id for f in e.record.facts) for e in book.open_entries()}
    assert groups == {
        frozenset({"s0"}), frozenset({"s1"}), frozenset({"s2"}), frozenset({"s3", "s4"}),
    }  # fmt: skip


def test_redelivered_article_gets_its_first_verdict_and_changes_nothing() -> None:
    """A record delivered twice has the same effects as once."""
    judgements, book = run(MEETING, TELLING)
    again, after = judge(book, *MEETING, WATCH)
    assert again.verdict is judgements[0].verdict
    assert again.event is not None
    assert judgements[0].event is not None
    assert again.event.version == judgements[0].event.version
    assert after is book


def test_state_survives_a_round_trip_through_bytes() -> None:
    """A book written to its shards and read back judges the same, and writes the same bytes."""
    _, book = run(MEETING, EARLIER, *SEED_LIKE)
    shards = {name: dump_shard(book, name) for name in book.shards()}
    read = load_shards(WATCH.watch_id, shards.values())
    assert {name: dump_shard(read, name) for name in read.shards()} == shards
    again, _ = judge(read, *replace_id(TELLING, "z"), WATCH)
    assert again.verdict is Verdict.REPEAT


def replace_id(told: Told, article_id: str) -> Told:
    """Return the same telling under another article id."""
    return replace(told[0], article_id=article_id), told[1]


def test_only_the_touched_shard_is_written() -> None:
    """A telling of a 2024 event does not rewrite the months of other events."""
    _, before = run(EARLIER, MEETING)
    _, after = judge(before, *TELLING, WATCH)
    assert changed_shards(before, after) == ("2024-04",)


def test_version_grows_only_with_material_change_and_revision_with_every_change() -> None:
    """The alert's key must not change for a repeat; the document's version must."""
    judgements, _ = run(MEETING, TELLING)
    events = [j.event for j in judgements if j.event]
    assert [(e.version, e.revision) for e in events] == [(1, 1), (1, 2)]


def test_meetings_of_other_people_in_another_city_on_one_day_differ() -> None:
    """Two meetings on one day are one event only if people or place agree."""
    other = (
        article("q", "2024-04-22"),
        reading(
            "2024-04-22",
            replace(HOST, name="Abdellatif Hammouchi", role="police_chief"),
            place=PARIS,
        ),
    )
    assert verdicts(MEETING, other) == ["NEW", "NEW"]


@given(st.permutations([MEETING, TELLING, EARLIER, *SEED_LIKE[1:4]]))
def test_event_told_by_the_same_facts_is_the_same_in_any_order(told: list[Told]) -> None:
    """Arrival order changes who was first, never what the events are."""
    _, book = run(*told)
    shown = sorted(
        (str(e.event.event_date), e.event.act.value, tuple(sorted(a.name for a in e.event.actors)))
        for e in book.open_entries()
    )
    _, reference = run(MEETING, TELLING, EARLIER, *SEED_LIKE[1:4])
    assert shown == sorted(
        (str(e.event.event_date), e.event.act.value, tuple(sorted(a.name for a in e.event.actors)))
        for e in reference.open_entries()
    )


def _place_points(judgement: Judgement) -> float:
    return next(r.score or 0.0 for r in judgement.reasons if r.rule == "identity.place")


def test_another_place_matters_less_when_the_article_names_the_events_too() -> None:
    """A report that names the event's town beside the one read as its place is of that event."""
    town = Place("Ifrane", "MA", 33.5, -5.1)
    elsewhere = Place("Bordeaux", "FR", 44.8, -0.6)
    first = (article("a", "2024-09-20"), reading("2024-09-19", act=ARREST, place=town))
    misread = reading("2024-09-19", act=ARREST, place=elsewhere)
    named = replace(misread, places=("Ifrane",))
    told, _ = run(first, (article("b", "2024-09-21"), named))
    apart, _ = run(first, (article("b", "2024-09-21"), misread))
    assert _place_points(told[1]) > _place_points(apart[1])


def test_a_day_without_a_year_joins_an_undated_article_to_its_event() -> None:
    """ "Until 27 May", in an article without a date, is the 27 May of a known event."""
    drill = (article("a", "2022-05-28"), reading("2022-05-27", act=Act.EXERCISE))
    undated = reading(None, act=Act.EXERCISE, weekday=0, place=None)
    assert verdicts(drill, (article("b", None), undated)) == ["NEW", "NEW"]
    told = replace(undated, month_days=("05-27",))
    assert verdicts(drill, (article("b", None), told))[1] != "NEW"


def test_late_evidence_parts_an_event() -> None:
    """An undated article first taken for a known event moves to the one it belongs with, and it is said."""
    ministers = (HOST, guest("Gérald Darmanin"))
    first = (article("a", "2024-04-22"), reading("2024-04-22", *ministers))
    vague = replace(
        reading(None, *ministers, place=None, span=("2024-01-01", "2024-12-31")),
        figures=("4321", "77"),
        names=("bnkrn", "ksbl", "trkst", "mrdwk"),
        month_days=("11-05",),
    )
    later = replace(
        reading("2024-11-05", *ministers),
        figures=("4321", "77"),
        names=("bnkrn", "ksbl", "trkst", "mrdwk"),
    )
    judgements, book = run(first, (article("b", None), vague), (article("c", "2024-11-05"), later))
    one, joined, other = judgements
    assert one.event is not None
    assert other.event is not None
    assert joined.event is not None
    assert joined.event.event_id == one.event.event_id
    assert book.event_of["b"] == other.event.event_id
    assert [m.article_id for m in book.entries[one.event.event_id].event.members] == ["a"]
    assert [event.event_id for event in other.others] == [one.event.event_id]
    assert any("parted" in words for words in other.changed)
    assert book.entries[one.event.event_id].record.revision == 3


def test_parting_leaves_every_article_in_exactly_one_event() -> None:
    """What moves is neither lost nor kept twice, also after the state was written and read."""
    ministers = (HOST, guest("Gérald Darmanin"))
    told = [
        (article("a", "2024-04-22"), reading("2024-04-22", *ministers)),
        (article("b", None), replace(reading(None, *ministers), month_days=("11-05",))),
        (article("c", "2024-11-05"), reading("2024-11-05", *ministers)),
    ]
    for order in itertools.permutations(told):
        _, book = run(*order)
        again = load_shards(WATCH.watch_id, [dump_shard(book, shard) for shard in book.shards()])
        held = [f.article_id for e in again.entries.values() for f in e.record.facts]
        assert sorted(held) == ["a", "b", "c"]
        assert dict(again.event_of) == dict(book.event_of)
