"""Pytest fixtures of the real servers; import them with a star, or load the module as a plugin.

Servers are made once a session and shared: a test that stops, kills or reconfigures one starts its own through
`run_folder`. Anything that cannot be had skips its tests with the reason, or fails them under
`--require-services`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar, cast

import pytest

from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka import KafkaServer
from tests.harness.plugin import absent
from tests.harness.process import MissingToolError, RunFolder
from tests.harness.reliability import Reliability
from tests.harness.tools import ensure_alertmanager, ensure_prometheus

__all__ = [
    "alertmanager_tools",
    "elasticsearch_server",
    "kafka_server",
    "prometheus_tools",
    "real_elasticsearch",
    "reliability",
    "run_folder",
    "secured_elasticsearch",
]

T = TypeVar("T")


def _have(config: pytest.Config, make: Callable[[], T]) -> T:
    """Return what `make` makes, or skip (or fail) with the sentence that says which tool is missing."""
    try:
        return make()
    except MissingToolError as e:
        absent(config, str(e))
        raise


_STARTED = pytest.StashKey[dict[str, object]]()


def _once(config: pytest.Config, name: str, make: Callable[[], T]) -> T:
    """Return what an earlier fixture of this name made, or make it.

    Each module that imports this one has fixtures of its own in pytest's eyes; the servers must be shared all the same.
    """
    started = config.stash.setdefault(_STARTED, {})
    if name not in started:
        started[name] = _have(config, make)
    return cast("T", started[name])


def _make_run_folder(config: pytest.Config) -> RunFolder:
    folder = RunFolder()
    config.add_cleanup(folder.close)
    return folder


@pytest.fixture(scope="session")
def run_folder(request: pytest.FixtureRequest) -> RunFolder:
    """Give the session's run folder; everything started in it ends with the session."""
    config = request.config
    return _once(config, "run_folder", lambda: _make_run_folder(config))


@pytest.fixture(scope="session")
def kafka_server(request: pytest.FixtureRequest, run_folder: RunFolder) -> KafkaServer:
    """Give a real Kafka broker (`.bootstrap`), shared by the session: use topic names of your own."""
    return _once(request.config, "kafka", lambda: KafkaServer(run_folder).start())


@pytest.fixture(scope="session")
def elasticsearch_server(
    request: pytest.FixtureRequest, run_folder: RunFolder
) -> ElasticsearchServer:
    """Give a real Elasticsearch without security, shared by the session: whoever uses it wipes it."""
    return _once(request.config, "elasticsearch", lambda: ElasticsearchServer(run_folder).start())


@pytest.fixture
def real_elasticsearch(elasticsearch_server: ElasticsearchServer) -> Iterator[ElasticsearchServer]:
    """Give a real Elasticsearch without security (`.url`, `.call`), wiped after each test."""
    yield elasticsearch_server
    elasticsearch_server.wipe()


@pytest.fixture(scope="session")
def secured_elasticsearch(
    request: pytest.FixtureRequest, run_folder: RunFolder
) -> ElasticsearchServer:
    """Give a real Elasticsearch with TLS (`.ca_certs`) and a superuser (`elastic`, `.password`)."""
    password = secrets.token_urlsafe(18)
    return _once(
        request.config, "secured", lambda: ElasticsearchServer(run_folder, password).start()
    )


@pytest.fixture(scope="session")
def prometheus_tools(request: pytest.FixtureRequest) -> Path:
    """Give the folder with prometheus and promtool."""
    return _have(request.config, ensure_prometheus)


@pytest.fixture(scope="session")
def alertmanager_tools(request: pytest.FixtureRequest) -> Path:
    """Give the folder with prometheus-alertmanager and amtool."""
    return _have(request.config, ensure_alertmanager)


@pytest.fixture
def reliability(request: pytest.FixtureRequest) -> Reliability:
    """Give the recorder of what this test sees of a fault (`.seen`), to be called once its assertions held."""
    return Reliability(request.node.nodeid)
