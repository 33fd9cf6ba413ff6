"""Finds watches: in a folder of one's own, or among those shipped with the package."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

from domain.errors import ConfigError
from domain.model import Watch
from domain.watch import load_watches, parse_watch

# Where `vigie watch new` writes when no folder is named, and where the other commands look first.
LOCAL_FOLDER = Path("watches")


def find_watch(name: str) -> Watch:
    """Return the watch of that name, or in that TOML file; raises ConfigError listing the names."""
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return parse_watch(path.read_text(encoding="utf-8"), name)
    watches = load_watches(shipped_folder())
    if name not in watches:
        told = f"expected one of {', '.join(sorted(watches))}, or a TOML file"
        raise ConfigError("find watch", name, told)
    return watches[name]


def shipped_folder() -> Path:
    """Return the folder of the watches that come with the package."""
    with as_file(files("watches")) as folder:
        return folder


def own_folder(named: str, setting: str) -> Path:
    """Return where a new watch is written: the folder named, that of the settings, else ./watches."""
    return Path(named or setting) if named or setting else LOCAL_FOLDER


def read_folder(named: str, setting: str) -> Path:
    """Return where watches are read: as `own_folder`, but those shipped if ./watches has none.

    Raises ConfigError when a folder was named and is none.
    """
    folder = own_folder(named, setting)
    if named or setting:
        if not folder.is_dir():
            raise ConfigError("read watches", str(folder), "no such folder")
        return folder
    return folder if any(folder.glob("*.toml")) else shipped_folder()
