"""The demo's folder: its settings, watches and sources, written for this run and removed after it."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import secrets
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from domain.errors import ConfigError
from domain.watch import parse_watch

HOST = "127.0.0.1"
NEED_MB = 200
WATCH = "morocco-france"
WEBHOOK_NAME = "demo"
MAIL_FROM, MAIL_TO = "vigie@sample.invalid", "desk@sample.invalid"


@dataclass(frozen=True, slots=True)
class Ports:
    """The loopback ports of one run; all free when they were chosen."""

    kafka: int
    elasticsearch: int
    metrics: Mapping[str, int]  # role -> port of /metrics

    @classmethod
    def choose(cls, roles: Sequence[str]) -> Ports:
        """Return free ports, each different."""
        kafka, elasticsearch, *rest = free_ports(2 + len(roles))
        return cls(kafka, elasticsearch, dict(zip(roles, rest, strict=True)))


def free_ports(count: int) -> list[int]:
    """Return distinct free loopback ports, all held open until the last is known."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind((HOST, 0))
        return [s.getsockname()[1] for s in sockets]


def is_free(port: int) -> bool:
    """Return whether nothing listens on the loopback port now."""
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((HOST, port))
        except OSError:
            return False
    return True


@dataclass(frozen=True, slots=True)
class Workspace:
    """One run's folder and the settings file in it."""

    folder: Path
    ports: Ports
    webhook_secret: str

    @property
    def config(self) -> Path:
        """The settings file that every process of the run reads."""
        return self.folder / "vigie.toml"

    @property
    def logs(self) -> Path:
        """Where the processes log to."""
        return self.folder / "logs"

    def environment(self, role: str = "") -> dict[str, str]:
        """Return a child's whole environment: ours without other settings of Vigie, plus this run's."""
        env = {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}
        env["VIGIE_CONFIG"] = str(self.config)
        env["PYTHONUNBUFFERED"] = "1"
        if role in self.ports.metrics:
            env["VIGIE_METRICS__PORT"] = str(self.ports.metrics[role])
        return env

    def write(
        self,
        *,
        sources_toml: str,
        allow_hosts: Sequence[str],
        webhook_url: str,
        smtp_port: int,
    ) -> None:
        """Write settings, sources and the watch whose age gate is off."""
        watches = self.folder / "watches"
        watches.mkdir()
        (watches / f"{WATCH}.toml").write_text(ageless_watch(), encoding="utf-8")
        sources = self.folder / "sources.toml"
        sources.write_text(sources_toml, encoding="utf-8")
        hosts = [*allow_hosts, webhook_url.split("/")[2]]
        text = _toml(
            {
                "": {"data_dir": str(self.folder / "data"), "watches_dir": str(watches)},
                "kafka": {"bootstrap": f"{HOST}:{self.ports.kafka}"},
                "elasticsearch": {"urls": [f"http://{HOST}:{self.ports.elasticsearch}"]},
                "connectors": {
                    "sources_path": str(sources),
                    "allow_hosts": hosts,
                    # Our own server asks for no pause; every other site gets the default of two seconds.
                    "min_gap_seconds": 0,
                },
                "log": {"format": "json"},
                # Every article of the demo is counted; one of our own would be one too many.
                "canary": {"interval_seconds": 0},
                # A year of news in a minute: the limit of an hour would put most of it into a digest.
                "alerts": {"max_per_hour": 0},
                "alerts.smtp": {
                    "host": HOST,
                    "port": smtp_port,
                    "sender": MAIL_FROM,
                    "to": [MAIL_TO],
                    "security": "none",
                },
                "[alerts.webhooks]": {
                    "name": WEBHOOK_NAME,
                    "url": webhook_url,
                    "secret": self.webhook_secret,
                },
            }
        )
        self.config.touch(mode=0o600)
        self.config.write_text(text, encoding="utf-8")


def ageless_watch() -> str:
    """Return the shipped watch with its age gate off: the sample articles are years old."""
    text = (files("watches") / f"{WATCH}.toml").read_text(encoding="utf-8")
    text = re.sub(r"^max_age_hours *=.*$", "max_age_hours = 0", text, count=1, flags=re.M)
    if parse_watch(text, WATCH).alert_max_age_hours != 0:
        raise ConfigError("switch off the age gate", WATCH, "max_age_hours: not found in the watch")
    return text


@contextlib.contextmanager
def workspace(roles: Sequence[str]) -> Iterator[Workspace]:
    """Give a new folder and free ports; the folder is removed at the end, whatever happened."""
    with disk_errors():
        folder = Path(tempfile.mkdtemp(prefix="vigie-demo-"))
    try:
        free_mb = shutil.disk_usage(folder).free // 2**20
        if free_mb < NEED_MB:
            raise ConfigError(
                "make room for the demo",
                str(folder.parent),
                f"{free_mb} MB free, expected {NEED_MB}: free some space, or set TMPDIR to a larger disk",
            )
        with disk_errors():
            yield Workspace(folder, Ports.choose(roles), secrets.token_urlsafe(24))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Tell a full or read-only disk as a sentence that says what to do."""
    try:
        yield
    except OSError as e:
        if e.errno not in {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES}:
            raise
        where = str(e.filename or tempfile.gettempdir())
        raise ConfigError(
            "write a file", where, f"{e.strerror}: free some space, or set TMPDIR to another disk"
        ) from e


def _toml(tables: Mapping[str, Mapping[str, object]]) -> str:
    """Return TOML text; strings, numbers and lists are written alike in JSON and TOML."""
    lines: list[str] = []
    for name, table in tables.items():
        if name:
            lines.append(f"\n[{name}]")
        lines += [
            f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in table.items()
        ]
    return "\n".join(lines) + "\n"
