"""A rebuild of the index that kills itself at a given step: `python -m tests.integration.killed_reindex STEP`."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from desk.reindex import Reindexer
from runtime.settings_file import load_settings
from sinks.index_admin import IndexAdmin

STEPS = ("replay", "check", "moved", "closed")


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class DyingAdmin(IndexAdmin):
    """An IndexAdmin that ends the process after the aliases were moved, or an old index closed."""

    step = ""

    async def move_aliases(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Move them."""
        await super().move_aliases(actions)
        if self.step == "moved":
            die()

    async def close_for_writing(self, index: str) -> None:
        """Close it."""
        await super().close_for_writing(index)
        if self.step == "closed":
            die()


async def main(step: str) -> None:
    """Rebuild until that step."""
    settings = load_settings()
    admin = DyingAdmin(settings.elasticsearch)
    admin.step = step

    def tell(what: str, done: int, total: int) -> None:
        if what.startswith(step):
            die()

    await Reindexer(settings, admin, tell=tell).run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
