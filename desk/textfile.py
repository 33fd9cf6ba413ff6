"""Counts of commands that end before Prometheus comes by, in a file for node_exporter's textfile collector.

What `vigie ingest` sends comes out of `clean` like what the connectors fetch; without its counts the completeness
rules would see more come out than went in.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from domain.errors import ConfigError
from domain.outcome import FetchOutcome, Stage

FILE = "vigie_ingest.prom"
RECORDS = "vigie_stage_records_total"
LAST_RUN = "vigie_ingest_last_run_timestamp_seconds"


def add_counts(folder: Path, counts: Mapping[FetchOutcome, int], now: float) -> Path:
    """Add the counts of one run to those of all runs before, in one step; return the file.

    Raises ConfigError when the folder cannot be written.
    """
    path = folder / FILE
    try:
        with (folder / f".{FILE}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            totals = _read(path)
            for outcome, count in counts.items():
                totals[outcome.value] = totals.get(outcome.value, 0.0) + count
            part = folder / f".{FILE}.{os.getpid()}"
            part.write_text(_text(totals, now), encoding="ascii")
            part.chmod(0o644)  # node_exporter is another user
            part.replace(path)
    except OSError as e:
        raise ConfigError("write counts", f"metrics.textfile_dir: {folder}", str(e.strerror)) from e
    return path


def _read(path: Path) -> dict[str, float]:
    """Return the totals so far; of a file that was damaged none, which Prometheus takes for a restart."""
    try:
        families = list(text_string_to_metric_families(path.read_text(encoding="ascii")))
    except (FileNotFoundError, ValueError):
        return {}
    return {
        sample.labels["outcome"]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == RECORDS and "outcome" in sample.labels
    }


def _text(totals: Mapping[str, float], now: float) -> str:
    lines = [
        f"# HELP {RECORDS} Records that ended this stage, by outcome.",
        f"# TYPE {RECORDS} counter",
    ]
    for outcome in FetchOutcome:
        labels = f'stage="{Stage.FETCH.value}",outcome="{outcome.value}"'
        lines.append(f"{RECORDS}{{{labels}}} {totals.get(outcome.value, 0.0):.0f}")
    lines += [
        f"# HELP {LAST_RUN} When `vigie ingest` last ended.",
        f"# TYPE {LAST_RUN} gauge",
        f"{LAST_RUN} {now:.0f}",
    ]
    return "\n".join(lines) + "\n"
