"""The embedded pipeline of the demo and of `up`: servers, topics and templates, one process for each role."""

from __future__ import annotations

import asyncio
import sys
import time

import aiohttp

from desk.demo.children import Child, ChildError, Children
from desk.demo.workspace import Workspace
from runtime.embedded import EmbeddedServers
from runtime.provision import provision_topics
from runtime.settings_file import load_settings
from sinks.elasticsearch import ElasticsearchSink

AGENTS = ("clean", "classify", "detect", "index", "deliver")
READY_SECONDS = 60.0
POLL_SECONDS = 0.1
VIGIE = (sys.executable, "-m", "desk.cli")


class Pipeline:
    """Starts the processes of one workspace and stops them all."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.children = Children(workspace.logs)
        ports = workspace.ports
        self.servers = EmbeddedServers(
            workspace.folder / "servers",
            kafka_port=ports.kafka,
            elasticsearch_port=ports.elasticsearch,
        )
        self._starting: asyncio.Task[object] | None = None

    async def start_servers(self) -> None:
        """Start the embedded Kafka and Elasticsearch and make topics, templates and indices, as `vigie provision` does."""
        self._starting = asyncio.create_task(asyncio.to_thread(self.servers.start))
        await asyncio.shield(self._starting)
        settings = load_settings(self.workspace.environment())
        await provision_topics(settings)
        sink = ElasticsearchSink(settings.elasticsearch)
        try:
            await sink.provision()
        finally:
            await sink.close()

    def start_role(self, role: str) -> Child:
        """Start `vigie run ROLE`."""
        return self.vigie(role, "run", role)

    def vigie(self, name: str, *arguments: str) -> Child:
        """Start one `vigie` command as a child of its own."""
        return self.children.start(name, [*VIGIE, *arguments], self.workspace.environment(name))

    async def wait_ready(self, roles: tuple[str, ...] = AGENTS) -> None:
        """Return when each role says that it takes records; raise ChildError when one ends or takes too long."""
        deadline = time.monotonic() + READY_SECONDS
        waiting = set(roles)
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
            while waiting:
                self.children.check()
                for role in sorted(waiting):
                    if await _is_ready(session, self.workspace.ports.metrics[role]):
                        waiting.discard(role)
                if time.monotonic() > deadline:
                    raise ChildError(
                        "start the agents",
                        ", ".join(sorted(waiting)),
                        f"not ready in {READY_SECONDS:g} s",
                    )
                await asyncio.sleep(POLL_SECONDS)
        # A role that found its port taken has ended, and something else answered there.
        self.children.check()

    async def stop(self) -> None:
        """Stop the roles, then the servers; safe to call twice."""
        await asyncio.to_thread(self.children.stop)
        if self._starting is not None:
            # A thread cannot be cancelled: stopping before it is done would miss what it starts.
            await asyncio.wait([self._starting])
        await asyncio.to_thread(self.servers.stop)


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/health/ready") as answer:
            return answer.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
