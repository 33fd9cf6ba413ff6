"""Child processes that start with a probe, say why when they do not, and never outlive their owner.

Each owner (one pytest process, or one `python -m tests.harness up`) has one run folder under the system's
temporary folder. What an owner that was killed left behind is found by that folder and swept at the next start.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "vigie-harness-"
OWNER_FILE = "owner.pid"
KEPT = "kept"  # in OWNER_FILE: nobody's child, lives until `down`
LOG_TAIL_LINES = 60
POLL_SECONDS = 0.1


class StartFailedError(RuntimeError):
    """A server did not come up; the message ends with the last lines of its log."""


class MissingToolError(RuntimeError):
    """A program that the harness cannot fetch is absent; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Account:
    """The system user a server runs as."""

    uid: int
    gid: int

    @staticmethod
    def unprivileged() -> Account | None:
        """Return `nobody` when running as root (Elasticsearch refuses root), else None: stay as we are."""
        if os.geteuid() != 0:
            return None
        nobody = pwd.getpwnam("nobody")
        return Account(nobody.pw_uid, nobody.pw_gid)


def free_ports(count: int) -> list[int]:
    """Return distinct free loopback ports, all held open until the last is known."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def is_alive(pid: int) -> bool:
    """Tell whether the process exists and is not a zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, 0)
            return not Path("/proc/self").exists()  # no /proc: trust the signal
        return False
    return state != "Z"


def sweep() -> list[Path]:
    """Stop and delete what dead owners left behind; return the folders that were removed."""
    removed = []
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError, ValueError):
            owner = (folder / OWNER_FILE).read_text().strip()
            if owner == KEPT or is_alive(int(owner)):
                continue
            stop_recorded(folder)
            removed.append(folder)
    return removed


def stop_recorded(folder: Path) -> None:
    """Stop the process groups recorded in a run folder, if they still are what was started, and delete it."""
    for pid_file in folder.glob("*/pid"):
        with contextlib.suppress(OSError, ValueError):
            pid = int(pid_file.read_text())
            # A recycled pid must not be hit: our servers all have their folder in the environment.
            if f"VIGIE_HARNESS={folder}".encode() in Path(f"/proc/{pid}/environ").read_bytes():
                os.killpg(pid, signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


class RunFolder:
    """One owner's folder, deleted with everything that runs in it when the owner ends."""

    def __init__(self, *, kept: bool = False) -> None:
        sweep()
        self.path = Path(tempfile.mkdtemp(prefix=PREFIX))
        self.path.chmod(0o755)  # servers run as another user below it
        self._children: list[Child] = []
        (self.path / OWNER_FILE).write_text(KEPT if kept else str(os.getpid()))
        if not kept:
            atexit.register(self.close)

    def child(self, child: Child) -> None:
        """Register a child to be stopped on close."""
        self._children.append(child)

    def make(self, name: str, account: Account | None = None) -> Path:
        """Return a new sub-folder that belongs to the account."""
        folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.path))
        if account is not None:
            os.chown(folder, account.uid, account.gid)
        return folder

    def close(self) -> None:
        """Stop every child, newest first, and delete the folder; safe to call twice."""
        atexit.unregister(self.close)
        for child in reversed(self._children):
            child.stop()
        self._children.clear()
        shutil.rmtree(self.path, ignore_errors=True)


@dataclass
class Child:
    """One server process in a session of its own, with its log in its folder."""

    name: str
    argv: Sequence[str]
    run: RunFolder
    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    grace_seconds: float = 20.0
    _popen: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def log(self) -> Path:
        """The file that takes its output."""
        return self.folder / "log.txt"

    @property
    def running(self) -> bool:
        """Whether the process was started and has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def start(self, probe: Callable[[], bool], seconds: float) -> None:
        """Start and wait until the probe says yes; raise StartFailedError with the log's end otherwise."""
        user = {} if self.account is None else {"user": self.account.uid, "group": self.account.gid}
        if self.account is not None:
            user["extra_groups"] = []
        env = {**os.environ, **self.env, "VIGIE_HARNESS": str(self.run.path)}
        with self.log.open("ab") as log:
            self._popen = subprocess.Popen(
                list(self.argv),
                cwd=self.folder,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **user,
            )
        (self.folder / "pid").write_text(str(self._popen.pid))
        self.run.child(self)
        self._await_ready(probe, seconds)

    def _await_ready(self, probe: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        try:
            while time.monotonic() < deadline:
                if not self.running:
                    code = self._popen.returncode if self._popen else None
                    raise StartFailedError(f"start {self.name}: ended with {code}\n{self.tail()}")
                if probe():
                    return
                time.sleep(POLL_SECONDS)
            raise StartFailedError(f"start {self.name}: not ready in {seconds:g} s\n{self.tail()}")
        except BaseException:
            self.stop()
            raise

    def tail(self) -> str:
        """Return the last lines of the log."""
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()
            return "\n".join(lines[-LOG_TAIL_LINES:])
        return "(no log)"

    def says(self, text: str) -> bool:
        """Tell whether the log holds the text."""
        return self.log.exists() and text in self.log.read_text(errors="replace")

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the whole process group (SIGSTOP and SIGCONT for tests of stalls)."""
        if self._popen is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, number)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        if self._popen is not None:
            self._popen.wait()

    def stop(self) -> None:
        """Ask it to end, then make it; safe to call twice."""
        if self._popen is None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            self._popen.wait(self.grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()
        # What the leader started and left (a Java launcher's server) goes with its group.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
