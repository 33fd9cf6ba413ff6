"""Fuzzing in short: the same inputs on every run, nothing found, memory flat; what was found before stays mended."""

from __future__ import annotations

import io
import json
import os
import random
import sys
from pathlib import Path

import pytest
from rich.console import Console

from bench.fuzz.__main__ import Result, fuzz, main, report
from bench.fuzz.attempt import Attempts, Hand, in_hand, replay
from bench.fuzz.mutate import MAX_BYTES, mutated
from bench.fuzz.seeds import seeds
from bench.fuzz.targets import BY_NAME, TARGETS, Target
from bench.fuzz.worker import main as work
from domain.errors import ParseError
from tests.hostile.conftest import Tally

# Inputs, not seconds, so that a slow machine runs the same; 30 s on the 2-core machine of November 2026.
RUNS = 300 * int(os.environ.get("VIGIE_FAULT_RUNS", "1"))


@pytest.mark.real  # no server, but as slow: it belongs to the full run
@pytest.mark.timeout(600)  # the bound on time is the worker's own, for each input
def test_a_seeded_run_finds_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], tally: Tally
) -> None:
    """Mutated feeds, sitemaps, pages, addresses, dates, headers, robots files and rows do no harm."""
    work(["--runs", str(RUNS), "--seed", "20261123", "--folder", str(tmp_path)])
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    found = "\n".join(p.read_text() for p in tmp_path.glob("*.txt"))
    assert last["findings"] == {}, found
    assert sum(last["runs"].values()) == RUNS
    assert set(last["runs"]) == set(BY_NAME)
    tally.seen(28, f"{RUNS} seeded inputs, 0 findings", "own mutations")


@pytest.mark.parametrize("target", TARGETS, ids=lambda t: t.name)
def test_the_seeds_themselves_are_read(target: Target) -> None:
    """Each target starts from inputs that it takes, or fuzzing would try its first check alone."""
    taken = 0
    for data in seeds(target.kind)[:4]:
        try:
            target.run(data)
        except ParseError:
            continue
        taken += 1
    assert taken


def test_the_same_seed_gives_the_same_inputs() -> None:
    """What was found can be found again; no input outgrows its limit."""
    start = seeds("feed")
    first = [mutated(start, random.Random(n)) for n in range(50)]
    assert first == [mutated(start, random.Random(n)) for n in range(50)]
    assert len(set(first)) > 40
    assert max(map(len, first)) <= MAX_BYTES


def broken(data: bytes) -> None:
    """Fail on some inputs."""
    if b"!" in data:
        raise KeyError("found")


FAILING = Target("url", broken, "url")


def test_a_finding_is_kept_once_with_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three inputs of one way to fail, with the traceback; the rest is counted."""
    attempts = Attempts(tmp_path, Hand(tmp_path / "in-hand"))
    monkeypatch.setattr("bench.fuzz.attempt.TARGETS", (FAILING,))
    for n in range(4):
        attempts.run(FAILING, b"!%d" % n)
    [(what, count)] = attempts.findings.items()
    assert what.startswith("url: KeyError at test_fuzz.py:")
    assert count == 4
    assert len(list(tmp_path.glob("url-*.bin"))) == 3


def test_the_input_that_killed_a_process_is_known(tmp_path: Path) -> None:
    """It lies in a file that outlives the interpreter."""
    hand = Hand(tmp_path / "in-hand")
    hand.take(BY_NAME["feed"], b"a longer one")
    hand.take(BY_NAME["dates"], b"killer")
    assert in_hand(tmp_path / "in-hand") == ("dates", b"killer")


def test_growth_is_told_from_flat() -> None:
    """A leak of a megabyte a second is not flat; caches that fill in the first quarter are."""
    filling = Result(Path(), rss_kb=[200_000, *([300_000] * 99)])
    leaking = Result(Path(), rss_kb=[300_000 + 4_000 * n for n in range(100)])
    assert filling.is_flat
    assert not leaking.is_flat
    assert report(leaking, Console(file=io.StringIO())) == 1


@pytest.mark.real  # no server, but as slow: it belongs to the full run
def test_the_command_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    """`python -m bench.fuzz` starts the worker, adds up its reports and says so."""
    result = fuzz(3.0, 1, tmp_path, targets="url,dates")
    assert set(result.runs) == {"url", "dates"}
    assert result.findings == {}
    assert result.rss_kb
    (tmp_path / "url-x.bin").write_bytes(b"https://a.example/")
    replay(tmp_path / "url-x.bin")
    assert main(["--replay", str(tmp_path / "url-x.bin")]) == 0
    assert sys.stdout is not None
