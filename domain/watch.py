"""Reads watches: one TOML file says which two parties, themes and thresholds are watched for, and who is told."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from domain.errors import ConfigError
from domain.model import Theme, Watch
from domain.toml_text import load_toml

# A name in topics, indices, metrics and logs, and of a file.
_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_ALLOWED = {
    "id", "name", "parties", "relevance_threshold", "recap_after_days", "themes", "alerts",
}  # fmt: skip


def parse_watch(toml_text: str, subject: str = "watch") -> Watch:
    """Return the watch in a TOML text, or raise ConfigError naming the key, the value seen and those allowed."""
    try:
        data = load_toml(toml_text)
    except ValueError as e:
        raise ConfigError("read watch", subject, str(e)) from e
    unknown = set(data) - _ALLOWED
    if unknown:
        raise ConfigError(
            "read watch", subject, f"unknown keys {sorted(unknown)}, allowed {sorted(_ALLOWED)}"
        )
    alerts = data.get("alerts", {})
    if not isinstance(alerts, dict):
        raise ConfigError("read watch", subject, f"alerts: seen {alerts!r}, expected a table")
    parties = _texts(data, "parties", (), subject)
    if len(parties) != 2 or not all(len(p) == 2 for p in parties):
        raise ConfigError(
            "read watch", subject, f"parties: seen {list(parties)}, expected two ISO country codes"
        )
    if not _ID.fullmatch(watch_id := _text(data, "id", subject)):
        raise ConfigError(
            "read watch", subject, f"id: seen {watch_id!r}, expected 1 to 64 of a-z, 0-9, - and _"
        )
    threshold = _number(data, "relevance_threshold", 0.5, 0.0, 1.0, subject)
    return Watch(
        watch_id=watch_id,
        name=_text(data, "name", subject),
        parties=(parties[0].upper(), parties[1].upper()),
        relevance_threshold=threshold,
        recap_after_days=int(_number(data, "recap_after_days", 14, 1, 3650, subject)),
        alert_max_age_hours=_number(alerts, "max_age_hours", 24.0, 0, 24 * 365 * 50, subject),
        themes=_themes(data.get("themes"), subject),
        channels=_texts(alerts, "channels", ("console",), subject),
    )


def load_watches(folder: Path) -> dict[str, Watch]:
    """Return every watch of a folder by its id; the file is named after the id."""
    watches: dict[str, Watch] = {}
    for path in sorted(folder.glob("*.toml")):
        watch = parse_watch(path.read_text(encoding="utf-8"), path.name)
        if watch.watch_id != path.stem:
            raise ConfigError(
                "read watch", path.name, f"id: seen {watch.watch_id!r}, expected {path.stem!r}"
            )
        watches[watch.watch_id] = watch
    if not watches:
        raise ConfigError("read watches", str(folder), "no *.toml file there")
    return watches


def _text(data: dict[str, Any], key: str, subject: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ConfigError("read watch", subject, f"{key}: seen {value!r}, expected a text")
    return value


def _texts(
    data: dict[str, Any], key: str, default: tuple[str, ...], subject: str
) -> tuple[str, ...]:
    value = data.get(key, default)
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise ConfigError("read watch", subject, f"{key}: seen {value!r}, expected a list of texts")
    return tuple(value)


def _number(
    data: dict[str, Any], key: str, default: float, low: float, high: float, subject: str
) -> float:
    value = data.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ConfigError("read watch", subject, f"{key}: seen {value!r}, expected {low} to {high}")
    return float(value)


def _themes(value: object, subject: str) -> tuple[Theme, ...]:
    if value is None:
        return tuple(Theme)
    allowed = [t.value for t in Theme]
    if not isinstance(value, list) or not value or any(v not in allowed for v in value):
        raise ConfigError("read watch", subject, f"themes: seen {value!r}, expected of {allowed}")
    return tuple(Theme(v) for v in value)
