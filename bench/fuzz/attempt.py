"""Runs single inputs and keeps what they find: one line for each way to fail, with the inputs that show it."""

from __future__ import annotations

import hashlib
import json
import mmap
import resource
import struct
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from bench.fuzz.targets import BY_NAME, TARGETS, Target
from domain.errors import VigieError

SLOW_SECONDS = 5.0  # of processor time for one input; a stage gives a domain call 20 s
INPUTS_A_FINDING = 3
REPORT_SECONDS = 1.0
# Room for the input in hand and its target's number, read by the parent when this process dies of it.
_HEAD = struct.Struct("<II")
HAND_BYTES = 1_000_000


@dataclass(slots=True)
class Hand:
    """A file with the input in hand, so that even a crash of the interpreter leaves it."""

    path: Path
    _map: mmap.mmap = field(init=False)

    def __post_init__(self) -> None:
        self.path.write_bytes(b"\0" * HAND_BYTES)
        with self.path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), HAND_BYTES)

    def take(self, target: Target, data: bytes) -> None:
        """Note what is run next."""
        data = data[: HAND_BYTES - _HEAD.size]
        self._map[_HEAD.size : _HEAD.size + len(data)] = data
        self._map[: _HEAD.size] = _HEAD.pack(TARGETS.index(target), len(data))


def in_hand(path: Path) -> tuple[str, bytes]:
    """Return target and input that a dead process had in hand."""
    whole = path.read_bytes()
    number, size = _HEAD.unpack(whole[: _HEAD.size])
    return TARGETS[number].name, whole[_HEAD.size : _HEAD.size + size]


@dataclass(slots=True)
class Attempts:
    """Everything one process has tried."""

    folder: Path
    hand: Hand
    runs: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)  # answered with one of our errors
    findings: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    _told_at: float = 0.0

    def run(self, target: Target, data: bytes) -> None:
        """Try one input; what must not happen is saved, never raised."""
        self.hand.take(target, data)
        self.runs[target.name] += 1
        started = time.process_time()
        try:
            target.run(data)
        except VigieError:
            self.refused[target.name] += 1
        except Exception as e:
            save(
                self.folder,
                self.findings,
                target.name,
                data,
                what_failed(e),
                traceback.format_exc(),
            )
        seconds = time.process_time() - started
        self.slowest[target.name] = max(seconds, self.slowest.get(target.name, 0.0))
        if seconds > SLOW_SECONDS:
            save(self.folder, self.findings, target.name, data, "slow", f"{seconds:.1f} s")
        self.tell()

    def tell(self, now: bool = False) -> None:
        """Print a report for the parent, once a second."""
        if not now and time.monotonic() - self._told_at < REPORT_SECONDS:
            return
        self._told_at = time.monotonic()
        report = {
            "runs": self.runs,
            "refused": self.refused,
            "findings": self.findings,
            "slowest": self.slowest,
            "rss_kb": rss_kb(),
        }
        sys.stdout.write(json.dumps(report) + "\n")
        sys.stdout.flush()


def what_failed(error: Exception) -> str:
    """Return a name for the way to fail: the error's type and the last line of ours that it passed."""
    ours = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if "site-packages" not in frame.filename and "bench/fuzz/attempt" not in frame.filename
    ]
    where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "?"
    return f"{type(error).__name__} at {where}"


def save(
    folder: Path, findings: Counter[str], target: str, data: bytes, what: str, told: str
) -> None:
    """Keep an input and what it did, up to three for each way to fail."""
    key = f"{target}: {what}"
    findings[key] += 1
    if findings[key] > INPUTS_A_FINDING:
        return
    name = f"{target}-{hashlib.sha256(data).hexdigest()[:12]}"
    (folder / f"{name}.bin").write_bytes(data)
    (folder / f"{name}.txt").write_text(f"{key}\n{told}\n", encoding="utf-8", errors="replace")


def rss_kb() -> int:
    """Return the memory this process holds now (where /proc is missing, the most it held)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * resource.getpagesize() // 1024


def replay(path: Path) -> None:
    """Run one saved input again and let whatever it does come out."""
    BY_NAME[path.name.rpartition("-")[0]].run(path.read_bytes())
