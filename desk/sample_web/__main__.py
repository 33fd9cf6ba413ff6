"""Serve the sample web until Ctrl-C, to look at it in a browser: `python -m desk.sample_web --port-base 8100`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
from pathlib import Path

from desk.sample_web.server import SampleWeb
from domain.errors import VigieError


async def serve(corpus: Path | None, seed: int, port_base: int) -> None:
    """Print each outlet's address and wait."""
    async with SampleWeb(corpus, seed=seed, port_base=port_base) as web:
        for served in web.outlets:
            sys.stdout.write(
                f"{served.outlet.name:18} {len(served.articles):3} articles  {served.base_url}/  "
                f"{served.outlet.listing}: {served.listing_url}\n"
            )
        sys.stdout.write("Ctrl-C stops it.\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(prog="python -m desk.sample_web", description=__doc__)
    parser.add_argument("--port-base", type=int, default=0, help="first port; 0: free ports")
    parser.add_argument("--seed", type=int, default=0, help="which outlet has which article")
    parser.add_argument(
        "--corpus", type=Path, help="folder with positives.jsonl and negatives.jsonl"
    )
    options = parser.parse_args()
    try:
        with contextlib.suppress(KeyboardInterrupt):
            asyncio.run(serve(options.corpus, options.seed, options.port_base))
    except VigieError as e:
        sys.exit(f"sample web: {e}")


if __name__ == "__main__":
    main()
