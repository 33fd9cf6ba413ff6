"""The process that fuzzes: by its own mutations (seeded, repeatable), or guided by coverage where atheris is installed.

Started by `bench.fuzz.__main__`; prints one JSON report a second on standard output.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from pathlib import Path

MAX_GUIDED_BYTES = 60_000
_INSTRUMENTED = ["connectors", "domain", "schemas", "runtime"]


def parse(argv: list[str]) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--engine", choices=("own", "atheris"), default="own")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=0.0)
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--targets", default="")
    return parser.parse_args(argv)


def main(argv: list[str]) -> None:
    """Fuzz until the time or the number of runs is over."""
    arguments = parse(argv)
    if arguments.engine == "atheris":
        run_guided(arguments)
    else:
        run_own(arguments)


def run_own(arguments: argparse.Namespace) -> None:
    """Mutate seeds of targets drawn by their weights; the same seed and number of runs give the same inputs."""
    from bench.fuzz.attempt import Attempts, Hand
    from bench.fuzz.mutate import mutated
    from bench.fuzz.seeds import seeds
    from bench.fuzz.targets import TARGETS

    chosen = [t for t in TARGETS if not arguments.targets or t.name in arguments.targets.split(",")]
    weights = [t.weight for t in chosen]
    rng = random.Random(arguments.seed)
    attempts = Attempts(arguments.folder, Hand(arguments.folder / "in-hand"))
    ends = time.monotonic() + arguments.seconds
    count = 0
    while count < arguments.runs if arguments.runs else time.monotonic() < ends:
        count += 1
        [target] = rng.choices(chosen, weights)
        attempts.run(target, mutated(seeds(target.kind), rng))
    attempts.tell(now=True)


def run_guided(arguments: argparse.Namespace) -> None:
    """Let libFuzzer choose inputs by the branches they reach; the first byte names the target."""
    import atheris  # type: ignore[import-not-found,unused-ignore]  # an extra: requirements/fuzz.txt

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from bench.fuzz.attempt import Attempts, Hand
        from bench.fuzz.seeds import seeds
        from bench.fuzz.targets import TARGETS
    names = arguments.targets.split(",") if arguments.targets else [t.name for t in TARGETS]
    chosen = [t for t in TARGETS if t.name in names]
    corpus = arguments.folder / "corpus"
    corpus.mkdir(exist_ok=True)
    for number, target in enumerate(chosen):
        for n, data in enumerate(seeds(target.kind)):
            (corpus / f"{target.name}-{n}").write_bytes(bytes([number]) + data[:MAX_GUIDED_BYTES])
    attempts = Attempts(arguments.folder, Hand(arguments.folder / "in-hand"))

    def test_one_input(data: bytes) -> None:
        if data:
            attempts.run(chosen[data[0] % len(chosen)], data[1:])

    flags = [
        f"-max_total_time={int(arguments.seconds)}",
        f"-seed={arguments.seed + 1}",
        f"-max_len={MAX_GUIDED_BYTES}",
        "-rss_limit_mb=0",
        "-timeout=60",
        "-verbosity=0",
        f"-artifact_prefix={arguments.folder}{os.sep}",
    ]
    atheris.Setup([sys.argv[0], *flags, str(corpus)], test_one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1:])
