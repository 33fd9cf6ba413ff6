"""A small disk of its own (tmpfs) that a test can fill and empty, and an Elasticsearch that lives on one."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import Account, MissingToolError, RunFolder

MEGABYTE = 1_000_000
_BALLAST = "ballast"
# Free bytes, not percent: below 15 MB nothing more is written. Looked at every 10 s, the least there is.
FLOOD_STAGE_BYTES = 15 * MEGABYTE
_WATERMARKS = """cluster.routing.allocation.disk.watermark.low: 30mb
cluster.routing.allocation.disk.watermark.high: 20mb
cluster.routing.allocation.disk.watermark.flood_stage: 15mb
cluster.info.update.interval: 10s
"""


@dataclass
class TinyDisk:
    """A file system of so many bytes, mounted at a folder; needs the right to mount."""

    path: Path
    size_bytes: int
    owner: Account | None = None

    def mount(self) -> TinyDisk:
        """Mount it; raises MissingToolError where that is not allowed."""
        self.path.mkdir(parents=True, exist_ok=True)
        options = f"size={self.size_bytes},mode=0755"
        if self.owner is not None:
            options += f",uid={self.owner.uid},gid={self.owner.gid}"
        argv = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path)]
        try:
            done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
        except FileNotFoundError as e:
            raise MissingToolError("mount a small disk: no `mount` here") from e
        if done.returncode:
            raise MissingToolError(f"mount a small disk: {done.stderr.strip()} (needs root)")
        return self

    def unmount(self) -> None:
        """Let go of it, even while something is open."""
        subprocess.run(["umount", "-l", str(self.path)], check=False, timeout=30)

    @property
    def free_bytes(self) -> int:
        """Return how much room is left."""
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leave_bytes: int = 0) -> None:
        """Take all room but so much."""
        with (self.path / _BALLAST).open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, max(1, self.free_bytes - leave_bytes))

    def empty(self) -> None:
        """Give the room back."""
        (self.path / _BALLAST).unlink(missing_ok=True)


@dataclass
class TinyElasticsearch(ElasticsearchServer):
    """An Elasticsearch whose data are on a small disk, and which minds how much room it has."""

    size_bytes: int = 300 * MEGABYTE
    disk: TinyDisk = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        config = self._child.folder / "config" / "elasticsearch.yml"
        text = config.read_text().replace(
            "disk.threshold_enabled: false", "disk.threshold_enabled: true"
        )
        config.write_text(text + _WATERMARKS)
        data = self._child.folder / "data"
        self.disk = TinyDisk(data, self.size_bytes, Account.unprivileged()).mount()

    def stop(self) -> None:
        """Stop it and let go of the disk."""
        super().stop()
        self.disk.unmount()


def tiny_elasticsearch(run: RunFolder) -> TinyElasticsearch:
    """Return one that is started; its disk goes when it is stopped."""
    made = TinyElasticsearch(run)
    try:
        made.start()
    except BaseException:
        made.disk.unmount()
        raise
    return made
