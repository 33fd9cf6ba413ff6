"""The five seed articles: four events, whatever the order, with and without known publication days."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from desk.offline import article_from, detect_rows
from desk.watches import find_watch
from domain.classify.reading import read
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from tests.paths import SEEDS, require

pytestmark = pytest.mark.seeds
PUBLISHED = {
    "000": "2018-11-16", "001": "2020-10-18", "002": "2025-04-14", "003": "2024-04-22",
    "004": "2024-04-22",
}  # fmt: skip
GUESTS = {
    "000": "Christophe Castaner", "001": "Gérald Darmanin", "002": "Bruno Retailleau",
    "003": "Gérald Darmanin", "004": "Gérald Darmanin",
}  # fmt: skip
EVENTS = [["000"], ["001"], ["002"], ["003", "004"]]


def rows(dated: bool) -> list[dict[str, Any]]:
    """Return the seeds as input lines."""
    return [
        {
            "id": path.name[:3],
            "title": "",
            "text": path.read_text(encoding="utf-8"),
            "published": PUBLISHED[path.name[:3]] if dated else None,
        }
        for path in sorted(require(SEEDS).glob("*.txt"))
    ]


def detect(lines: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the output by id."""
    out = detect_rows(lines, find_watch("morocco-france"), Knowledge.load())
    return {line["id"]: line for line in out}


def groups(out: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Return the ids that share an event, sorted."""
    by_event: dict[str, list[str]] = {}
    for name, line in out.items():
        by_event.setdefault(line["event_id"], []).append(name)
    return sorted(sorted(names) for names in by_event.values())


def test_dated_seeds_come_out_with_days_ministers_place_and_act() -> None:
    """Given their publication days every field is right."""
    out = detect(rows(dated=True))
    assert groups(out) == EVENTS
    assert out["000"]["event_date"] in ("2018-11-15", "2018-11-16")
    days = {k: out[k]["event_date"] for k in ("001", "002", "003", "004")}
    assert days == {
        "001": "2020-10-16", "002": "2025-04-14", "003": "2024-04-22", "004": "2024-04-22",
    }  # fmt: skip
    for name, line in out.items():
        assert line["place"] == "Rabat"
        assert {"Abdelouafi Laftit", GUESTS[name]} <= set(line["actors"])
        assert line["status"] == "took_place"
        assert line["act"] in ("meeting", "agreement")
        assert {"migration"} <= set(line["themes"])


def test_undated_seeds_are_dated_only_where_they_say_a_day() -> None:
    """001 and 003 say a date, 004 gets its own by joining 003, 000 and 002 stay unknown with a range."""
    out = detect(rows(dated=False))
    assert groups(out) == EVENTS
    assert {k: line["event_date"] for k, line in out.items()} == {
        "000": None, "001": "2020-10-16", "002": None, "003": "2024-04-22", "004": "2024-04-22",
    }  # fmt: skip
    for name, inside in (("000", "2018-11-15"), ("002", "2025-04-14")):
        earliest, latest = out[name]["event_date_range"]
        assert earliest <= inside <= latest


@pytest.mark.parametrize("dated", [True, False], ids=["dated", "undated"])
def test_seeds_are_four_events_in_all_120_orders(dated: bool) -> None:
    """No order of arrival joins 001 with 004 or parts 003 from 004.

    The offline command sorts dated lines by time; arrival knows no such order, so each is judged as it comes.
    """
    watch, knowledge = find_watch("morocco-france"), Knowledge.load()
    articles = {r["id"]: article_from(r) for r in rows(dated)}
    readings = {name: read(a, watch, knowledge) for name, a in articles.items() if a}
    for order in itertools.permutations(articles):
        book = Book.empty(watch.watch_id)
        for name in order:
            article = articles[name]
            assert article is not None
            _, book = judge(book, article, readings[name], watch)
        events: dict[str, list[str]] = {}
        for name in sorted(articles):
            article = articles[name]
            assert article is not None
            events.setdefault(book.resolve(book.event_of[article.article_id]), []).append(name)
        assert sorted(events.values()) == EVENTS, order


def test_lines_of_the_seeds_may_come_in_any_order() -> None:
    """The command gives the same groups for lines turned around."""
    for dated in (True, False):
        assert groups(detect(rows(dated)[::-1])) == EVENTS


def test_exchanging_the_lists_around_two_seeds_changes_no_field() -> None:
    """The ticker of 001 and the related lists of 000 are furniture: swapping them changes nothing."""
    plain = rows(dated=True)
    texts = {r["id"]: r["text"] for r in plain}
    bodies = {r["id"]: article_from(r) for r in plain}
    at = {}
    for name in ("000", "001"):
        article = bodies[name]
        assert article is not None
        first, last = article.text[:40].split("\n")[0], article.text[-40:].split("\n")[-1]
        start, end = texts[name].index(first), texts[name].index(last) + len(last)
        title = texts[name].rfind(article.title, 0, start)
        at[name] = (min(start, title) if title >= 0 else start, end)
    (a0, b0), (a1, b1) = at["000"], at["001"]
    stamp0, stamp1 = texts["000"][a0:b0], texts["001"][a1:b1]
    swapped = {
        "000": texts["001"][:a1] + stamp0 + texts["001"][b1:],
        "001": texts["000"][:a0] + stamp1 + texts["000"][b0:],
    }
    before = detect(plain)
    after = detect([{**r, "text": swapped.get(r["id"], r["text"])} for r in plain])
    for name in before:
        assert after[name] == before[name]
