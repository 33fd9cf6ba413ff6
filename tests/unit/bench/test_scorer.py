"""The scorer's figures on cases small enough to reckon by hand."""

from __future__ import annotations

import pytest

from bench.scorer import bcubed, same_day, same_place, score


def gold(name: str, event: str | None, **more: object) -> dict[str, object]:
    """Return a gold line."""
    return {"id": name, "lang": "fr", "relevant": event is not None, "event_id": event, **more}


def out(name: str, event: str | None, verdict: str = "REPEAT", **more: object) -> dict[str, object]:
    """Return an output line."""
    return {
        "id": name,
        "relevant": event is not None,
        "event_id": event,
        "verdict": verdict,
        **more,
    }


def test_perfect_output_scores_one() -> None:
    """Everything right gives 1.0 everywhere and no false NEW."""
    wanted = [
        gold("a", "e1", event_date="2024-04-22", place="Rabat", event_type="meeting",
             actors=["Gérald Darmanin"], topics=["terrorism"]),
        gold("b", None),
    ]  # fmt: skip
    seen = [
        out("a", "x", "NEW", event_date="2024-04-23", place="Rabat", act="meeting",
            actors=["Gerald DARMANIN"], themes=["terrorism"]),
        out("b", None, "OFF"),
    ]  # fmt: skip
    s = score(wanted, seen)
    assert (s.relevance.value, s.bcubed.value, s.announced_once.value) == (1.0, 1.0, 1.0)
    assert (s.dates.value, s.places.value, s.acts.value) == (1.0, 1.0, 1.0)
    assert (s.actors.value, s.themes.value, s.false_new.value) == (1.0, 1.0, 0.0)
    assert s.errors == {}


def test_bcubed_counts_a_split_and_a_merge() -> None:
    """Two gold pairs, one split and one merged with a stranger, reckoned by hand."""
    items = [("a", "1", "x"), ("b", "1", "y"), ("c", "2", "z"), ("d", "2", "z"), ("e", "3", "z")]
    f = bcubed(items)
    assert f.precision == pytest.approx((1 + 1 + 2 / 3 + 2 / 3 + 1 / 3) / 5)
    assert f.recall == pytest.approx((0.5 + 0.5 + 1 + 1 + 1) / 5)


def test_event_announced_twice_or_never_is_not_announced_once() -> None:
    """Only exactly one NEW counts."""
    wanted = [gold("a", "e1"), gold("b", "e1"), gold("c", "e2"), gold("d", "e3")]
    seen = [out("a", "x", "NEW"), out("b", "y", "NEW"), out("c", "z"), out("d", "w", "NEW")]
    assert score(wanted, seen).announced_once.hits == 1


def test_missing_output_line_is_named() -> None:
    """An article without output is an error, not a zero."""
    with pytest.raises(ValueError, match="a"):
        score([gold("a", "e1")], [])


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        ("2024-04-22", "2024-04-23", True),
        ("2024-04-22", "2024-04-24", False),
        (["2018-11-15", "2018-11-16"], "2018-11-17", True),
        ("2024-04-22", None, False),
    ],
)
def test_days_agree_within_one(wanted: object, seen: object, expected: bool) -> None:
    """A day apart is right, two are wrong, unknown is wrong."""
    assert same_day(wanted, seen) is expected


@pytest.mark.parametrize(
    ("wanted", "seen", "expected"),
    [
        ("Strasbourg / Marseille", "Marseille", True),
        ("Fès", "Fes", True),
        ("Rabat", "Paris", False),
        ("Rabat", None, False),
    ],
)
def test_places_agree_by_any_named(wanted: object, seen: object, expected: bool) -> None:
    """Any of the gold places will do, whatever the accents."""
    assert same_place(wanted, seen) is expected
