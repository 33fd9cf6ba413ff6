"""Names of rebuilt indices: `vigie reindex` builds `<name>-r<time>` beside `<name>` and moves the aliases to it.

The roles write under the name that the records say (`news-articles-2026.11`). Which index that is at the moment is
what the aliases tell: the newest generation that stands behind them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from schemas.indices import ARTICLES_ALIAS, EVENTS_ALIAS, EVENTS_INDEX

_GENERATION = re.compile(r"-r\d{14}$")
STAMP = "%Y%m%d%H%M%S"


def stamp_of(now: datetime) -> str:
    """Return the name of a generation that is begun now."""
    return now.strftime(STAMP)


def rebuilt(name: str, stamp: str) -> str:
    """Return the name of an index's generation."""
    return f"{name}-r{stamp}"


def original(index: str) -> str:
    """Return the name under which the roles write to an index."""
    return _GENERATION.sub("", index)


def alias_of(name: str) -> str:
    """Return the alias that leads to the index of a name, '' for one that is never rebuilt."""
    if name == EVENTS_INDEX:
        return EVENTS_ALIAS
    return ARTICLES_ALIAS if name.startswith(f"{ARTICLES_ALIAS}-") else ""


def live(behind: Iterable[str]) -> dict[str, str]:
    """Return the index of each name, of those behind an alias: the newest generation of it."""
    return {original(index): index for index in sorted(behind)}
