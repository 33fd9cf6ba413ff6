"""The one place that asks what time it is, so that everything else can be given a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the present moment as aware UTC."""
    return datetime.now(UTC)
