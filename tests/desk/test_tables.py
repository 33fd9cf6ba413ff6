"""What tables say in words."""

from __future__ import annotations

from desk.tables import why_of


def test_why_names_one_sign_the_day_and_the_place() -> None:
    """A duty officer reads one sentence, not the model's terms."""
    reasons = [
        {"rule": "verdict.new", "detail": "no known event fits"},
        {"rule": "relevance.third_rival", "detail": "another country", "score": -0.7},
        {"rule": "relevance.shows_any", "detail": "how plainly the two cooperate", "score": 1.2},
        {"rule": "date.told", "detail": "'vendredi' read as 2020-10-16", "score": 2.0},
        {"rule": "place.told", "detail": "Rabat", "score": 1.4},
    ]
    assert why_of(reasons) == (
        "how plainly the two cooperate; 'vendredi' read as 2020-10-16; in Rabat"
    )


def test_why_of_nothing_is_empty() -> None:
    """An event without reasons shows an empty cell."""
    assert why_of([]) == ""
