"""Fixtures of the connector tests: a scripted site, a fetcher that may reach it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from connectors.fetch import Fetcher, FetchOptions
from connectors.politeness import Politeness, PolitenessOptions
from tests.harness.web import ScriptedServer, Site


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ScriptedServer]:
    """A server that starts sites."""
    async with ScriptedServer() as running:
        yield running


@pytest_asyncio.fixture
async def site(server: ScriptedServer) -> Site:
    """One site with an open robots.txt."""
    return await server.site()


@pytest_asyncio.fixture
async def fetcher(site: Site) -> AsyncIterator[Fetcher]:
    """A fetcher with short limits that may reach the site, without pauses between requests."""
    options = FetchOptions(
        allow_hosts=frozenset({site.netloc}),
        total_seconds=1.0,
        connect_seconds=1.0,
        read_seconds=0.5,
        max_body_bytes=200_000,
    )
    async with Fetcher(options, Politeness(PolitenessOptions(min_gap_seconds=0.0))) as made:
        yield made
