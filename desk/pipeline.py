"""What the commands share about the configured pipeline: its watches."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from domain.errors import ConfigError
from domain.model import Watch
from domain.watch import load_watches
from runtime.settings import Settings
from schemas.canary import CANARY


def configured_watches(settings: Settings) -> dict[str, Watch]:
    """Return the watches of `watches_dir`, or those shipped with the package."""
    if settings.watches_dir:
        folder = Path(settings.watches_dir)
        if not folder.is_dir():
            raise ConfigError(
                "read watches", "watches_dir", f"seen {settings.watches_dir}, expected a folder"
            )
        return _without_canary(load_watches(folder))
    with as_file(files("watches")) as shipped:
        return load_watches(shipped)


def _without_canary(watches: dict[str, Watch]) -> dict[str, Watch]:
    """Return the watches, or raise ConfigError if one takes the name of Vigie's own."""
    for watch in watches.values():
        if watch.watch_id == CANARY or CANARY in watch.channels:
            raise ConfigError(
                "read watch", f"{watch.watch_id}.toml", f"{CANARY!r} is reserved as id and channel"
            )
    return watches
