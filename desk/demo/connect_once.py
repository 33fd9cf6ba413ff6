"""`python -m desk.demo.connect_once`: polls every source once, prints what became of the entries as JSON, and ends.

The same connectors as `vigie run connectors`, with the same settings; only the loop around them is missing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path

from connectors.options import ConnectorOptions, make_fetcher
from connectors.publisher import KafkaOptions, KafkaPublisher
from connectors.service import run_once
from connectors.sources import load_sources
from connectors.state import State
from domain.errors import VigieError
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings, secrets_of


async def poll_once(settings: Settings) -> dict[str, dict[str, int]]:
    """Return {source: {outcome: count}} of one poll of every source."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    given = settings.connectors
    options = ConnectorOptions(
        user_agent=given.user_agent,
        allow_hosts=frozenset(given.allow_hosts),
        min_gap_seconds=given.min_gap_seconds,
        total_seconds=given.deadline_seconds,
    )
    sources = load_sources(Path(given.sources_path) if given.sources_path else None)
    async with contextlib.AsyncExitStack() as stack:
        fetcher = await stack.enter_async_context(make_fetcher(options))
        state = stack.enter_context(State(state_path(settings)))
        kafka = KafkaPublisher(KafkaOptions(settings.kafka.bootstrap))
        publisher = await stack.enter_async_context(kafka)
        return await run_once(options, sources, publisher, state, fetcher, stop_event=stop)


def state_path(settings: Settings) -> Path:
    """Return where the connectors remember what they have seen, with its folder made."""
    folder = Path(settings.data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    return folder / "connectors.db"


def main() -> None:
    """Poll once, print the summary on standard output, exit 1 when a listing could not be read."""
    try:
        settings = load_settings()
        setup_logs(settings.log, "connectors", secrets_of(settings))
        summary = asyncio.run(poll_once(settings))
    except VigieError as e:
        sys.exit(f"vigie: {e}")
    sys.stdout.write(json.dumps(summary) + "\n")
    sys.exit(any("listing_failed" in counts for counts in summary.values()))


if __name__ == "__main__":
    main()
