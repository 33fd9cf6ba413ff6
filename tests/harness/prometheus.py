"""Real Prometheus and Alertmanager on loopback, and their checking tools."""

from __future__ import annotations

import json
import subprocess
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.process import Child, RunFolder, free_ports
from tests.harness.tools import ensure_alertmanager, ensure_prometheus

START_SECONDS = 30.0


def check(tool: str, *args: str, cwd: Path | None = None) -> tuple[int, str]:
    """Run promtool or amtool and return its exit code and everything it said."""
    folder = ensure_alertmanager() if tool == "amtool" else ensure_prometheus()
    done = subprocess.run(
        [str(folder / tool), *args],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def get_json(url: str) -> Any:
    """Return the JSON at a loopback address."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return json.loads(answer.read())


def _is_up(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


@dataclass
class PrometheusServer:
    """A Prometheus with the given configuration text (paths in it relative to `config_folder`)."""

    run: RunFolder
    config: str
    port: int = field(init=False)
    _child: Child = field(init=False)

    def __post_init__(self) -> None:
        folder = self.run.make("prometheus")
        (self.port,) = free_ports(1)
        config = folder / "prometheus.yml"
        config.write_text(self.config)
        argv = [
            str(ensure_prometheus() / "prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--storage.tsdb.retention.time=2h",
            "--log.level=warn",
        ]
        self._child = Child("prometheus", argv, self.run, folder)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> PrometheusServer:
        """Start and return once it is ready."""
        self._child.start(lambda: _is_up(f"{self.url}/-/ready"), START_SECONDS)
        return self

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the instant vector (or scalar as one sample) an expression gives now."""
        query = urllib.parse.urlencode({"query": expression})
        data = get_json(f"{self.url}/api/v1/query?{query}")["data"]
        if data["resultType"] in ("scalar", "string"):
            return [{"metric": {}, "value": data["result"]}]
        result: list[dict[str, Any]] = data["result"]
        return result

    def stop(self) -> None:
        """Stop it in order."""
        self._child.stop()

    @property
    def child(self) -> Child:
        """The process, for signals and its log."""
        return self._child


@dataclass
class AlertmanagerServer:
    """An Alertmanager alone (no gossip) with the given configuration file."""

    run: RunFolder
    config_file: Path
    port: int = field(init=False)
    _child: Child = field(init=False)

    def __post_init__(self) -> None:
        folder = self.run.make("alertmanager")
        (self.port,) = free_ports(1)
        argv = [
            str(ensure_alertmanager() / "prometheus-alertmanager"),
            f"--config.file={self.config_file}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{self.port}",
            "--cluster.listen-address=",
            "--log.level=info",
        ]
        self._child = Child("alertmanager", argv, self.run, folder)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> AlertmanagerServer:
        """Start and return once it is ready."""
        self._child.start(lambda: _is_up(f"{self.url}/-/ready"), START_SECONDS)
        return self

    def post_alerts(self, alerts: list[dict[str, Any]]) -> None:
        """Hand it alerts, as Prometheus does."""
        request = urllib.request.Request(
            f"{self.url}/api/v2/alerts",
            json.dumps(alerts).encode(),
            {"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10):
            pass

    def stop(self) -> None:
        """Stop it in order."""
        self._child.stop()

    @property
    def child(self) -> Child:
        """The process, for signals and its log."""
        return self._child
