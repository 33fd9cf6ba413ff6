"""Logs on standard error: one canonical line for each record and stage, JSON or coloured, secrets blacked out."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, MutableMapping
from typing import Any, TextIO

import structlog

from runtime.inert import inert
from runtime.settings import LogSettings

Event = MutableMapping[str, Any]
MAX_VALUE_CHARS = 500
MAX_TRACEBACK_CHARS = 6_000
MAX_ITEMS = 50
# What PLAIN sends is a password in clear, and at this level aiokafka logs each request: never below it.
NEVER_DEBUGGED = ("aiokafka.conn", "aiokafka.client")
_LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_SECRET_NAME = re.compile(r"passw|secret|api_?key|token|authorization|cookie", re.IGNORECASE)
# user:password@ in an address, and the query of an address, where keys hide.
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")
_QUERY = re.compile(r"(https?://[^\s?\"'<>]*)\?[^\s\"'<>]*")


class Redactor:
    """A structlog processor: blacks out values by name, by known secret, and in addresses."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(sorted({s for s in secrets if len(s) >= 4}, key=len, reverse=True))

    def __call__(self, _logger: object, _name: str, event: Event) -> Event:
        """Return the event with nothing in it that must not be read by others."""
        for key, value in event.items():
            if _SECRET_NAME.search(key):
                event[key] = "***"
            elif key in {"exception", "stack"} and isinstance(value, str):
                event[key] = self._traceback(value)
            else:
                event[key] = self._value(value)
        return event

    def _value(self, value: Any) -> Any:
        """Return a value with every text in it cleaned."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, dict):
            return {
                inert(str(k)): "***" if _SECRET_NAME.search(str(k)) else self._value(v)
                for k, v in list(value.items())[:MAX_ITEMS]
            }
        if isinstance(value, list | tuple):
            return [self._value(v) for v in value[:MAX_ITEMS]]
        if isinstance(value, BaseException):
            return self.clean(f"{type(value).__name__}: {value}")
        return self.clean(value if isinstance(value, str) else str(value))

    def clean(self, text: str) -> str:
        """Return the text on one line without known secrets, credentials and queries, cut to a sane length."""
        text = inert(self._without_secrets(text[: 20 * MAX_VALUE_CHARS]))
        return text if len(text) <= MAX_VALUE_CHARS else text[:MAX_VALUE_CHARS] + "…"

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return _QUERY.sub(r"\1", _CREDENTIALS.sub("", text))

    def _traceback(self, text: str) -> str:
        """Return the end of a traceback; each line is marked, so that none can pass for a line of the log."""
        text = inert(self._without_secrets(text), keep="\n")
        text = text if len(text) <= MAX_TRACEBACK_CHARS else "…" + text[-MAX_TRACEBACK_CHARS:]
        return "\n".join(f"  | {line}" for line in text.splitlines())


def setup_logs(
    settings: LogSettings, role: str, secrets: Iterable[str] = (), out: TextIO | None = None
) -> None:
    """Send our log and that of the libraries through one redacting formatter."""
    stream = out or sys.stderr
    redact = Redactor(secrets)
    as_json = settings.format == "json" or (settings.format == "auto" and not stream.isatty())
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_role(role),
    ]
    # Not the console's own traceback, which shows the local variables of every frame, settings among them.
    plain = structlog.dev.plain_traceback
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=plain)
    )
    last: list[Any] = [structlog.processors.format_exc_info, redact, renderer]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_LEVELS[settings.level])
    # What the libraries say at `info` is about themselves, at every rebalance and request.
    for name in ("faust", "mode", "aiokafka", "httpx", "httpcore", "elastic_transport", "aiohttp"):
        logging.getLogger(name).setLevel(
            logging.WARNING if settings.level != "debug" else logging.DEBUG
        )
    for name in NEVER_DEBUGGED:
        logging.getLogger(name).setLevel(logging.WARNING)


def _with_role(role: str) -> Any:
    def add(_logger: object, _name: str, event: Event) -> Event:
        event.setdefault("role", role)
        return event

    return add


def get_logger(name: str) -> Any:
    """Return a logger that takes key-value pairs."""
    return structlog.get_logger(name)
