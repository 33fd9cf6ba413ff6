"""Start the real servers by hand, and stop them: `python -m tests.harness up [kafka elasticsearch ...]|down|ensure`."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from pathlib import Path

from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka import KafkaServer
from tests.harness.process import (
    MissingToolError,
    RunFolder,
    StartFailedError,
    stop_recorded,
)
from tests.harness.prometheus import AlertmanagerServer, PrometheusServer
from tests.harness.tools import cache, ensure_all

SERVERS = ("kafka", "elasticsearch", "prometheus", "alertmanager")
_PROMETHEUS_CONFIG = "global: {scrape_interval: 5s}\n"
_ALERTMANAGER_CONFIG = "route: {receiver: none}\nreceivers: [{name: none}]\n"


def _state() -> Path:
    return cache() / "harness-up.json"


def start_one(name: str, run: RunFolder) -> str:
    """Start one server and return its address."""
    if name == "kafka":
        return KafkaServer(run, auto_create_topics=True).start().bootstrap
    if name == "elasticsearch":
        return ElasticsearchServer(run).start().url
    if name == "prometheus":
        return PrometheusServer(run, _PROMETHEUS_CONFIG).start().url
    config = run.path / "alertmanager.yml"
    config.write_text(_ALERTMANAGER_CONFIG)
    return AlertmanagerServer(run, config).start().url


def up(names: list[str]) -> int:
    """Start the named servers, keep them running, and print where they are."""
    if _state().exists():
        sys.stderr.write("start servers: some were started before: run `down` first\n")
        return 1
    run = RunFolder(kept=True)
    try:
        addresses = {}
        for name in names:
            addresses[name] = start_one(name, run)
            print(f"{name:14} {addresses[name]}", flush=True)
        _state().write_text(json.dumps({"folder": str(run.path), "addresses": addresses}))
    except BaseException:
        run.close()
        raise
    print(f"running until `python -m tests.harness down`; logs in {run.path}")
    return 0


def down() -> int:
    """Stop what `up` started and delete its data."""
    with contextlib.suppress(FileNotFoundError):
        stop_recorded(Path(json.loads(_state().read_text())["folder"]))
        _state().unlink()
    return 0


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness", description=__doc__)
    parser.add_argument("action", choices=("up", "down", "ensure"))
    parser.add_argument("servers", nargs="*", metavar="server", help=f"of {', '.join(SERVERS)}")
    arguments = parser.parse_args()
    unknown = set(arguments.servers) - set(SERVERS)
    if unknown:
        parser.error(f"servers: one of {', '.join(SERVERS)} expected: {', '.join(unknown)}")
    try:
        if arguments.action == "ensure":
            ensure_all()
            print(f"everything is in {cache()}")
            return 0
        return up(arguments.servers or list(SERVERS)) if arguments.action == "up" else down()
    except (MissingToolError, StartFailedError) as e:
        sys.stderr.write(f"{e}\n")
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(main())
