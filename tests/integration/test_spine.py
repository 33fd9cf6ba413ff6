"""The whole spine on the embedded servers, each role a process: from fetched records to documents and alerts."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections import Counter
from typing import Any

import pytest

from runtime.kafka import KafkaProducer
from schemas.records import FetchedArticle, SourceRef, encode
from schemas.topics import ARTICLE_FETCHED
from tests.fakes import NOW
from tests.paths import REPO, SEEDS, require
from tests.servers import Pipeline, Worker, wait_until

pytestmark = [pytest.mark.embedded, pytest.mark.timeout(300)]

FLOW_SECONDS = 90.0
AGENTS = ("clean", "classify", "detect", "index")


def corpus(limit: int) -> list[FetchedArticle]:
    """Return articles of the development corpus, relevant and not, in a fixed order."""
    folder = REPO / "bench" / "corpus" / "dev"
    rows: list[dict[str, Any]] = []
    for name in ("positives", "negatives"):
        lines = (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        rows += [json.loads(line) for line in lines[: limit // 2]]
    return [article(row) for row in rows]


def article(row: dict[str, Any]) -> FetchedArticle:
    """Return a row of the corpus as the connectors would have fetched it."""
    url = f"http://site.test/{row['id']}"
    return FetchedArticle(
        url=url,
        canonical_url=url,
        source=SourceRef(source_id="corpus"),
        body=row["text"].encode(),
        media_type="text/plain",
        charset="utf-8",
        title=row.get("title") or "",
        published=row.get("published") or "",
        fetched_at=NOW,
        first_seen_at=NOW,
    )


def send(pipeline: Pipeline, values: list[bytes]) -> None:
    """Write fetched records, in order, and return when the broker has them."""

    async def go() -> None:
        producer = await KafkaProducer(pipeline.settings.kafka, "test").start()
        try:
            for n, value in enumerate(values):
                await producer.send(ARTICLE_FETCHED.name, str(n).encode(), value)
        finally:
            await producer.stop()

    asyncio.run(go())


def documents(pipeline: Pipeline, index: str) -> dict[str, dict[str, Any]]:
    """Return every document of an index by its id."""
    urllib.request.urlopen(
        urllib.request.Request(f"{pipeline.servers.url}/{index}/_refresh", method="POST")
    ).close()
    with urllib.request.urlopen(f"{pipeline.servers.url}/{index}/_search?size=1000") as answer:
        hits = json.load(answer)["hits"]["hits"]
    return {h["_id"]: h["_source"] for h in hits}


def finished(workers: list[Worker], role: str) -> Counter[str]:
    """Return the outcomes of the processes of one role."""
    total: Counter[str] = Counter()
    for worker in workers:
        if worker.role == role and worker.process.poll() is None:
            total += worker.counts()
    return total


def test_every_article_is_accounted_for_from_stage_to_stage(pipeline: Pipeline) -> None:
    """Outcomes in = outcomes out at each stage, documents for all, a bad record in the dead letters, exit 0."""
    articles = corpus(24)
    workers = pipeline.start(*AGENTS, "deliver")
    send(pipeline, [encode(a) for a in articles] + [b"{not a record", encode(blank())])
    judged = len(articles)
    wait_until(lambda: finished(workers, "detect").total() >= judged, FLOW_SECONDS, "all judged")
    cleaned, read = finished(workers, "clean"), finished(workers, "classify")
    assert cleaned == Counter(cleaned=judged, dead_letter=1, empty=1)
    assert read.total() == judged
    verdicts = finished(workers, "detect")
    assert verdicts.total() == judged
    assert verdicts["OFF"] == read["off"]
    changes = judged - verdicts["OFF"]
    wait_until(
        lambda: finished(workers, "index").total() >= judged + changes, FLOW_SECONDS, "all indexed"
    )
    stored = documents(pipeline, "news-articles")
    assert Counter(d["verdict"] for d in stored.values()) == verdicts
    events = documents(pipeline, "news-events")
    assert len(events) == verdicts["NEW"] + verdicts["RECAP"] - recalled(stored)
    alerts = verdicts["NEW"] + verdicts["UPDATE"]
    wait_until(
        lambda: finished(workers, "deliver")["sent"] >= alerts, FLOW_SECONDS, "all alerts told"
    )
    claims = documents(pipeline, "news-alerts")
    assert Counter(c["state"] for c in claims.values()) == Counter(sent=alerts)
    assert pipeline.vigie("dead-letters", "list", check=False).returncode == 1
    assert [w.stop() for w in workers] == [0] * len(workers)


def blank() -> FetchedArticle:
    """Return a page without an article."""
    return article({"id": "blank", "text": " "})


def recalled(stored: dict[str, dict[str, Any]]) -> int:
    """Return how many RECAPs belong to an event that another article opened."""
    opened = {d["event_id"] for d in stored.values() if d["verdict"] == "NEW"}
    recaps = [d["event_id"] for d in stored.values() if d["verdict"] == "RECAP"]
    return len(recaps) - len(set(recaps) - opened)


@pytest.mark.real  # no real server, but as slow: it belongs to the full run
def test_kill_and_replay_leave_the_documents_of_a_calm_run(
    pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every role is killed while records flow and started again: the same articles, events and alerts."""
    articles = [encode(a) for a in corpus(30)]
    workers = pipeline.start(*AGENTS, "deliver")
    send(pipeline, articles[:15])
    wait_until(lambda: finished(workers, "clean").total() >= 3, FLOW_SECONDS, "begun")
    for worker in workers:
        worker.kill()
    send(pipeline, articles[15:])
    workers = pipeline.start(*AGENTS, "deliver")
    wait_until(lambda: finished(workers, "detect").total() >= 5, FLOW_SECONDS, "going on")
    detect = next(w for w in workers if w.role == "detect")
    detect.kill()
    workers += pipeline.start("detect")
    wait_until(lambda: is_drained(pipeline, workers), FLOW_SECONDS, "drained")
    stored = documents(pipeline, "news-articles")
    assert len(stored) == len(articles)
    assert len({d["article_id"] for d in stored.values()}) == len(articles)
    members = [m["article_id"] for e in documents(pipeline, "news-events").values()
               if not e["is_merged"] for m in e["members"]]  # fmt: skip
    relevant = [d["article_id"] for d in stored.values() if d["verdict"] != "OFF"]
    assert sorted(members) == sorted(relevant), "each relevant article is in one event, once"
    keys = {
        (c["event_id"], c["event_version"]) for c in documents(pipeline, "news-alerts").values()
    }
    told = [d for d in stored.values() if d["verdict"] in {"NEW", "UPDATE"}]
    assert len(keys) == len(told), "one alert for each NEW and each UPDATE"
    for worker in workers:
        if worker.process.poll() is None:
            worker.stop()


def is_drained(pipeline: Pipeline, workers: list[Worker]) -> bool:
    """Return whether no role has records waiting, and all articles are stored."""
    alive = [w for w in workers if w.process.poll() is None]
    lags = [value for w in alive for _, value in w.samples("vigie_consumer_lag_records")]
    return not any(lags) and len(documents(pipeline, "news-articles")) >= 30


@pytest.mark.real  # no real server, but as slow: it belongs to the full run
def test_redelivery_of_everything_duplicates_nothing(pipeline: Pipeline) -> None:
    """The same records twice: no document, event revision or alert more than after the first time."""
    values = [encode(a) for a in corpus(16)]
    [worker] = pipeline.start("all")
    send(pipeline, values)
    wait_until(lambda: is_told(worker, len(values)), FLOW_SECONDS, "first time", worker.log)
    before = {i: documents(pipeline, i) for i in ("news-articles", "news-events", "news-alerts")}
    send(pipeline, values)
    wait_until(
        lambda: (
            worker.counts()["cleaned"] >= 2 * len(values)
            and worker.counts()["already"] >= len(values)
            and is_told(worker, 2 * len(values))
        ),
        FLOW_SECONDS,
        "second time",
        worker.log,
    )
    after = {i: documents(pipeline, i) for i in before}
    assert after["news-articles"] == before["news-articles"]
    assert after["news-events"] == before["news-events"]
    assert after["news-alerts"].keys() == before["news-alerts"].keys()
    assert worker.stop() == 0


def is_told(worker: Worker, count: int) -> bool:
    """Return whether that many articles went through every stage of a process that runs them all."""
    counts = worker.counts()
    judged = sum(counts[v] for v in ("NEW", "UPDATE", "REPEAT", "RECAP"))
    # OFF and `off` differ by case: detect's verdict and classify's outcome.
    if judged + counts["OFF"] < count:
        return False
    alerts = counts["NEW"] + counts["UPDATE"]
    stored = counts["indexed"] + counts["already"]
    return (
        stored >= count + judged
        and counts["sent"] + counts["already"] >= alerts
        and not any(value for _, value in worker.samples("vigie_consumer_lag_records"))
    )


@pytest.mark.seeds
def test_the_seed_articles_come_out_as_four_events(pipeline: Pipeline) -> None:
    """`vigie ingest --wait` takes the five seeds through every process and shows four events."""
    seeds = require(SEEDS)
    pipeline.start(*AGENTS)
    shown = pipeline.vigie("ingest", "--wait", str(seeds))
    assert "4 events" in shown.stdout
    events = documents(pipeline, "news-events").values()
    live = [e for e in events if not e["is_merged"]]
    assert len(live) == 4
    assert {e["act"] for e in live} <= {"meeting", "agreement"}
    assert all("Abdelouafi Laftit" in e["actors"] and e["place"] == "Rabat" for e in live)
    assert sorted(e["article_count"] for e in live) == [1, 1, 1, 2]


def test_doctor_says_what_to_do_when_nothing_is_provisioned(pipeline: Pipeline) -> None:
    """All is well after `provision`; with servers away it exits 1 and names what to start."""
    well = pipeline.vigie("doctor")
    assert "all as they must be" in well.stdout
    pipeline.env["VIGIE_KAFKA__BOOTSTRAP"] = "127.0.0.1:1"
    away = pipeline.vigie("doctor", check=False)
    assert away.returncode == 1
    assert "VIGIE_KAFKA__BOOTSTRAP" in away.stdout


def test_a_wrong_partition_count_stops_the_start(pipeline: Pipeline) -> None:
    """A worker whose settings do not fit the topics refuses with the topic, seen and expected."""
    pipeline.env["VIGIE_TOPICS__PARTITIONS"] = "7"
    refused = pipeline.vigie("run", "detect", check=False)
    assert refused.returncode == 2
    assert "news.article.fetched.v1: 4 partitions, expected 7" in refused.stderr
