"""What every test gets: no settings from the outside, the option for real servers, the servers' fixtures."""

from __future__ import annotations

import os
from typing import Any

import pytest

from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.plugin import pytest_addoption  # noqa: F401 - hook
from tests.servers import *  # noqa: F403 - fixtures


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away VIGIE_* variables of whoever runs the tests, so that they cannot change a result."""
    for name in list(os.environ):
        if name.startswith("VIGIE_") and not name.startswith(("VIGIE_HARNESS", "VIGIE_CACHE")):
            monkeypatch.delenv(name)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Run files that share a server on one worker, long ones first (tests.harness.scheduling)."""
    if config.getoption("dist") != "loadfile":
        return None
    from tests.harness.scheduling import GroupedFiles

    return GroupedFiles(config, log)
