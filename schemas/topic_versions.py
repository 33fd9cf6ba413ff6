"""Versions of a topic side by side: which names a role reads, and which one it writes (docs/evolution.md).

The version is the end of a topic's name. A release knows one of each; settings may add others of the same family, so
that a move from one to the next needs no moment at which everything stops.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from domain.errors import ConfigError
from schemas.topics import STREAM_TOPICS, TopicSpec

_VERSION = re.compile(r"\.v\d{1,4}$")
DEAD_LETTER_MS = 30 * 24 * 3600 * 1000


def family(name: str) -> str:
    """Return a topic's name without its version."""
    return _VERSION.sub("", name)


_FAMILIES = {family(t.name): t for t in STREAM_TOPICS}


@dataclass(frozen=True, slots=True)
class TopicVersions:
    """The versions that settings add: read beside the release's own, and written instead of it."""

    also_read: tuple[str, ...] = ()
    written_as: dict[str, str] = field(default_factory=dict)  # family -> name

    @classmethod
    def of(cls, also_read: Iterable[str], write: Iterable[str]) -> TopicVersions:
        """Return the versions of settings; raises ConfigError for a name that no role knows or that nobody reads."""
        also, written = tuple(also_read), tuple(write)
        for setting, names in (("topics.also_read", also), ("topics.write", written)):
            for name in names:
                if family(name) not in _FAMILIES or not _VERSION.search(name):
                    allowed = ", ".join(f"{f}.vN" for f in _FAMILIES)
                    raise ConfigError(
                        "read settings", setting, f"seen {name}, expected of {allowed}"
                    )
        own = {t.name for t in STREAM_TOPICS}
        unread = [name for name in written if name not in own and name not in also]
        if unread:
            raise ConfigError(
                "read settings",
                "topics.write",
                f"seen {unread[0]}, expected a name that topics.also_read has, in every process first",
            )
        return cls(also, {family(name): name for name in written})

    def read(self, topic: TopicSpec) -> tuple[str, ...]:
        """Return every name under which a topic is read, the release's own first."""
        return self.names(topic.name)

    def names(self, name: str) -> tuple[str, ...]:
        """Return a topic's name and those of its versions that are read too."""
        others = [n for n in self.also_read if family(n) == family(name) and n != name]
        return (name, *dict.fromkeys(others))

    def written(self, name: str) -> str:
        """Return the name under which a topic is written."""
        return self.written_as.get(family(name), name)

    def extra(self) -> tuple[TopicSpec, ...]:
        """Return the topics to provision beside the release's own, each with its dead-letter topic."""
        own = {t.name for t in STREAM_TOPICS}
        specs = [
            replace(_FAMILIES[family(name)], name=name)
            for name in dict.fromkeys(self.also_read)
            if name not in own
        ]
        dead = [
            TopicSpec(s.dead_letter, "the bad record's key", 1, retention_ms=DEAD_LETTER_MS)
            for s in specs
        ]
        return (*specs, *dead)
