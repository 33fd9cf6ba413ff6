"""The small HTTP server of every process: /metrics, /health/live, /health/ready. Loopback unless told otherwise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST

from domain.errors import ConfigError
from runtime.metrics import Metrics


@dataclass(slots=True)
class Health:
    """What a process says of itself; each check returns '' when all is well, else what is not."""

    checks: dict[str, Callable[[], str]] = field(default_factory=dict)
    started: bool = False
    stopping: bool = False

    def problems(self) -> Mapping[str, str]:
        """Return what keeps the process from taking work."""
        found = {name: said for name, check in self.checks.items() if (said := check())}
        if not self.started:
            found["start"] = "not started yet"
        if self.stopping:
            found["stop"] = "stopping"
        return found


class HealthServer:
    """Serves one process's metrics and health."""

    def __init__(self, metrics: Metrics, health: Health, host: str, port: int) -> None:
        self._metrics, self._health = metrics, health
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self.port = port

    async def start(self) -> HealthServer:
        """Listen; raises ConfigError that says what to do when the port is taken."""
        app = web.Application()
        app.add_routes(
            [
                web.get("/metrics", self._serve_metrics),
                web.get("/health/live", self._serve_live),
                web.get("/health/ready", self._serve_ready),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as e:
            await self.stop()
            raise ConfigError(
                "listen for metrics",
                f"{self._host}:{self._port}",
                f"{e.strerror}; set VIGIE_METRICS__PORT to a free port",
            ) from e
        self.port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Stop listening; safe to call twice."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _serve_metrics(self, _request: web.Request) -> web.Response:
        return web.Response(
            body=self._metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    async def _serve_live(self, _request: web.Request) -> web.Response:
        return web.json_response({"live": True})

    async def _serve_ready(self, _request: web.Request) -> web.Response:
        problems = self._health.problems()
        return web.json_response(
            {"ready": not problems, "problems": dict(problems)}, status=503 if problems else 200
        )
