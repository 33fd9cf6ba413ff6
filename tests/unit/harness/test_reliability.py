"""The reliability page says what the recorded results say, always in the same words."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from tests.harness.reliability import (
    FAULTS,
    HEAD,
    PAGE,
    RECOVERY,
    Case,
    Reliability,
    Seen,
    is_there,
    page,
    read_cases,
    read_seen,
)

HERE = "tests/unit/harness/test_reliability.py"


def test_a_later_result_of_a_test_replaces_its_earlier_one_and_no_other(tmp_path: Path) -> None:
    """Each test has one result for each case and scale; other tests' results stay."""
    first, second = (Reliability(f"t.py::{n}", tmp_path, 1) for n in "ab")
    second.seen(4, "back after 9 s")
    first.seen(4, "back after 8 s", runs=2)
    first.seen(4, "back after\n  7 s", runs=3)
    dataclasses.replace(first, scale=20).seen(4, "back after 6 s", runs=60)
    assert read_seen(tmp_path / "4.json") == [
        Seen("t.py::a", 1, 3, "back after 7 s"),
        Seen("t.py::a", 20, 60, "back after 6 s"),
        Seen("t.py::b", 1, 1, "back after 9 s"),
    ]
    assert read_seen(tmp_path / "5.json") == []


def test_a_case_that_is_not_listed_is_refused(tmp_path: Path) -> None:
    """A wrong number is an error of the test, not a row that nobody reads."""
    with pytest.raises(KeyError, match="no case 99"):
        Reliability("t.py::a", tmp_path, 1).seen(99, "all well")


def test_every_case_from_1_to_28_has_a_title_and_an_outcome() -> None:
    """The list is whole: the faults, and after them the changes and recoveries."""
    cases = read_cases()
    faults = [n for n, c in cases.items() if c.table == FAULTS]
    assert faults == list(range(1, 29))
    assert sorted(cases) == list(range(1, len(cases) + 1))
    assert {c.table for c in cases.values()} == {FAULTS, RECOVERY}
    assert all(c.title and c.expected for c in cases.values())


def test_the_page_is_one_row_a_case_with_what_would_break_the_table_made_harmless() -> None:
    """Runs are summed, results stand in order, and a case without result says so."""
    cases = {2: Case(2, "two | parts", "x"), 1: Case(1, "one", "y")}
    seen = {2: [Seen("tests/a.py::t", 1, 3, "0 lost, <5 s"), Seen("tests/a.py::t", 9, 4, "0 lost")]}
    assert page(cases, seen, "# Head\n\n") == (
        "# Head\n\n"
        "| # | What is done | Must be | Runs | Seen | Test |\n|---|---|---|---|---|---|\n"
        "| 1 | one | y |  | not recorded |  |\n"
        "| 2 | two \\| parts | x | 7 | 0 lost, &lt;5 s<br>0 lost (long run, scale 9)"
        " | [a](../tests/a.py) |\n"
    )


def test_changes_and_recoveries_stand_in_a_table_of_their_own() -> None:
    """The first table ends before the second heading, and each case is in one of them."""
    cases = {1: Case(1, "one", "y"), 2: Case(2, "two", "z", RECOVERY)}
    first, heading, second = page(cases, {}, "# Head\n\n").partition(
        "\n## Evolution and recovery\n"
    )
    assert heading
    assert ("| 1 | one |" in first, "| 1 | one |" in second) == (True, False)
    assert ("| 2 | two |" in first, "| 2 | two |" in second) == (False, True)


def test_the_committed_page_is_of_these_words_and_cases() -> None:
    """Whoever changes the head or a case writes the page again; only what was seen may differ."""
    text = PAGE.read_text("utf-8")
    assert text.startswith(HEAD.read_text("utf-8").rstrip())
    rows = [line for line in text.splitlines() if re.match(r"\| \d", line)]
    expected = [f"| {c.number} | {c.title} | {c.expected} |" for c in read_cases().values()]
    assert [row[: len(e)] for row, e in zip(rows, expected, strict=True)] == expected


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        (f"{HERE}::test_every_case_from_1_to_28_has_a_title_and_an_outcome", True),
        (f"{HERE}::test_every_case_from_1_to_28_has_a_title_and_an_outcome[a-b::c]", True),
        (f"{HERE}::test_that_was_renamed", False),
        ("tests/unit/harness/test_that_went.py::test_a", False),
    ],
    ids=["there", "with parameters", "renamed", "file gone"],
)
def test_results_of_tests_that_are_gone_do_not_count(test: str, expected: bool) -> None:
    """A result stands for a test that can be run again."""
    assert is_there(Seen(test, 1, 1, "")) is expected
