"""What days can still mean without an anchor."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dates.consistency import candidate_days, infer_day, weekday_matches
from domain.dates.expressions import find_dates
from domain.model import Published

PUBLISHED = Published(datetime(2020, 10, 18, 9, 0, tzinfo=UTC), "text", 0.7)


_DAY = st.dates(date(2000, 1, 1), date(2030, 1, 1))


@settings(deadline=None)
@given(st.integers(0, 6), _DAY, _DAY)
def test_candidate_days_are_all_days_with_that_weekday(
    weekday: int, one: date, other: date
) -> None:
    """Every candidate has the weekday and lies within the bounds, a week apart, and none is missing."""
    days = candidate_days(weekday, one, other)
    assert all(one <= day <= other and weekday_matches(day, weekday) for day in days)
    assert all((b - a).days == 7 for a, b in pairwise(days))
    if (other - one).days >= 6:
        assert days


def test_no_candidates_between_reversed_days() -> None:
    """An empty range has no days."""
    assert candidate_days(0, date(2024, 4, 22), date(2024, 4, 21)) == ()


@pytest.mark.parametrize(
    ("expected", "text", "published"),
    [
        (None, "أعلنت الوزارة أمس الجمعة", None),
        (date(2020, 10, 16), "أعلنت الوزارة أمس الجمعة", PUBLISHED),
        (date(2020, 10, 16), "بحث الوزيران، الجمعة، سبل التعاون", PUBLISHED),
        (date(2020, 10, 19), "سيصل الوزير الاثنين", PUBLISHED),
        (date(2020, 10, 16), "16 أكتوبر 2020", None),
        (None, "16 أكتوبر 2020 ثم 17 أكتوبر 2020", None),
        (None, "في أكتوبر 2020", PUBLISHED),
        (None, "لا تاريخ هنا", PUBLISHED),
    ],
    ids=["yesterday Friday alone", "with publication", "weekday", "ahead", "full", "two", "month", "none"],
)  # fmt: skip
def test_day_is_inferred_only_when_certain(
    expected: date | None, text: str, published: Published | None
) -> None:
    """One day told together gives that day; several, or none with a year, give nothing."""
    assert infer_day(find_dates(text, "ar", None), published) == expected
