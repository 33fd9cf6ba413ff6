"""Sets the wall clock of chosen processes while they run, as an operator or a time server does to a machine."""

from __future__ import annotations

import shutil
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.harness.process import MissingToolError

SOURCE = Path(__file__).with_suffix(".c")


@dataclass(frozen=True, slots=True)
class ClockShift:
    """A clock that is so many seconds off for every process started with `environment`."""

    library: Path
    file: Path

    @property
    def environment(self) -> dict[str, str]:
        """Return what a process must be started with."""
        return {"LD_PRELOAD": str(self.library), "CLOCK_SHIFT_FILE": str(self.file)}

    def set(self, seconds: int) -> None:
        """Let the clock jump to so many seconds off the true time."""
        with self.file.open("r+b") as file:  # in place: it is mapped
            file.write(struct.pack("=q", seconds))


def make_clock_shift(folder: Path) -> ClockShift:
    """Compile it and start at the true time; raises MissingToolError without a C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise MissingToolError("shift clocks: no C compiler: install gcc")
    made = ClockShift(folder / "clock_shift.so", folder / "clock_shift")
    made.file.write_bytes(struct.pack("=q", 0))
    subprocess.run(
        [compiler, "-O1", "-shared", "-fPIC", "-o", str(made.library), str(SOURCE)],
        check=True,
        capture_output=True,
        timeout=60,
    )
    return made
