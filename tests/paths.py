"""Where tests find material that is kept outside the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent
SHARED = REPO.parent / "shared" / "data"
SEEDS = SHARED / "seeds"
DEV_CORPUS = SHARED / "dev-corpus"


def require(folder: Path) -> Path:
    """Return the folder, or skip with a sentence that says what is missing."""
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here: this test reads other people's texts from it")
    return folder
