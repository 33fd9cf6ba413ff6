"""Child processes of the demo and of `up`: started with their log in a file, stopped together, never left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.errors import VigieError

PR_SET_PDEATHSIG = 1  # linux/prctl.h
GRACE_SECONDS = 12.0  # faust was measured to need 3.8 s for an orderly stop
POLL_SECONDS = 0.05
TAIL_LINES = 12


class ChildError(VigieError):
    """A process that the demo needs ended by itself or did not start; told with the end of its log."""

    default_reason = "child"

    def __init__(self, what: str, subject: str, detail: str, log: str = "") -> None:
        super().__init__(what, subject, detail)
        self.log = log

    def __str__(self) -> str:
        said = f"; the end of its log:\n{self.log}" if self.log else ""
        return super().__str__() + said


@dataclass(slots=True)
class Child:
    """One process that was started, and where its output goes."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def exit_code(self) -> int | None:
        """The exit code, or None while it runs."""
        return self.process.poll()

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of the log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])


class Children:
    """The processes of one run, stopped in one go.

    `wait` and `stop` block: call them in a thread from an event loop. Each child runs in a session of
    its own, so a Ctrl-C in the terminal reaches only the owner, which then stops them in order. Should
    the owner be killed outright, the kernel tells them to stop (Linux).
    """

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._children: list[Child] = []

    @property
    def running(self) -> list[Child]:
        """The children that have not ended."""
        return [c for c in self._children if c.exit_code is None]

    def start(self, name: str, argv: Sequence[str], env: Mapping[str, str] | None = None) -> Child:
        """Start one process, `env` being all of its environment (None: ours); raise ChildError if it cannot be run."""
        self._log_folder.mkdir(parents=True, exist_ok=True)
        log = self._log_folder / f"{name}.log"
        try:
            with log.open("ab") as out:
                process = subprocess.Popen(  # its end is watched by `ended`, and `stop` reaps it
                    list(argv),
                    env=None if env is None else dict(env),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with_owner(),
                )
        except OSError as e:
            raise ChildError("start a process", name, f"{argv[0]}: {e.strerror}") from e
        child = Child(name, process, log)
        self._children.append(child)
        return child

    def check(self) -> None:
        """Raise ChildError, with the end of its log, if a child that should be running has ended."""
        for child in self._children:
            if child.exit_code not in {None, 0}:
                raise ChildError(
                    "keep a process running",
                    child.name,
                    f"it ended with {child.exit_code}",
                    child.tail(),
                )

    def wait(self, child: Child, seconds: float) -> int:
        """Return the exit code of a child that ends by itself, or raise ChildError when it takes too long."""
        deadline = time.monotonic() + seconds
        while (code := child.exit_code) is None:
            if time.monotonic() > deadline:
                raise ChildError(
                    "wait for a process", child.name, f"still running after {seconds:g} s"
                )
            time.sleep(POLL_SECONDS)
        return code

    def stop(self, grace_seconds: float = GRACE_SECONDS) -> None:
        """Ask every child to end, newest first, and end what has not after the grace; safe to call twice."""
        for child in reversed(self._children):
            _signal(child, signal.SIGTERM)
        deadline = time.monotonic() + grace_seconds
        while self.running and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        for child in self._children:
            _signal(child, signal.SIGKILL)  # the group too: what a child started goes with it
            child.process.wait()
        self._children.clear()


def _signal(child: Child, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child.process.pid, number)


def _die_with_owner() -> Callable[[], None] | None:
    """Return what asks the kernel to end the child with its owner, or None where that does not exist.

    The library is loaded here, before the fork: the child then makes one system call and nothing else.
    """
    if not sys.platform.startswith("linux"):
        return None
    try:
        libc = ctypes.CDLL(None, use_errno=True)
    except OSError:
        return None

    def ask() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask
