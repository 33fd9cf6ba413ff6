"""What each answer of an index means, against a stub that gives the awkward ones."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web

from domain.errors import SinkRejected, SinkUnavailable
from domain.outcome import IndexOutcome
from runtime.metrics import Metrics
from runtime.settings import ElasticsearchSettings
from sinks.elasticsearch import ElasticsearchSink

PRODUCT = {"X-Elastic-Product": "Elasticsearch"}


@dataclass
class Stub:
    """An index that answers every call the same way."""

    status: int = 201
    body: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0.0
    calls: list[str] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as told; there are no aliases, which is asked before a write and is no part of these tests."""
        if request.path.startswith("/_alias/"):
            return web.json_response({}, status=404, headers=PRODUCT)
        self.calls.append(f"{request.method} {request.path_qs}")
        await asyncio.sleep(self.wait_seconds)
        return web.json_response(self.body, status=self.status, headers={**PRODUCT, **self.headers})


@pytest.fixture
async def stub() -> AsyncIterator[Stub]:
    """Give a stub on loopback."""
    made = Stub()
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def create(stub: Stub, metrics: Metrics | None = None, seconds: float = 5.0) -> IndexOutcome:
    """Offer one document."""
    settings = ElasticsearchSettings(urls=(stub.url,), timeout_seconds=seconds)
    sink = ElasticsearchSink(settings, metrics)
    try:
        return await sink.create("news-articles-2025.04", "id-1", {"title": "x"})
    finally:
        await sink.close()


@pytest.mark.parametrize(
    ("expected", "status"), [(IndexOutcome.INDEXED, 201), (IndexOutcome.ALREADY, 409)]
)
async def test_stored_or_there_already(expected: IndexOutcome, status: int, stub: Stub) -> None:
    """Both are well: a conflict on our own id is the document itself."""
    stub.status = status
    assert await create(stub) is expected
    assert stub.calls == ["PUT /news-articles-2025.04/_create/id-1"]


@pytest.mark.parametrize("status", [400, 413, 422])
async def test_the_documents_own_fault(status: int, stub: Stub) -> None:
    """Refused for good, with the index's own words."""
    stub.status = status
    stub.body = {"error": {"type": "strict_dynamic_mapping_exception", "reason": "no such field"}}
    with pytest.raises(SinkRejected, match="strict_dynamic_mapping_exception no such field"):
        await create(stub)
    assert len(stub.calls) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503])
async def test_an_outage_is_not_the_documents_fault(status: int, stub: Stub) -> None:
    """Overload, a missing right or index, a write block: wait; the client does not retry by itself."""
    stub.status, stub.headers = status, {"Retry-After": "4"}
    with pytest.raises(SinkUnavailable):
        await create(stub)
    assert len(stub.calls) == 1


async def test_retry_after_is_kept(stub: Stub) -> None:
    """An index that asks for time gets it."""
    stub.status, stub.headers = 429, {"Retry-After": "4"}
    with pytest.raises(SinkUnavailable) as caught:
        await create(stub)
    assert caught.value.retry_after_seconds == 4.0


async def test_no_answer_in_time_is_an_outage(stub: Stub) -> None:
    """The write may have been applied: the same id makes the next try safe."""
    stub.wait_seconds = 1.0
    with pytest.raises(SinkUnavailable):
        await create(stub, seconds=0.2)


async def test_the_gauge_follows_the_answers(stub: Stub) -> None:
    """Down while overloaded, up again with the next answer; a refused document is no outage."""
    metrics = Metrics("index")

    def is_up() -> float | None:
        return metrics.registry.get_sample_value("vigie_sink_up", {"sink": "elasticsearch"})

    stub.status = 503
    with pytest.raises(SinkUnavailable):
        await create(stub, metrics)
    assert is_up() == 0
    stub.status = 400
    with pytest.raises(SinkRejected):
        await create(stub, metrics)
    assert is_up() == 1


async def test_an_index_that_answers_and_takes_no_document_is_down(stub: Stub) -> None:
    """A full disk: writes are refused while every probe succeeds. `sink_up` is 0 until a write is taken."""
    metrics = Metrics("index")
    sink = ElasticsearchSink(ElasticsearchSettings(urls=(stub.url,)), metrics)

    def is_up() -> float | None:
        return metrics.registry.get_sample_value("vigie_sink_up", {"sink": "elasticsearch"})

    try:
        stub.status = 429
        with pytest.raises(SinkUnavailable):
            await sink.create("news-articles-2025.04", "id-1", {"title": "x"})
        assert is_up() == 0
        stub.status = 200
        await sink.health()
        assert is_up() == 0, "the probe knows nothing of writes"
        stub.status = 201
        await sink.create("news-articles-2025.04", "id-1", {"title": "x"})
        assert is_up() == 1
    finally:
        await sink.close()
