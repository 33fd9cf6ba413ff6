"""What is settled of the dead letters survives being written down, and fits where it is kept."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.commands.dead_letters import since_of
from desk.dead_letters import Letter, Wanted
from desk.settled import MAX_CHARS, as_text, from_text
from domain.errors import ConfigError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@given(st.integers(0, 10_000), st.sets(st.integers(1, 5_000), max_size=2_000))
def test_settled_ones_are_read_as_they_were_written(low: int, beyond: set[int]) -> None:
    """Numbers or bits, few or many: the same set comes back."""
    settled = {low + n for n in beyond}
    assert from_text(low, as_text(low, settled)) == settled


@pytest.mark.parametrize("step", [2, 3, 7], ids=["every second", "every third", "every seventh"])
def test_one_reason_of_many_can_be_settled_at_once(step: int) -> None:
    """Thousands of single letters between others fit into the metadata of one commit."""
    assert len(as_text(0, set(range(1, 50_000, step)))) <= MAX_CHARS


def test_a_random_choice_of_ten_thousand_fits() -> None:
    """The worst pattern, half of 20,000 letters by chance, still fits."""
    chosen = set(random.Random(5).sample(range(20_000), 10_000))
    assert len(as_text(0, chosen)) <= MAX_CHARS


@pytest.mark.parametrize("text", ["", "z:", "z:!!!", "z:AAAA", "x,y", "²", "-1"])
def test_foreign_metadata_settles_nothing(text: str) -> None:
    """What another tool wrote into the group's metadata is passed over."""
    assert from_text(0, text) == set()


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (NOW - timedelta(minutes=90), "90m"),
        (NOW - timedelta(hours=24), "24h"),
        (NOW - timedelta(days=7), "7d"),
        (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "2026-11-23T10:00Z"),
    ],
    ids=["minutes", "hours", "days", "time"],
)
def test_since_takes_spans_and_times(expected: datetime, text: str) -> None:
    """A span counts back from now, a time stands for itself."""
    assert since_of(text, NOW) == expected


@pytest.mark.parametrize("text", ["yesterday", "24", "2026-11-23T10:00", "9999999h"])
def test_since_refuses_what_it_cannot_know(text: str) -> None:
    """No zone or no sense: refused with what is expected."""
    with pytest.raises(ConfigError, match="expected"):
        since_of(text, NOW)


def letter(**headers: str) -> Letter:
    """Return a letter with these headers."""
    return Letter("t", 0, None, b"v", {k: v.encode() for k, v in headers.items()}, 1)


@pytest.mark.parametrize(
    ("expected", "wanted"),
    [
        (True, Wanted()),
        (True, Wanted(stage="clean", reason="parse")),
        (False, Wanted(stage="index")),
        (False, Wanted(reason="contract")),
        (True, Wanted(since=NOW - timedelta(hours=2))),
        (False, Wanted(since=NOW)),
    ],
    ids=["all", "both fit", "other stage", "other reason", "recent", "too old"],
)
def test_letters_are_chosen_by_stage_reason_and_time(expected: bool, wanted: Wanted) -> None:
    """Every condition must hold."""
    told = letter(stage="clean", reason="parse", at=(NOW - timedelta(hours=1)).isoformat())
    assert wanted.takes(told) is expected


def test_a_letter_without_its_time_is_not_hidden_by_since() -> None:
    """One whose headers were damaged is shown rather than left out."""
    assert Wanted(since=NOW).takes(letter(at="soon"))
