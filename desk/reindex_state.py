"""The state of one rebuild of the index, kept in the index itself, so that it can be gone on with from anywhere.

Every step is written with the sequence number that was read: of two commands at once the second is refused.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from domain.errors import ConfigError
from sinks.elasticsearch import Found
from sinks.index_admin import IndexAdmin

STATE_INDEX = "news-reindex"
DOCUMENT = "run"
BODY = {
    "settings": {"index": {"number_of_shards": 1, "number_of_replicas": 0}},
    "mappings": {"dynamic": False, "properties": {}},
}
Phase = Literal["building", "swapping", "done"]


class ReindexState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a rebuild is. `offsets` are the next records to read, by `topic/partition`."""

    stamp: str
    phase: Phase = "building"
    begun_at: datetime
    offsets: dict[str, int] = {}
    targets: dict[str, str] = {}  # name the roles write under -> fresh index
    old: list[str] = []  # indices whose place was taken
    written: int = 0
    filled: int = 0
    swapped_at: datetime | None = None


class StateKeeper:
    """Reads and writes the one state document."""

    def __init__(self, admin: IndexAdmin) -> None:
        self._admin = admin
        self._found: Found | None = None

    async def read(self) -> ReindexState | None:
        """Return the state of the rebuild that was begun last, or None."""
        self._found = await self._admin.get(STATE_INDEX, DOCUMENT)
        if self._found is None or not self._found.source.get("state"):
            return None
        try:
            return msgspec.json.decode(self._found.source["state"], type=ReindexState)
        except msgspec.DecodeError as e:
            raise ConfigError(
                "read the state of the rebuild", f"{STATE_INDEX}/{DOCUMENT}", str(e)
            ) from e

    async def write(self, state: ReindexState | None) -> None:
        """Keep the state, or that there is no rebuild; raises ConfigError if another command wrote since."""
        text = msgspec.json.encode(state).decode() if state is not None else ""
        document = {"state": text}
        if self._found is None:
            await self._admin.make(STATE_INDEX, BODY)
            await self._admin.create(STATE_INDEX, DOCUMENT, document)
            self._found = await self._admin.get(STATE_INDEX, DOCUMENT)
            if self._found is None or self._found.source != document:
                raise _not_alone()
            return
        replaced = await self._admin.replace(STATE_INDEX, self._found, document)
        if replaced is None:
            raise _not_alone()
        self._found = replaced


def _not_alone() -> ConfigError:
    return ConfigError(
        "go on with the rebuild",
        STATE_INDEX,
        "another `vigie reindex` is at work: wait, or stop it",
    )
