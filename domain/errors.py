"""The error tree.

VigieError                 every expected failure; carries `reason` (a metric label) and `retriable`
+-- ConfigError            a setting, watch or source file is wrong: refuse to start
+-- SourceError            one source, feed or page failed: the others go on
|   +-- FetchError         the bytes could not be had (network, guard, robots, size, status)
|   +-- ParseError         the bytes were had and could not be read
+-- ContractError          a record does not match its schema: dead letter, never retried
+-- SinkError              something that leaves could not leave
    +-- SinkRejected       this one document or alert was refused: dead letter
    +-- SinkUnavailable    the whole sink is down: wait and retry in place, nothing is lost

"Not modified", "duplicate" and "off subject" are outcomes (see `domain.outcome`), not errors.
"""

from __future__ import annotations

from typing import ClassVar

MAX_MESSAGE_CHARS = 500


class VigieError(Exception):
    """An expected failure, told as `<what failed>: <subject>: <observed, expected>`.

    `reason` is from a small closed set per class, because it becomes a metric label.
    """

    default_reason: ClassVar[str] = "unknown"
    retriable: ClassVar[bool] = False

    def __init__(
        self, what: str, subject: str = "", detail: str = "", *, reason: str | None = None
    ) -> None:
        self.what, self.subject, self.detail = what, subject, detail
        self.reason = reason or self.default_reason
        message = ": ".join(part for part in (what, subject, detail) if part)
        super().__init__(message[:MAX_MESSAGE_CHARS])


class ConfigError(VigieError):
    """A setting is missing or wrong; the message names it, the value seen and the values allowed."""

    default_reason = "config"


class SourceError(VigieError):
    """One source failed; `subject` is its id or URL without query string."""

    default_reason = "source"


class FetchError(SourceError):
    """The bytes could not be had."""

    default_reason = "fetch"


class ParseError(SourceError):
    """The bytes were had and could not be read."""

    default_reason = "parse"


class ContractError(VigieError):
    """A record does not match its schema; it goes to the dead-letter topic."""

    default_reason = "contract"


class SinkError(VigieError):
    """Something that leaves could not leave."""

    default_reason = "sink"


class SinkRejected(SinkError):
    """The sink refused this one document or alert for good."""

    default_reason = "rejected"


class SinkUnavailable(SinkError):
    """The sink is down or overloaded; wait `retry_after_seconds` and try the same thing again."""

    default_reason = "unavailable"
    retriable = True

    def __init__(
        self,
        what: str,
        subject: str = "",
        detail: str = "",
        *,
        reason: str | None = None,
        retry_after_seconds: float = 1.0,
    ) -> None:
        super().__init__(what, subject, detail, reason=reason)
        self.retry_after_seconds = retry_after_seconds
