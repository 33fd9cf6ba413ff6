"""The counts of a command that nobody scrapes: added up over runs, readable by another user, never torn."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from desk.textfile import add_counts
from domain.errors import ConfigError
from domain.outcome import FetchOutcome


def total(path: Path, outcome: str) -> float:
    """Return a count as node_exporter would tell it."""
    families = text_string_to_metric_families(path.read_text())
    samples = [s for f in families for s in f.samples if s.name == "vigie_stage_records_total"]
    [value] = [s.value for s in samples if s.labels == {"stage": "fetch", "outcome": outcome}]
    return value


def test_runs_add_up_also_side_by_side(tmp_path: Path) -> None:
    """Forty runs at a time lose no count; every outcome is there; nothing else is left in the folder."""
    counts = {FetchOutcome.PRODUCED: 1_000_003, FetchOutcome.FAILED: 2}
    with ThreadPoolExecutor(8) as pool:
        [path] = set(pool.map(lambda n: add_counts(tmp_path, counts, 1.0 + n), range(40)))
    assert (total(path, "produced"), total(path, "failed")) == (40_000_120, 80)
    assert total(path, "seen") == 0
    assert path.stat().st_mode & 0o777 == 0o644
    assert [p.name for p in tmp_path.glob("*.prom")] == ["vigie_ingest.prom"]


@pytest.mark.parametrize("text", ["", "vigie_stage_records_total{", "\x00", "other 1\n"])
def test_a_damaged_file_is_begun_anew(text: str, tmp_path: Path) -> None:
    """To Prometheus that is a restart of the counter."""
    (tmp_path / "vigie_ingest.prom").write_text(text)
    path = add_counts(tmp_path, {FetchOutcome.PRODUCED: 3}, 1.0)
    assert total(path, "produced") == 3


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With the setting that names it."""
    with pytest.raises(ConfigError, match="textfile_dir"):
        add_counts(tmp_path / "absent", {}, 1.0)
