"""`./run.sh up` and `down`: the embedded pipeline in the background, with the configured sources.

`up` starts one keeper process that owns the servers and the roles; its pid and a token are in a state
file. `down` ends exactly that process, and with it what it owns. For a first look: production has
docker-compose.yml.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from desk.demo.children import ChildError
from desk.demo.pipeline import AGENTS, Pipeline
from desk.demo.workspace import HOST, Ports, Workspace, disk_errors, free_ports, is_free
from domain.errors import ConfigError, VigieError
from runtime.settings import DEFAULT_PORTS

KAFKA_PORT, ELASTICSEARCH_PORT = (
    9092,
    9200,
)  # the settings' defaults, so that `vigie` finds them unasked
ROLES = ("connectors", *AGENTS)
UP_SECONDS = 90.0
DOWN_SECONDS = 60.0
LOOK_SECONDS = 0.2
TOKEN_VARIABLE = "VIGIE_KEEPER"  # noqa: S105 - the name of a variable, not a secret


@dataclass(frozen=True, slots=True)
class Keeper:
    """The process that owns a background pipeline."""

    pid: int
    token: str
    ready: bool

    def is_alive(self) -> bool:
        """Return whether that very process runs; a pid that was given to another program does not count."""
        try:
            environ = Path(f"/proc/{self.pid}/environ").read_bytes()
        except FileNotFoundError:
            return not Path("/proc/self").exists() and _exists(self.pid)
        except OSError:
            return False
        return f"{TOKEN_VARIABLE}={self.token}".encode() in environ.split(b"\0")


def _exists(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, 0)
        return True
    return False


def read_keeper(folder: Path) -> Keeper | None:
    """Return the keeper of a state folder if it is alive."""
    try:
        told = json.loads((folder / "keeper.json").read_text(encoding="utf-8"))
        keeper = Keeper(int(told["pid"]), str(told["token"]), bool(told["ready"]))
    except (OSError, ValueError, KeyError):
        return None
    return keeper if keeper.is_alive() else None


def write_keeper(folder: Path, keeper: Keeper) -> None:
    """Write the state file whole: beside, then renamed."""
    told = {"pid": keeper.pid, "token": keeper.token, "ready": keeper.ready}
    part = folder / "keeper.json.part"
    part.write_text(json.dumps(told), encoding="utf-8")
    part.replace(folder / "keeper.json")


def up(folder: Path, kafka_port: int, elasticsearch_port: int, any_ports: bool) -> None:
    """Start the keeper, wait until every role takes records, and say where things are."""
    if read_keeper(folder) is not None:
        raise ConfigError(
            "start the pipeline", str(folder), "it is running: ./run.sh down stops it"
        )
    with disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        log = folder / "keeper.log"
        (folder / "keeper.json").unlink(missing_ok=True)
        token = secrets.token_hex(16)
        with log.open("wb") as out:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "desk.demo.background", "keep", "--state", str(folder)),
                    *("--kafka-port", str(kafka_port)),
                    *("--elasticsearch-port", str(elasticsearch_port)),
                    *(("--any-metrics-ports",) if any_ports else ()),
                ],
                env={**os.environ, TOKEN_VARIABLE: token},
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    try:
        _await_ready(folder, process, log)
    except BaseException:
        process.terminate()
        process.wait(DOWN_SECONDS)
        raise
    _say(f"running: Elasticsearch http://{HOST}:{elasticsearch_port}, Kafka {HOST}:{kafka_port}")
    _say(
        f"logs in {folder / 'logs'}; feed it with `vigie ingest`, look with `vigie events`; ./run.sh down stops it"
    )


def _await_ready(folder: Path, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + UP_SECONDS
    while True:
        keeper = read_keeper(folder)
        if keeper is not None and keeper.ready:
            return
        text = log.read_text(encoding="utf-8", errors="replace").strip()
        if process.poll() is not None:
            raise ChildError("start the pipeline", str(folder), "it ended", text[-2000:])
        if time.monotonic() > deadline:
            raise ChildError(
                "start the pipeline", str(folder), f"not ready in {UP_SECONDS:g} s", text[-2000:]
            )
        time.sleep(LOOK_SECONDS)


def down(folder: Path) -> None:
    """End the keeper and wait until everything it owned is gone; nothing running is no error."""
    keeper = read_keeper(folder)
    if keeper is None:
        _say("nothing is running")
        return
    os.kill(keeper.pid, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_SECONDS
    while keeper.is_alive():
        if time.monotonic() > deadline:
            raise ChildError(
                "stop the pipeline",
                f"process {keeper.pid}",
                f"still there after {DOWN_SECONDS:g} s",
            )
        time.sleep(LOOK_SECONDS)
    (folder / "keeper.json").unlink(missing_ok=True)
    _say("stopped")


async def keep(folder: Path, token: str, ports: Ports) -> None:
    """Own servers and roles until SIGTERM; end too when one of them ends badly."""
    task = asyncio.current_task()
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    def stop() -> None:
        if task is not None and not asked.is_set():
            asked.set()
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    pipeline = Pipeline(BackgroundWorkspace(folder, ports, ""))
    keeper = Keeper(os.getpid(), token, ready=False)
    write_keeper(folder, keeper)
    try:
        await pipeline.start_servers()
        for role in ROLES:
            pipeline.start_role(role)
        await pipeline.wait_ready(ROLES)
        write_keeper(folder, Keeper(keeper.pid, token, ready=True))
        while True:
            await asyncio.sleep(1)
            pipeline.children.check()
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
    finally:
        await asyncio.shield(pipeline.stop())


class BackgroundWorkspace(Workspace):
    """A workspace that keeps the person's own settings; only the servers' addresses and the ports are ours."""

    def environment(self, role: str = "") -> dict[str, str]:
        """Return a child's whole environment."""
        env: dict[str, str] = {**os.environ, "PYTHONUNBUFFERED": "1"}
        for name in (TOKEN_VARIABLE, "VIGIE_METRICS__PORT"):  # one port cannot serve six processes
            env.pop(name, None)
        env["VIGIE_KAFKA__BOOTSTRAP"] = f"{HOST}:{self.ports.kafka}"
        env["VIGIE_ELASTICSEARCH__URLS"] = f"http://{HOST}:{self.ports.elasticsearch}"
        if role in self.ports.metrics:
            env["VIGIE_METRICS__PORT"] = str(self.ports.metrics[role])
        env.setdefault("VIGIE_DATA_DIR", str(self.folder / "data"))
        return env


def _ports(kafka_port: int, elasticsearch_port: int, any_ports: bool) -> Ports:
    """Return the usual ports; a role whose metrics port is taken gets another, since nobody depends on it here.

    `any_ports` gives every role a free one, so that two pipelines started at one moment do not
    both find the usual ones free.
    """
    spare = dict(zip(ROLES, free_ports(len(ROLES)), strict=True))
    metrics: Mapping[str, int] = {
        role: DEFAULT_PORTS[role] if not any_ports and is_free(DEFAULT_PORTS[role]) else spare[role]
        for role in ROLES
    }
    return Ports(kafka_port, elasticsearch_port, metrics)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main() -> None:
    """Read the command and do it."""
    parser = argparse.ArgumentParser(prog="run.sh", description=__doc__)
    parser.add_argument("command", choices=("up", "down", "keep"))
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--kafka-port", type=int, default=KAFKA_PORT)
    parser.add_argument("--elasticsearch-port", type=int, default=ELASTICSEARCH_PORT)
    parser.add_argument("--any-metrics-ports", action="store_true")
    options = parser.parse_args()
    folder = options.state.resolve()
    servers = (options.kafka_port, options.elasticsearch_port, options.any_metrics_ports)
    try:
        if options.command == "keep":
            token = os.environ.get(TOKEN_VARIABLE, "")
            asyncio.run(keep(folder, token, _ports(*servers)))
        elif options.command == "up":
            up(folder, *servers)
        else:
            down(folder)
    except VigieError as e:
        sys.stderr.write(f"vigie: {e}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
