"""Keeps every source polled at its interval until told to stop, or polls each once.

Each poll ends in one log line and moves the source's durable state: next poll, back-off, new address.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog

from connectors.fetch import Fetcher
from connectors.metrics import ConnectorMetrics, NoMetrics
from connectors.options import ConnectorOptions
from connectors.parser_pool import ParserPool
from connectors.poll import PollResult, Tools, poll, stopped_within
from connectors.publisher import Publisher
from connectors.sources import Source
from connectors.state import SourceState, State
from domain.outcome import FetchOutcome
from runtime.http_guard import FetchReason

log = structlog.get_logger("connectors")

Clock = Callable[[], datetime]
MAX_DOUBLINGS = 12


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


async def run_connectors(
    options: ConnectorOptions,
    sources: Sequence[Source],
    publisher: Publisher,
    state: State,
    fetcher: Fetcher,
    clock: Clock = utc_now,
    metrics: ConnectorMetrics | None = None,
    stop_event: asyncio.Event | None = None,
    *,
    rng: random.Random | None = None,
) -> None:
    """Poll every enabled source at its interval until `stop_event` is set.

    A source that is due later than now by its saved state waits until then, so a restart never polls
    early. One source's failure never touches another.

    Raises:
        SinkUnavailable: the state cannot be written (no disk); going on would lose track of everything.
    """
    stop = stop_event or asyncio.Event()
    metrics, rng = metrics or NoMetrics(), rng or random.Random()
    turns = asyncio.Semaphore(options.concurrency)
    async with ParserPool(options.parser_children) as parser:
        tools = Tools(options, publisher, state, fetcher, parser, clock, metrics, stop)
        polls = {
            asyncio.create_task(_keep_polling(source, tools, turns, rng))
            for source in sources
            if source.enabled
        }
        await _until_stopped(polls, stop, options.stop_grace_seconds)


async def _until_stopped(
    polls: set[asyncio.Task[None]], stop: asyncio.Event, grace_seconds: float
) -> None:
    """Wait for the stop, then for the polls under way, then cut them; an error of one ends all of them.

    Also with nothing left to poll the service stays up: its health page says so. A poll that is cut
    loses nothing, because what was not acknowledged was not noted as seen.
    """
    stopping = asyncio.create_task(stop.wait())
    running: set[asyncio.Task[Any]] = {stopping, *polls}
    try:
        while not stopping.done():
            done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        if running:
            await asyncio.wait(running, timeout=grace_seconds)
    finally:
        for task in {stopping, *polls}:
            task.cancel()
        await asyncio.gather(stopping, *polls, return_exceptions=True)


async def run_once(
    options: ConnectorOptions,
    sources: Sequence[Source],
    publisher: Publisher,
    state: State,
    fetcher: Fetcher,
    clock: Clock = utc_now,
    metrics: ConnectorMetrics | None = None,
    stop_event: asyncio.Event | None = None,
) -> dict[str, dict[str, int]]:
    """Poll every enabled source once, now, and return {source_id: {outcome: count}}.

    A listing that could not be read counts as `listing_failed`.
    """
    metrics = metrics or NoMetrics()
    turns = asyncio.Semaphore(options.concurrency)
    summary: dict[str, dict[str, int]] = {}
    async with ParserPool(options.parser_children) as parser:
        stop = stop_event or asyncio.Event()
        tools = Tools(options, publisher, state, fetcher, parser, clock, metrics, stop)

        async def once(source: Source) -> None:
            metrics.set_interval(source.id, source.interval_seconds)
            async with turns:
                result = await _poll_and_note(source, tools, random.Random(0))
            counts = {outcome.value: n for outcome, n in result.counts.items() if n}
            summary[source.id] = counts if result.ok else {**counts, "listing_failed": 1}

        async with asyncio.TaskGroup() as group:
            for source in sources:
                if source.enabled:
                    group.create_task(once(source))
    return {source.id: summary[source.id] for source in sources if source.id in summary}


async def _keep_polling(
    source: Source, tools: Tools, turns: asyncio.Semaphore, rng: random.Random
) -> None:
    tools.metrics.set_interval(source.id, source.interval_seconds)
    known = tools.state.source(source.id, source.url)
    if known.last_success_at:
        tools.metrics.set_last_success(source.id, known.last_success_at)
    if known.stopped_at:
        log.warning("source is gone (410) and not polled; change its url", source=source.id)
        return
    now = tools.clock().timestamp()
    wait = known.next_poll_at - now
    if wait <= 0:
        spread = min(tools.options.start_spread_seconds, source.interval_seconds)
        wait = spread * rng.random()
    while not await stopped_within(tools.stop, wait):
        async with turns:
            if tools.stop.is_set():
                return
            result = await _poll_and_note(source, tools, rng)
        known = tools.state.source(source.id, source.url)
        if result.status == FetchReason.GONE:
            return
        wait = known.next_poll_at - tools.clock().timestamp()


async def _poll_and_note(source: Source, tools: Tools, rng: random.Random) -> PollResult:
    """Poll, then move the source's state and say how it went. A defect of ours costs one poll, not the process."""
    known = tools.state.source(source.id, source.url)
    started = asyncio.get_running_loop().time()
    try:
        result = await poll(source, known.moved_to or source.url, tools)
    except Exception as e:
        # Entries already settled stay settled; the others come again with the next poll.
        log.exception("poll broke", source=source.id)
        result = PollResult("defect", detail=f"{type(e).__name__}: {e}")
    now = tools.clock().timestamp()
    after = next_state(known, result, source, tools.options, now, rng.uniform(-1.0, 1.0))
    tools.state.save_source(source.id, after)
    if result.ok:
        tools.metrics.set_last_success(source.id, now)
    _log(source, result, after, asyncio.get_running_loop().time() - started, now)
    return result


def next_state(
    known: SourceState,
    result: PollResult,
    source: Source,
    options: ConnectorOptions,
    now: float,
    wobble: float,
) -> SourceState:
    """Return the source's state after a poll. `wobble` in [-1, 1] keeps polls out of step.

    Success: the interval, or the server's max-age if that is longer (up to a limit). Failure: twice
    the wait each time, up to a day, and never before Retry-After. 410: no further poll.
    """
    interval = source.interval_seconds * (1 + options.poll_jitter * wobble)
    if result.ok:
        floor = min(result.max_age_seconds, options.max_age_floor_seconds)
        return replace(
            known,
            moved_to=result.moved_to or known.moved_to,
            next_poll_at=now + max(interval, floor),
            failures=0,
            last_success_at=now,
        )
    if result.status == FetchReason.GONE:
        return replace(known, failures=known.failures + 1, stopped_at=now)
    wait = interval * 2 ** min(known.failures, MAX_DOUBLINGS)
    wait = min(max(wait, result.retry_after_seconds), options.max_back_off_seconds)
    # An address it once moved to that fails repeatedly is given up for the configured one.
    moved_to = known.moved_to if known.failures < 2 else ""
    return replace(known, moved_to=moved_to, failures=known.failures + 1, next_poll_at=now + wait)


def _log(
    source: Source, result: PollResult, after: SourceState, seconds: float, now: float
) -> None:
    counts = {outcome.value: result.counts[outcome] for outcome in FetchOutcome}
    line = {
        "source": source.id,
        "status": result.status,
        "seconds": round(seconds, 3),
        "next_in": round(after.next_poll_at - now, 1),
        **counts,
    }
    if result.moved_to:
        line["moved_to"] = result.moved_to
    if result.ok:
        log.info("poll", **line)
    else:
        log.warning("poll", **line, error=result.detail, failures=after.failures)
