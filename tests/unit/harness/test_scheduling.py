"""Files that share an expensive server are one unit of a worker, and the table of them is true."""

from __future__ import annotations

import re

import pytest

from tests.harness.scheduling import (
    GROUND,
    GROUPS,
    LONGEST_FIRST,
    SECURED,
    SPINE,
    longest_first,
    unit_of,
)
from tests.paths import REPO

# What a file says that uses the shared thing.
SIGNS = {
    SPINE: r"\bspine: Spine\b",
    GROUND: r"\bown_index\(",
    SECURED: r"\bsecured_elasticsearch\b",
}


@pytest.mark.parametrize("group", SIGNS)
def test_every_file_that_uses_a_shared_server_is_in_its_group(group: str) -> None:
    """A file that is missing would start the server a second time, one too many would wait for nothing."""
    users = {
        str(path.relative_to(REPO))
        for path in (REPO / "tests").glob("*/test_*.py")
        if re.search(SIGNS[group], path.read_text("utf-8"))
    }
    assert {file for file, name in GROUPS.items() if name == group} == users != set()


def test_a_test_runs_with_its_group_or_with_its_file() -> None:
    """Parameters and classes do not matter."""
    assert unit_of("tests/faults/test_broker.py::test_a[x-y::z]") == SPINE
    assert unit_of("tests/unit/test_seeds.py::Some::test_b") == "tests/unit/test_seeds.py"


def test_long_units_begin_first_and_the_others_keep_their_order() -> None:
    """Whatever order the queue came in."""
    assert longest_first(["b", SPINE, "a", GROUND]) == [GROUND, SPINE, "b", "a"]


def test_what_is_named_long_is_there() -> None:
    """A file that was renamed would begin anywhere."""
    files = [unit for unit in LONGEST_FIRST if unit not in SIGNS]
    assert [file for file in files if not (REPO / file).is_file()] == []
