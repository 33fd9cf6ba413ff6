"""Starts and stops the embedded noida-db (Kafka and Elasticsearch in one small program) for demo and tests."""

from __future__ import annotations

import contextlib
import http.client
import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from domain.errors import ConfigError

START_SECONDS = 20.0
STOP_SECONDS = 10.0
POLL_SECONDS = 0.05
HOST = "127.0.0.1"


def free_port() -> int:
    """Return a loopback port that is free now."""
    with socket.socket() as s:
        s.bind((HOST, 0))
        return int(s.getsockname()[1])


def program() -> Path:
    """Return the noida-db program; raises ConfigError that says how to get it."""
    spec = importlib.util.find_spec("noida_db")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / "noida-db"
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise ConfigError(
        "start embedded servers", "noida-db", 'not installed; run: pip install "vigie[local]"'
    )


@dataclass(slots=True)
class EmbeddedServers:
    """One embedded Kafka and Elasticsearch on loopback, with its data in a folder. Use as a context."""

    folder: Path
    kafka_port: int = field(default_factory=free_port)
    elasticsearch_port: int = field(default_factory=free_port)
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """Address of Kafka."""
        return f"{HOST}:{self.kafka_port}"

    @property
    def url(self) -> str:
        """Address of Elasticsearch."""
        return f"http://{HOST}:{self.elasticsearch_port}"

    @property
    def log(self) -> Path:
        """What the program said."""
        return self.folder / "noida-db.log"

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def environment(self) -> dict[str, str]:
        """Return the settings that point a process here."""
        return {
            "VIGIE_KAFKA__BOOTSTRAP": self.bootstrap,
            "VIGIE_ELASTICSEARCH__URLS": self.url,
            # noida-db 0.2.3 never gives up a member that was killed; one of the same name takes its place.
            "VIGIE_KAFKA__INSTANCE_ID": "local",
        }

    def argv(self) -> list[str]:
        """Return the command line, for an owner that starts it by itself."""
        return [
            str(program()),
            "start",
            "--data-dir",
            str(self.folder / "data"),
            "--host",
            HOST,
            "--only",
            "kafka,elasticsearch",
            "--kafka-port",
            str(self.kafka_port),
            "--elasticsearch-port",
            str(self.elasticsearch_port),
        ]

    def start(self) -> EmbeddedServers:
        """Start and wait until both answer; raises ConfigError with the end of the log if they do not."""
        self._refuse_taken_ports()
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as out:
            self._process = subprocess.Popen(
                self.argv(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_owner(),
            )
        try:
            self._await_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def is_ready(self) -> bool:
        """Return whether both servers answer."""
        return _kafka_answers(self.kafka_port) and _elasticsearch_answers(self.elasticsearch_port)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.is_ready():
            ended = self._process is None or self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                what = "it ended" if ended else f"no answer in {START_SECONDS:g} s"
                raise ConfigError("start embedded servers", what, self._tail())
            time.sleep(POLL_SECONDS)

    def _refuse_taken_ports(self) -> None:
        for port in (self.kafka_port, self.elasticsearch_port):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind((HOST, port))
                except OSError as e:
                    raise ConfigError(
                        "start embedded servers", f"port {port}", f"{e.strerror}: choose another"
                    ) from e

    def _tail(self) -> str:
        with contextlib.suppress(OSError):
            return self.log.read_text(encoding="utf-8", errors="replace")[-300:]
        return "(no log)"

    def stop(self) -> None:
        """Stop it in order, or outright after a while; safe to call twice."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def __enter__(self) -> EmbeddedServers:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def _kafka_answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), 0.5):
        return True
    return False


def _elasticsearch_answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1.0)
    try:
        connection.request("GET", "/_cluster/health")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _die_with_owner() -> Callable[[], None] | None:
    """Return what asks Linux to end the program with its owner, so that a killed test leaves nothing."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    try:
        libc = ctypes.CDLL(None)
    except OSError:
        return None
    return lambda: libc.prctl(1, signal.SIGTERM)
