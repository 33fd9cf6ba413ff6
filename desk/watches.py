"""Finds a watch by name among those shipped, or by path."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from domain.errors import ConfigError
from domain.model import Watch
from domain.watch import load_watches, parse_watch


def find_watch(name: str) -> Watch:
    """Return the watch of that name, or in that TOML file; raises ConfigError listing the names."""
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return parse_watch(path.read_text(encoding="utf-8"), name)
    with as_file(files("watches")) as folder:
        watches = load_watches(folder)
    if name not in watches:
        raise ConfigError("find watch", name, f"expected one of {', '.join(sorted(watches))}")
    return watches[name]
