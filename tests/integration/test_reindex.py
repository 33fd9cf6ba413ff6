"""`vigie reindex` on a real Kafka and Elasticsearch: the same documents, whatever comes between, nothing lost."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete

from desk.reindex import Reindexer, Shape, drop_old
from desk.reindex_state import StateKeeper
from domain.errors import ConfigError
from runtime.clock import utc_now
from schemas.indices import Document, article_document, template
from schemas.records import FetchedArticle, JudgedArticle, encode
from schemas.topics import ARTICLE_JUDGED
from sinks.index_admin import IndexAdmin
from tests.e2e.pipeline import World, world
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.integration.killed_reindex import STEPS
from tests.integration.test_spine import corpus, documents, send
from tests.paths import REPO

pytestmark = [pytest.mark.real, pytest.mark.timeout(600)]

MONTH = "news-articles-2025.04"
EVENTS = "news-events-v1"


@pytest.fixture
def stage(
    run_folder: RunFolder, real_elasticsearch: ElasticsearchServer, tmp_path: Path
) -> Iterator[World]:
    """Give a pipeline on a real pair, all roles in one process."""
    with world(run_folder, real_elasticsearch, tmp_path) as made:
        made.start("all")
        yield made


def flow(here: World, articles: list[FetchedArticle]) -> None:
    """Send articles and return once every stage is through with them."""
    send(here.pipeline, [encode(a) for a in articles])
    here.settle()


def raw(here: World, index: str) -> dict[str, str]:
    """Return every document of an index as its bytes say, keys in their order."""
    return {
        i: json.dumps(d, ensure_ascii=False) for i, d in documents(here.pipeline, index).items()
    }


def call(here: World, method: str, path: str, body: Any = None) -> Any:
    """Ask Elasticsearch itself."""
    return here.pipeline.servers.elasticsearch.call(method, path, body)  # type: ignore[attr-defined]


def behind(here: World, alias: str) -> list[str]:
    """Return the indices behind an alias."""
    return sorted(call(here, "GET", f"/_alias/{alias}"))


def test_a_rebuild_killed_at_every_step_gives_the_same_documents_and_misses_none_that_came_meanwhile(
    stage: World, reliability: Reliability
) -> None:
    """kill -9 in replay, check, after the move and after the close; articles flow all the time."""
    articles = corpus(50)
    flow(stage, articles[:30])
    before = {i: raw(stage, i) for i in (MONTH, EVENTS)}
    for n, step in enumerate(STEPS):
        died = subprocess.run(
            [sys.executable, "-m", "tests.integration.killed_reindex", step],
            cwd=REPO, env={"PATH": "/usr/bin:/bin", **stage.pipeline.env}, timeout=120, check=False,
            capture_output=True,
        )  # fmt: skip
        assert died.returncode == -9, died.stderr.decode()[-2000:]
        flow(stage, articles[30 + 4 * n : 34 + 4 * n])
    done = stage.pipeline.vigie("reindex")
    assert f"{MONTH} is now" in done.stdout
    [fresh], [events] = behind(stage, "news-articles"), behind(stage, "news-events")
    assert (fresh.startswith(f"{MONTH}-r"), events.startswith(f"{EVENTS}-r")) == (True, True)
    after = {i: raw(stage, i) for i in ("news-articles", "news-events")}
    assert len(after["news-articles"]) == 46
    assert {i: after["news-articles"].get(i) for i in before[MONTH]} == before[MONTH]
    last_of_old = {i: raw(stage, i) for i in (MONTH, EVENTS)}
    assert last_of_old[MONTH].items() <= after["news-articles"].items()
    assert last_of_old[EVENTS].keys() <= after["news-events"].keys()
    flow(stage, articles[46:])
    assert len(raw(stage, fresh)) == 50, "new articles lie in the fresh index"
    assert len(raw(stage, MONTH)) == len(last_of_old[MONTH]), "and no more in the old one"
    check_clean_up(stage, fresh, events)
    assert stage.counts("all")["dead_letter"] == 0
    calm = fresh_again(stage)
    reliability.seen(
        29,
        f"kill -9 in {len(STEPS)} steps ({', '.join(STEPS)}), {len(articles)} articles, {len(articles) - 30} of them "
        f"meanwhile: {len(before[MONTH])} documents of before byte for byte the same, 0 missing, 0 dead letters; "
        f"rebuilt once more in calm: {calm} documents, all bytes the same",
        runs=len(STEPS) + 1,
    )
    lost = lost_and_made_again(stage)
    reliability.seen(
        30,
        f"all indices and templates deleted, then `vigie provision` and `vigie reindex`: {lost} articles and events, "
        "every byte as before; the next article is stored beside them",
    )


def check_clean_up(here: World, fresh: str, events: str) -> None:
    """The old indices stay until they are dropped, which is not done at once; provisioning makes none of them again."""
    kept = here.pipeline.vigie("reindex", check=False)
    assert (kept.returncode, "--drop-old" in kept.stderr) == (2, True)
    early = here.pipeline.vigie("reindex", "--drop-old", check=False)
    assert (early.returncode, "expected 120 s" in early.stderr) == (2, True)

    async def drop() -> list[str]:
        admin = IndexAdmin(here.pipeline.settings.elasticsearch)
        try:
            return await drop_old(admin, utc_now() + timedelta(minutes=3))
        finally:
            await admin.close()

    assert sorted(asyncio.run(drop())) == [MONTH, EVENTS]
    here.pipeline.vigie("provision")
    names = {i["index"] for i in call(here, "GET", "/_cat/indices/news-*?format=json")}
    assert not {MONTH, EVENTS} & names
    assert (behind(here, "news-articles"), behind(here, "news-events")) == ([fresh], [events])


def fresh_again(here: World) -> int:
    """With nothing between, a rebuild of all gives every document of both kinds byte for byte; return how many."""
    calm = {i: raw(here, i) for i in ("news-articles", "news-events")}
    here.pipeline.vigie("reindex")
    assert {i: raw(here, i) for i in calm} == calm
    return sum(map(len, calm.values()))


def lost_and_made_again(here: World) -> int:
    """An index that lost everything, its templates too, comes back from Kafka alone; return how many documents."""
    before = {i: raw(here, i) for i in ("news-articles", "news-events")}
    assert here.workers["all"].stop() == 0
    here.pipeline.servers.elasticsearch.wipe()  # type: ignore[attr-defined]
    here.pipeline.vigie("provision")
    here.pipeline.vigie("reindex")
    assert {i: raw(here, i) for i in before} == before
    here.start("all")
    known = {json.loads(d)["url"] for d in before["news-articles"].values()}
    news = [a for a in corpus(60) if a.url not in known]
    flow(here, news)
    assert len(raw(here, "news-articles")) == len(known) + len(news) > len(known)
    return sum(map(len, before.values()))


def of_tomorrow(judged: JudgedArticle) -> Document:
    """Return an article's document with a field that today's code does not know."""
    return article_document(judged) | {"title_chars": len(judged.article.title)}


def template_of_tomorrow(name: str) -> Document:
    """Return a template with that field."""
    body = template(name)
    if name == "news-articles":
        body["template"]["mappings"]["properties"]["title_chars"] = {"type": "integer"}
    return body


async def expire(here: World) -> int:
    """Let the topic of judged articles forget half of each partition; return how many records went."""
    admin = AIOKafkaAdminClient(bootstrap_servers=here.kafka.bootstrap)
    await admin.start()
    try:
        ends: dict[int, int] = {}
        for record in here_records(here):
            ends[record.partition] = record.offset + 1
        cut = {
            TopicPartition(ARTICLE_JUDGED.name, p): RecordsToDelete(before_offset=end // 2)
            for p, end in ends.items()
        }
        await admin.delete_records(cut)
        return sum(c.before_offset for c in cut.values())
    finally:
        await admin.close()


def here_records(here: World) -> list[Any]:
    """Return the judged records, asked for in a thread of their own loop."""
    import concurrent.futures

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(here.records, ARTICLE_JUDGED.name).result(60)


async def rebuild(here: World, *, fill: bool) -> Any:
    """Rebuild with the code of tomorrow."""
    admin = IndexAdmin(here.pipeline.settings.elasticsearch)
    shape = Shape(article=of_tomorrow, template=template_of_tomorrow)
    try:
        return await Reindexer(here.pipeline.settings, admin, fill=fill, shape=shape).run()
    finally:
        await admin.close()


def test_a_new_field_comes_to_old_articles_and_what_kafka_forgot_is_taken_over(
    stage: World, reliability: Reliability
) -> None:
    """Without leave nothing happens; with it all are there, new field where Kafka has the record, old roles write on."""
    articles = corpus(24)
    flow(stage, articles[:20])
    before = documents(stage.pipeline, MONTH)
    gone = asyncio.run(expire(stage))
    assert gone
    dry = stage.pipeline.vigie("reindex", "--dry-run")
    assert "expired" in dry.stdout
    assert "--fill-from-index" in dry.stdout
    refused = stage.pipeline.vigie("reindex", check=False)
    assert (refused.returncode, "--fill-from-index" in refused.stderr) == (2, True)
    assert behind(stage, "news-articles") == [MONTH]
    with pytest.raises(ConfigError, match=f"{gone} documents"):
        asyncio.run(rebuild(stage, fill=False))
    assert behind(stage, "news-articles") == [MONTH], "searches still see the old one"
    account = asyncio.run(rebuild(stage, fill=True))
    after = documents(stage.pipeline, "news-articles")
    grown = {i: d for i, d in after.items() if "title_chars" in d}
    assert (len(after), len(grown), account.filled) == (20, 20 - gone, gone)
    assert {i: d | {"title_chars": None} for i, d in after.items()} == {
        i: d | {"title_chars": None} for i, d in before.items()
    }
    flow(stage, articles[20:])
    assert len(documents(stage.pipeline, "news-articles")) == 24, "today's code writes into it"
    assert asyncio.run(phase(stage)) == "done"
    taught(stage)
    reliability.seen(
        31,
        f"{gone} of {len(before)} records expired: refused without --fill-from-index and nothing changed; with it "
        f"{len(after)} documents, {len(grown)} with the field, {account.filled} taken over as they were, no other field "
        f"different; {len(articles) - 20} articles more by roles that do not know it",
    )


async def phase(here: World) -> str:
    """Return how far the rebuild is said to be."""
    admin = IndexAdmin(here.pipeline.settings.elasticsearch)
    try:
        state = await StateKeeper(admin).read()
        return state.phase if state else ""
    finally:
        await admin.close()


def taught(here: World) -> None:
    """`provision` adds fields to an index of an older release, and says of one that cannot take them what to do."""
    call(here, "DELETE", "/_index_template/news-articles")  # it would give them all its fields
    for name, fields in (
        ("news-articles-2019.01-old", {"article_id": {"type": "keyword"}}),
        ("news-articles-2019.02-old", {"title": {"type": "integer"}}),
    ):
        mappings = {"dynamic": "strict", "properties": fields}
        call(here, "PUT", f"/{name}", {"mappings": mappings, "aliases": {"news-articles": {}}})
    said = here.pipeline.vigie("provision").stdout
    assert "news-articles-2019.02-old" in said
    assert "vigie reindex" in said
    mapping = call(here, "GET", "/news-articles-2019.01-old/_mapping")
    properties = mapping["news-articles-2019.01-old"]["mappings"]["properties"]
    assert (
        properties.keys() >= template("news-articles")["template"]["mappings"]["properties"].keys()
    )
