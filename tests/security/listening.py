"""Which addresses a process and its children listen on, read from /proc."""

from __future__ import annotations

import contextlib
import ipaddress
import os
from pathlib import Path

LISTEN = "0A"  # include/net/tcp_states.h


def listening(pid: int) -> set[tuple[str, int]]:
    """Return (address, port) of every TCP socket on which the process or a descendant listens."""
    inodes = {inode for one in family(pid) for inode in _sockets(one)}
    found = set()
    for name in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and fields[9] in inodes:
                host, _, port = fields[1].partition(":")
                found.add((_address(host), int(port, 16)))
    return found


def family(pid: int) -> list[int]:
    """Return the process and all its descendants."""
    found, queue = [], [pid]
    while queue:
        one = queue.pop()
        found.append(one)
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            with contextlib.suppress(OSError):
                queue += [int(child) for child in task.read_text().split()]
    return found


def _sockets(pid: int) -> set[str]:
    found = set()
    for fd in Path(f"/proc/{pid}/fd").glob("*"):
        with contextlib.suppress(OSError):
            target = os.readlink(fd)
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def _address(host: str) -> str:
    """Return the address of /proc's words of four bytes, each in the machine's order (little-endian)."""
    words = [bytes.fromhex(host[n : n + 8])[::-1] for n in range(0, len(host), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
