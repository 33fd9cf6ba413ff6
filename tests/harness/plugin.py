"""The `--require-services` option: a missing server fails the run instead of skipping its tests."""

from __future__ import annotations

import pytest

OPTION = "--require-services"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--require-services`, passed where every tool is expected to be had (continuous integration)."""
    parser.addoption(
        OPTION,
        action="store_true",
        default=False,
        help="fail, instead of skipping, when a real server cannot be had",
    )


def absent(config: pytest.Config, reason: str) -> None:
    """Skip the test with the reason, or fail it when `--require-services` was given."""
    if config.getoption(OPTION, default=False):
        pytest.fail(f"{OPTION}: {reason}", pytrace=False)
    pytest.skip(reason)
