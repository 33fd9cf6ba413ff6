"""`python -m bench.soak --minutes 120 --rate 12`: hours of news in front of every role, and whether anything grows.

Exit codes: 0 everything accounted for and flat, 1 not, 2 wrong arguments or a server that does not start.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bench.soak import report
from bench.soak.measure import Sample
from bench.soak.run import Options, Outcome, own_servers, read_outcome, read_samples, soak
from domain.errors import VigieError

OUT = Path(".vigie/soak")
ROOT = Path(__file__).resolve().parents[2]
IMAGE = "soak.svg"


def arguments(argv: Sequence[str] | None = None) -> argparse.Namespace:
    """Return what was asked for on the command line."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=120.0, help="how long articles come")
    parser.add_argument("--rate", type=float, default=12.0, help="articles a second")
    parser.add_argument("--kafka", default="", help="host:port; empty: real servers of its own")
    parser.add_argument("--elasticsearch", default="", help="address, with --kafka")
    parser.add_argument("--out", type=Path, default=OUT, help="where samples and logs are kept")
    parser.add_argument("--docs", action="store_true", help="write docs/soak.md and its picture")
    parser.add_argument("--report", type=Path, help="only tell of a run kept in this folder")
    found = parser.parse_args(argv)
    if not 0 < found.minutes <= 2880 or not 0 < found.rate <= 200:
        parser.error("--minutes must be up to 2880 and --rate up to 200, both above 0")
    if bool(found.kafka) != bool(found.elasticsearch):
        parser.error("--kafka and --elasticsearch belong together")
    return found


async def _run(asked: argparse.Namespace, folder: Path) -> Outcome:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("soak", total=asked.minutes * 60)

        def tell(sample: Sample) -> None:
            if sample.role == "detect":
                title = f"detect {sample.rss / 1e6:.0f} MB, lag {sample.lag:.0f}"
                progress.update(task, completed=sample.at, description=title)

        async with own_servers(asked.kafka, asked.elasticsearch) as (kafka, elasticsearch):
            options = Options(asked.minutes, asked.rate, folder, kafka, elasticsearch)
            return await soak(options, tell)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a soak, or tell of one; print the account."""
    asked = arguments(argv)
    folder = asked.report or asked.out / f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    try:
        outcome = (
            read_outcome(folder) if asked.report else asyncio.run(_run(asked, folder.resolve()))
        )
        samples = read_samples(folder)
    except (VigieError, OSError) as e:
        sys.stderr.write(f"soak: {e}\n")
        return 2
    found = report.verdicts(samples, outcome)
    account, image = report.text(samples, outcome, found), report.pictures(samples, outcome)
    (folder / "report.md").write_text(account, encoding="utf-8")
    (folder / IMAGE).write_text(image, encoding="utf-8")
    if asked.docs:
        report.write_docs(ROOT, account, image, IMAGE)
    Console(width=220 if not sys.stdout.isatty() else None).print(Markdown(account))
    sys.stdout.write(f"kept in {folder}\n")
    return int(bool(outcome.problems()) or not all(v.is_flat for v in found))


if __name__ == "__main__":
    raise SystemExit(main())
