"""The connectors' memory is durable, bounded and held by one process."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from connectors.fetch import Validators
from connectors.state import SeenEntry, SourceState, State
from domain.errors import ConfigError


def test_everything_survives_closing(tmp_path: Path) -> None:
    """What was saved is there in the next life."""
    path = tmp_path / "deep" / "state.sqlite"
    kept = SourceState("https://a.example/", "https://b.example/", 5.0, 2, 3.0, 0.0)
    with State(path) as state:
        state.save_source("a", kept)
        state.save_validators("a", "https://a.example/", Validators('"e"', "m"))
        state.save_seen("a", "k", SeenEntry("h", 1, 2.0), 3.0)
    with State(path) as state:
        assert state.source("a", kept.url) == kept
        assert state.validators("a", kept.url) == Validators('"e"', "m")
        assert state.seen("a", "k") == SeenEntry("h", 1, 2.0)
        assert state.seen("b", "k") is None


def test_everything_survives_a_process_that_never_closed(tmp_path: Path) -> None:
    """A copy of the files of a running process, as after kill -9, opens with all that was saved."""
    path = tmp_path / "state.sqlite"
    with State(path) as state:
        state.save_seen("a", "k", SeenEntry("h", 1, 2.0), 3.0)
        for name in ("state.sqlite", "state.sqlite-wal"):
            (tmp_path / f"copy-{name}").write_bytes((tmp_path / name).read_bytes())
    with State(tmp_path / "copy-state.sqlite") as copy:
        assert copy.seen("a", "k") == SeenEntry("h", 1, 2.0)


def test_changed_address_starts_the_source_afresh_but_not_its_entries(tmp_path: Path) -> None:
    """Validators belong to an address, entries to the source."""
    with State(tmp_path / "s") as state:
        state.save_source("a", SourceState("https://old.example/", stopped_at=9.0))
        state.save_validators("a", "https://old.example/", Validators('"e"'))
        state.save_seen("a", "k", SeenEntry("h", 1, 2.0), 3.0)
        assert state.source("a", "https://new.example/") == SourceState("https://new.example/")
        assert state.validators("a", "https://old.example/") == Validators()
        assert state.seen("a", "k") is not None


def test_longest_unlisted_entries_are_forgotten_first(tmp_path: Path) -> None:
    """Beyond the limit, what is still listed stays."""
    with State(tmp_path / "s", seen_per_source=3) as state:
        for n in range(5):
            state.save_seen("a", f"k{n}", SeenEntry("h", 1, 0.0), float(n))
        state.save_seen("b", "k", SeenEntry("h", 1, 0.0), 0.0)
        state.touch("a", ["k0"], 10.0)
        assert [n for n in range(5) if state.seen("a", f"k{n}")] == [0, 3, 4]
        assert (state.seen_count("a"), state.seen_count("b")) == (3, 1)


def test_second_process_on_the_same_file_is_refused(tmp_path: Path) -> None:
    """Two connectors on one state would produce everything twice."""
    with (
        State(tmp_path / "s"),
        pytest.raises(ConfigError, match="another process uses it"),
    ):
        State(tmp_path / "s")


def test_file_that_is_no_state_or_of_another_version_is_refused(tmp_path: Path) -> None:
    """Nothing is overwritten by mistake."""
    other = tmp_path / "notes.txt"
    other.write_bytes(b"not a database, just some notes" * 100)
    with pytest.raises(ConfigError, match="notes"):
        State(other)
    newer = tmp_path / "newer"
    db = sqlite3.connect(newer)
    db.execute("PRAGMA user_version=99")
    db.close()
    with pytest.raises(ConfigError, match="version 99, expected 1"):
        State(newer)
