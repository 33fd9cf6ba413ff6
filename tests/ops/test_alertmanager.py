"""Operators' alerts reach the right receiver, and what another alert explains stays quiet."""

from __future__ import annotations

import http.server
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.process import RunFolder
from tests.harness.prometheus import AlertmanagerServer, check
from tests.harness.tools import REPO

CONFIG = REPO / "ops" / "alertmanager" / "alertmanager.yml"
RECEIVERS = ("operators", "on-call", "dead-mans-switch")


class Collector(http.server.ThreadingHTTPServer):
    """A webhook on loopback that keeps what it was sent, by path."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.received: list[tuple[str, str, str]] = []  # receiver, status, alert name


class _Handler(http.server.BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        for alert in body["alerts"]:
            name = alert["labels"]["alertname"]
            self.server.received.append((self.path.strip("/"), alert["status"], name))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    """Give a running webhook collector."""
    server = Collector()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def for_debian(base_url: str, *, fast: bool = False) -> str:
    """Return our configuration with loopback addresses in place of the files that hold them.

    Debian 12 has Alertmanager 0.25, which knows `url` but not `url_file` (0.26); all else is as shipped.
    """
    config = yaml.safe_load(CONFIG.read_text())
    for receiver in config["receivers"]:
        for webhook in receiver["webhook_configs"]:
            del webhook["url_file"]
            webhook["url"] = f"{base_url}/{receiver['name']}"
    if fast:
        for route in (config["route"], *config["route"]["routes"]):
            route |= {"group_wait": "300ms", "group_interval": "1s"}
    return yaml.safe_dump(config)


def test_every_address_comes_from_a_file_of_its_own() -> None:
    """No receiver has an address in the file itself, and no two share one."""
    receivers = yaml.safe_load(CONFIG.read_text())["receivers"]
    files = [w.get("url_file") for r in receivers for w in r["webhook_configs"]]
    assert tuple(r["name"] for r in receivers) == RECEIVERS
    assert all(str(f).startswith("/run/secrets/alertmanager_") for f in files)
    assert len(set(files)) == len(RECEIVERS)


@pytest.mark.real
def test_amtool_accepts_the_configuration(alertmanager_tools: Path, tmp_path: Path) -> None:
    """`amtool check-config` finds the routes, the receivers and the inhibitions."""
    config = tmp_path / "alertmanager.yml"
    config.write_text(for_debian("http://127.0.0.1:1"))
    code, said = check("amtool", "check-config", str(config))
    assert (code, "4 inhibit rules" in said, "3 receivers" in said) == (0, True, True), said


@pytest.mark.real
@pytest.mark.parametrize(
    ("receiver", "labels"),
    [
        ("dead-mans-switch", ["alertname=Watchdog", "severity=none"]),
        ("on-call", ["alertname=VigieSinkDown", "severity=critical"]),
        ("operators", ["alertname=VigieDeadLetters", "severity=warning"]),
        ("operators", ["alertname=SomethingElse"]),
    ],
)
def test_alert_is_routed(
    receiver: str, labels: list[str], alertmanager_tools: Path, tmp_path: Path
) -> None:
    """Each severity has its receiver; what nobody foresaw goes to the operators."""
    config = tmp_path / "alertmanager.yml"
    config.write_text(for_debian("http://127.0.0.1:1"))
    _, said = check("amtool", "config", "routes", "test", f"--config.file={config}", *labels)
    assert said.splitlines()[0] == receiver


@pytest.mark.real
def test_explained_alerts_stay_quiet_on_a_real_alertmanager(
    alertmanager_tools: Path, run_folder: RunFolder, collector: Collector, tmp_path: Path
) -> None:
    """A down process, a silent world and a down index are told; what follows from them is not."""
    config = tmp_path / "alertmanager.yml"
    config.write_text(for_debian(f"http://127.0.0.1:{collector.server_port}", fast=True))
    told = [
        {"alertname": "Watchdog", "severity": "none"},
        {"alertname": "VigieProcessDown", "severity": "critical", "instance": "a", "role": "clean"},
        {"alertname": "VigieAllSourcesSilent", "severity": "critical"},
        {"alertname": "VigieSinkDown", "severity": "critical", "sink": "elasticsearch"},
        {"alertname": "VigieLagHigh", "severity": "warning", "stage": "detect"},
    ]
    explained = [
        {"alertname": "VigieEventLoopBlocked", "severity": "warning", "instance": "a"},
        {"alertname": "VigieSourceSilent", "severity": "warning", "source": "s"},
        {
            "alertname": "VigieLagWithoutProgress",
            "severity": "critical",
            "stage": "index",
            "instance": "i",
        },
    ]
    server = AlertmanagerServer(run_folder, config).start()
    try:
        server.post_alerts([{"labels": labels} for labels in told])
        server.post_alerts([{"labels": labels} for labels in explained])
        wanted = {labels["alertname"] for labels in told}
        for _ in range(300):
            if wanted <= {name for _, _, name in collector.received}:
                break
            time.sleep(0.1)
    finally:
        server.stop()
    by_receiver = {(receiver, name) for receiver, _, name in collector.received}
    assert by_receiver == {
        ("dead-mans-switch", "Watchdog"),
        ("on-call", "VigieProcessDown"),
        ("on-call", "VigieAllSourcesSilent"),
        ("on-call", "VigieSinkDown"),
        ("operators", "VigieLagHigh"),
    }
