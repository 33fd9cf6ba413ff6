"""A role with a defect: it falls over each record that says so, and is otherwise the one that is shipped.

Run as a program with the name of the role, in place of `vigie run ROLE`.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence

from agents.app import Role, build_role
from agents.base import Handler, Services
from agents.worker import run_worker
from desk.pipeline import configured_watches
from domain.model import Watch
from runtime.dead_letters import Incoming
from runtime.logs import setup_logs
from runtime.settings import Settings
from runtime.settings_file import load_settings
from runtime.supervise import end_now


class MadeUpDefectError(Exception):
    """What a mistake of ours would raise."""


def mark_of(reader: str) -> str:
    """Return what stands in the address of an article that the reader falls over."""
    return f"poison-{reader}/"


def with_defect(reader: str, handle: Handler) -> Handler:
    """Return the handler with the defect."""

    async def broken(record: Incoming) -> Sequence[str]:
        if mark_of(reader).encode() in (record.value or b""):
            raise MadeUpDefectError(reader)
        return await handle(record)

    return broken


def build(name: str, settings: Settings, services: Services, watches: Mapping[str, Watch]) -> Role:
    """Return the role, each of its readers with a defect of its own."""
    role = build_role(name, settings, services, watches)
    for reader in role.readers:
        reader.loop._handle = with_defect(reader.name, reader.loop._handle)
    return role


def main() -> None:
    """Run until a signal ends it."""
    role = sys.argv[1]
    settings = load_settings()
    setup_logs(settings.log, role, [])
    end_now(asyncio.run(run_worker(settings, role, configured_watches(settings), build)))


if __name__ == "__main__":
    main()
