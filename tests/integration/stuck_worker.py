"""A `clean` worker that gets stuck where its records say so, once for each: the real loop, watchdog and exit codes.

Run as a program with a folder for its marks: what got stuck before is handled as any other record.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from faust import current_event

from agents.app import Reader, Role
from agents.base import Services, StageLoop
from agents.worker import run_worker
from domain.errors import SinkUnavailable
from domain.model import Watch
from domain.outcome import CleanOutcome, Stage
from runtime.dead_letters import Incoming
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings
from runtime.supervise import end_now
from schemas.topics import ARTICLE_FETCHED

MARKS = Path(sys.argv[1])
NAME = sys.argv[2]  # the test's; records of other tests are no trouble


async def handle(record: Incoming) -> Sequence[str]:
    """Do what the record says the first time it comes."""
    said = (record.value or b"").decode()
    name, _, trouble = said.partition(":")
    mark = MARKS / trouble
    if name == NAME and trouble and not mark.exists():
        if trouble == "down":  # a sink that stays away: never settled, and no stall
            raise SinkUnavailable("send", "sink", "down", retry_after_seconds=0.5)
        mark.touch()
        await get_stuck(trouble)
    return [CleanOutcome.CLEANED]


async def get_stuck(trouble: str) -> None:
    """Hang in the handler, block the event loop, or hear nothing more from the broker."""
    if trouble == "hang":
        await asyncio.get_running_loop().create_future()
    if trouble == "block":
        time.sleep(600)  # noqa: ASYNC251 - this is the trouble
    if trouble == "deaf":
        event = current_event()
        assert event is not None
        consumer = event.app.consumer
        consumer.pause_partitions(consumer.assignment())


def build(name: str, settings: Settings, services: Services, watches: Mapping[str, Watch]) -> Role:
    """Return the role whose handler is the one above."""
    return Role([Reader(name, ARTICLE_FETCHED, StageLoop(Stage.CLEAN, handle, services))])


def main() -> None:
    """Run until the watchdog or a signal ends it."""
    settings = load_settings()
    setup_logs(settings.log, "clean", [])
    end_now(asyncio.run(run_worker(settings, "clean", {}, build)))


if __name__ == "__main__":
    main()
