"""Reads TOML that people wrote, and refuses what would take minutes: the parser is quadratic in the depth of keys."""

from __future__ import annotations

import re
import tomllib
from typing import Any

MAX_CHARS = 1_000_000
MAX_DEPTH = 32
# 50,000 parts in one key took 110 s; no file of ours has more than three. Possessive, so that it cannot backtrack.
_DEEP_KEY = re.compile(r"(?<![\w\"'-])(?:[\w\"'-]++[ \t]*+\.[ \t]*+){32}")


def load_toml(text: str) -> dict[str, Any]:
    """Return the table of a TOML text; raises ValueError, as the parser does, for what is wrong or a bomb."""
    if len(text) > MAX_CHARS:
        raise ValueError(f"{len(text)} characters, expected at most {MAX_CHARS}")
    if _DEEP_KEY.search(text):
        raise ValueError(f"a key of more than {MAX_DEPTH} parts")
    try:
        return tomllib.loads(text)
    except RecursionError as e:
        raise ValueError("nested too deep") from e
