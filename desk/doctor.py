"""The checks behind `vigie doctor`: each says what it saw and, if that is wrong, what to do."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path

import httpx

from desk.connect import configured_sources
from desk.pipeline import configured_watches
from domain.errors import VigieError
from runtime.http_guard import GuardPolicy, check_addresses, check_url, port_of, resolve
from runtime.provision import topic_states
from runtime.settings import Settings

CONNECT_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: what was looked at, what was seen, and what to do ('' when all is well)."""

    what: str
    seen: str
    to_do: str = ""

    @property
    def is_well(self) -> bool:
        """Whether nothing is to do."""
        return not self.to_do


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Yield every finding; nothing is changed, nobody is told anything."""
    yield _data_dir(settings)
    for finding in await _broker(settings):
        yield finding
    for finding in await _index(settings):
        yield finding
    yield _sources(settings)
    for finding in _watches(settings):
        yield finding
    for finding in await _channels(settings):
        yield finding


def _data_dir(settings: Settings) -> Finding:
    folder = Path(settings.data_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        usage = os.statvfs(folder)
    except OSError as e:
        return Finding("data folder", str(folder), f"{e.strerror}: set VIGIE_DATA_DIR")
    free_mb = usage.f_bavail * usage.f_frsize // 1_000_000
    if not os.access(folder, os.W_OK):
        return Finding("data folder", str(folder), "not writable: set VIGIE_DATA_DIR")
    to_do = "less than 500 MB free: make room" if free_mb < 500 else ""
    return Finding("data folder", f"{folder}, {free_mb} MB free", to_do)


async def _broker(settings: Settings) -> list[Finding]:
    where = settings.kafka.bootstrap
    try:
        async with asyncio.timeout(3 * CONNECT_SECONDS):
            states = await topic_states(settings)
    except TimeoutError:
        return [Finding("broker", where, "does not answer: is it started, and the address right?")]
    except VigieError as e:
        return [
            Finding(
                "broker", where, f"{e.detail}: start it, or set VIGIE_KAFKA__BOOTSTRAP and security"
            )
        ]
    found = [Finding("broker", f"{where} answers")]
    wrong = [s for s in states if s.problem]
    found += [Finding(f"topic {s.name}", str(s.found), s.problem) for s in wrong]
    if not wrong:
        found.append(Finding("topics", f"{len(states)}, all as they must be"))
    return found


async def _index(settings: Settings) -> list[Finding]:
    from sinks.elasticsearch import ElasticsearchSink

    where = ", ".join(settings.elasticsearch.urls)
    sink = ElasticsearchSink(settings.elasticsearch)
    try:
        health = await sink.health()
        missing = await sink.missing()
    except VigieError as e:
        return [
            Finding(
                "index",
                where,
                f"{e.detail}: start it, or set VIGIE_ELASTICSEARCH__URLS and account",
            )
        ]
    finally:
        await sink.close()
    status = str(health.get("status", "?"))
    found = [
        Finding(
            "index",
            f"{where} answers, {status}",
            "shards are missing: see its own log" if status == "red" else "",
        )
    ]
    found += [Finding(m, "missing", "run `vigie provision`") for m in missing]
    return found


def _sources(settings: Settings) -> Finding:
    try:
        sources = configured_sources(settings)
    except VigieError as e:
        return Finding("sources", settings.connectors.sources_path or "shipped", str(e))
    enabled = sum(s.enabled for s in sources)
    to_do = "" if enabled else "none is enabled: nothing will be fetched"
    return Finding("sources", f"{enabled} of {len(sources)} enabled", to_do)


def _watches(settings: Settings) -> list[Finding]:
    try:
        watches = configured_watches(settings)
    except VigieError as e:
        return [Finding("watches", settings.watches_dir or "shipped", str(e))]
    have = set(configured_channels(settings))
    found = []
    for watch in watches.values():
        told = [c for c in watch.channels if c in have]
        names = ", ".join(watch.channels)
        to_do = "" if told else "none of its channels is configured: nobody will be told"
        found.append(Finding(f"watch {watch.watch_id}", f"tells by {names}", to_do))
    return found


def configured_channels(settings: Settings) -> list[str]:
    """Return the channels that the settings give an address."""
    alerts = settings.alerts
    have = {"console": alerts.console, "webhook": alerts.webhooks, "email": alerts.smtp.host}
    return [name for name, is_there in have.items() if is_there]


async def _channels(settings: Settings) -> list[Finding]:
    found = [await _webhook(settings, hook.name, hook.url) for hook in settings.alerts.webhooks]
    smtp = settings.alerts.smtp
    if smtp.host:
        found.append(await _connects("e-mail", smtp.host, smtp.port))
    return found


async def _webhook(settings: Settings, name: str, url: str) -> Finding:
    """Check that the guard would let us through; nothing is posted."""
    policy = GuardPolicy(allow_hosts=frozenset(settings.connectors.allow_hosts))
    parsed = httpx.URL(url)
    port = port_of(parsed)
    what = f"webhook {name}"
    try:
        check_url(parsed, policy)
        answers = await resolve(parsed.host, port)
        if not policy.is_listed(parsed.host, port):
            check_addresses(parsed.host, answers)
    except VigieError as e:
        to_do = f"{e.detail}: if this is meant, set VIGIE_CONNECTORS__ALLOW_HOSTS"
        return Finding(what, parsed.host, to_do)
    except OSError as e:
        return Finding(what, parsed.host, f"name not found: {e.strerror or e}")
    return await _connects(what, parsed.host, port)


async def _connects(what: str, host: str, port: int) -> Finding:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as e:
        return Finding(what, f"{host}:{port}", f"no connection: {e or 'too slow'}")
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return Finding(what, f"{host}:{port} answers")


def is_well(findings: Iterable[Finding]) -> bool:
    """Return whether nothing is to do."""
    return all(f.is_well for f in findings)
