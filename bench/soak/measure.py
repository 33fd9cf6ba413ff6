"""What is measured of each role's process while the soak runs: memory, open files, threads, processor, lag."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
from prometheus_client.parser import text_string_to_metric_families

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICKS = os.sysconf("SC_CLK_TCK")


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """One look at one role. The figures of a role are those of its process and all its children."""

    at: float  # seconds since the run began
    role: str
    pid: int
    rss: int  # bytes
    files: int
    threads: int
    cpu: float  # seconds of processor time so far
    lag: float = 0.0  # records waiting for it in Kafka
    load: float = 0.0  # of the whole machine, one minute
    outcomes: dict[str, float] = {}  # `stage/outcome` -> records so far
    answered: bool = True  # its metrics page did


@dataclass(slots=True)
class _Process:
    rss: int = 0
    files: int = 0
    threads: int = 0
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """One role's process and where it tells its metrics."""

    role: str
    pid: int
    port: int


@dataclass(slots=True)
class Page:
    """What a metrics page says that the soak keeps."""

    lag: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)


async def look(target: Target, at: float, session: aiohttp.ClientSession) -> Sample:
    """Return what is seen of one role now."""
    seen = _tree(target.pid)
    page = await _page(target.port, session)
    return Sample(
        at=round(at, 2),
        role=target.role,
        pid=target.pid,
        rss=seen.rss,
        files=seen.files,
        threads=seen.threads,
        cpu=seen.cpu,
        lag=page.lag if page else 0.0,
        load=os.getloadavg()[0],
        outcomes=dict(page.outcomes) if page else {},
        answered=page is not None,
    )


async def _page(port: int, session: aiohttp.ClientSession) -> Page | None:
    try:
        async with session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            text = await answer.text()
    except (aiohttp.ClientError, TimeoutError):
        return None
    return read_page(text)


def read_page(text: str) -> Page:
    """Return the lag and the outcomes that a metrics page tells."""
    page = Page()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            if sample.name == "vigie_consumer_lag_records":
                page.lag += sample.value
            elif sample.name == "vigie_stage_records_total" and sample.value:
                labels = sample.labels
                page.outcomes[f"{labels['stage']}/{labels['outcome']}"] += sample.value  # type: ignore[assignment]
    return page


def _tree(pid: int) -> _Process:
    """Return the sums over a process and its children; what has ended meanwhile counts nothing."""
    total = _Process()
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        folder = Path(f"/proc/{one}")
        try:
            total.rss += int((folder / "statm").read_text().split()[1]) * _PAGE
            total.files += len(os.listdir(folder / "fd"))
            status = (folder / "status").read_text()
            total.threads += int(status.partition("Threads:")[2].split(None, 1)[0])
            times = (folder / "stat").read_text().rpartition(")")[2].split()
            total.cpu += (int(times[11]) + int(times[12])) / _TICKS
            for task in (folder / "task").iterdir():
                waiting += [int(n) for n in (task / "children").read_text().split()]
        except (OSError, IndexError, ValueError):
            continue
    return total
