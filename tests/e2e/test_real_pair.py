"""The whole pipeline on a real Kafka and a real Elasticsearch, each role a process, as in production."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from connectors.canonical import canonical_url
from desk.offline import detect_rows, judge_rows
from desk.sample_web import SampleWeb
from desk.sample_web.sources import allow_hosts, sources_toml
from desk.watches import find_watch
from domain.classify.reading import read
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from schemas import convert
from schemas.records import ClassifiedArticle, decode
from schemas.topics import ARTICLE_CLASSIFIED, ARTICLE_FETCHED, EVENT_CHANGED, STREAM_TOPICS
from tests.e2e.pipeline import (
    AGENTS,
    CHANNELS,
    FLOW_SECONDS,
    INDICES,
    Log,
    World,
    world,
)
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.paths import REPO, SEEDS, require
from tests.servers import wait_until
from tests.unit.test_seeds import EVENTS, GUESTS

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

# With one partition everywhere the order of arrival is the order of sending.
IN_ORDER = {"VIGIE_TOPICS__PARTITIONS": "1"}
WATCH = "morocco-france"
KILL_ORDER = ("deliver", "clean", "classify", "detect", "index")


@dataclass
class Calm:
    """What an undisturbed run read and stored."""

    sent: list[Log]
    stored: dict[str, dict[str, dict[str, Any]]]  # index -> documents


def corpus() -> list[dict[str, Any]]:
    """Return the development corpus in the order in which offline judging takes it."""
    folder = REPO / "bench" / "corpus" / "dev"
    rows = [
        json.loads(line)
        for name in ("positives", "negatives")
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    judged, _ = judge_rows(rows, find_watch(WATCH), Knowledge.load())
    by_id = {row["id"]: row for row in rows}
    return [by_id[j.row_id] for j in judged]


def events_of(stored: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return the events that stand, by id."""
    return {i: e for i, e in stored.items() if not e["is_merged"]}


def parted(event_of: dict[str, str]) -> set[frozenset[str]]:
    """Return which names share an event, whatever the events are called."""
    groups: dict[str, set[str]] = {}
    for name, event_id in event_of.items():
        groups.setdefault(event_id, set()).add(name)
    return {frozenset(g) for g in groups.values()}


def assert_told_once(made: World) -> None:
    """Check that each version of an event was told once by each channel, and signed."""
    raised = made.alerts()
    claims = made.documents("news-alerts").values()
    assert Counter((c["event_id"], c["event_version"], c["channel"]) for c in claims) == Counter(
        (*what, channel) for what in raised for channel in CHANNELS
    )
    assert {c["state"] for c in claims} == {"sent"}
    told = [json.loads(body)["event"] for body in made.hook.received.values()]
    assert sorted((e["event_id"], e["version"]) for e in told) == sorted(raised)
    assert made.hook.refused == 0


@pytest.fixture(scope="module")
def calm(
    run_folder: RunFolder,
    elasticsearch_server: ElasticsearchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Calm:
    """Give the corpus as `vigie ingest` sent it in publication order, and what a run without faults made of it."""
    folder = tmp_path_factory.mktemp("calm")
    lines = folder / "corpus.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in corpus()), encoding="utf-8")
    with world(run_folder, elasticsearch_server, folder, **IN_ORDER) as made:
        made.start(*AGENTS)
        made.pipeline.vigie("ingest", "--wait", str(lines))
        made.settle()
        assert_told_once(made)
        assert made.hook.repeated == 0
        stored = {index: made.documents(index) for index in INDICES}
        sent = made.records(ARTICLE_FETCHED.name)
    # Only now: the index is shared, and the next test's world must find it empty.
    return Calm(sent, stored)


def test_ingested_articles_get_the_offline_verdicts_and_events(calm: Calm) -> None:
    """Sent in order, each article has the verdict, and shares its event with those, that `vigie detect` says."""
    rows = corpus()
    assert [json.loads(r.value)["declared_id"] for r in calm.sent] == [r["id"] for r in rows]
    offline = {line["id"]: line for line in detect_rows(rows, find_watch(WATCH), Knowledge.load())}
    stored, known = calm.stored["news-articles"], calm.stored["news-events"]
    assert len(stored) == len(rows)
    assert {d["declared_id"]: d["verdict"] for d in stored.values()} == {
        i: line["verdict"] for i, line in offline.items()
    }
    mine = {d["declared_id"]: d["event_id"] for d in stored.values() if "event_id" in d}
    theirs = {i: line["event_id"] for i, line in offline.items() if line["event_id"]}
    assert parted({i: known[e].get("merged_into", e) for i, e in mine.items()}) == parted(theirs)
    live = events_of(known)
    assert len(live) == len(set(theirs.values()))
    for event_id, event in live.items():
        line = next(offline[i] for i, e in mine.items() if e == event_id)
        seen = (event.get("event_date"), event.get("place"), event["act"], event["actors"])
        assert seen == (line["event_date"], line["place"], line["act"], line["actors"])


def test_the_sample_web_is_accounted_for_from_fetch_to_signed_alert(
    run_folder: RunFolder, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """Each article offered is one document, with the offline verdict; each alert is told once by each channel."""
    with world(run_folder, elasticsearch_server, tmp_path) as made:
        web = SampleWeb()
        made.thread.run(web.start())
        try:
            serve(made, web, tmp_path)
            made.start(*AGENTS, "connectors")
            wait_until(
                lambda: made.counts("connectors").total() >= web.article_count,
                FLOW_SECONDS,
                "all fetched",
                made.workers["connectors"].log,
            )
            made.settle()
        finally:
            made.thread.run(web.stop())
        articles = made.documents("news-articles")
        offered = {canonical_url(o.url_of(a)) for o in web.outlets for a in o.articles}
        assert Counter(d["canonical_url"] for d in articles.values()) == Counter(offered)
        assert {
            d["article_id"]: (d["verdict"], d.get("event_id")) for d in articles.values()
        } == replayed_offline(made)
        assert_sums_match(made, web.article_count)
        assert_told_once(made)
        assert made.hook.repeated == 0
        assert [r for t in STREAM_TOPICS for r in made.records(t.dead_letter)] == []
        assert {r: w.stop() for r, w in made.workers.items()} == dict.fromkeys(made.workers, 0)


def serve(made: World, web: SampleWeb, folder: Path) -> None:
    """Point the connectors of a pipeline at the sample web, without the pauses other sites get."""
    sources = folder / "sources.toml"
    sources.write_text(sources_toml(web), encoding="utf-8")
    made.pipeline.env["VIGIE_CONNECTORS__ALLOW_HOSTS"] += "," + ",".join(allow_hosts(web))
    made.pipeline.env |= {
        "VIGIE_CONNECTORS__SOURCES_PATH": str(sources),
        "VIGIE_CONNECTORS__MIN_GAP_SECONDS": "0",
        "VIGIE_CONNECTORS__START_SPREAD_SECONDS": "0.1",
    }


def replayed_offline(made: World) -> dict[str, tuple[str, str | None]]:
    """Return verdict and event of each article, read and judged here in the order in which detect got them."""
    watch, knowledge = find_watch(WATCH), Knowledge.load()
    book, found = Book.empty(WATCH), {}
    for record in made.records(ARTICLE_CLASSIFIED.name):
        article = convert.article(decode(ClassifiedArticle, record.value).article)
        judgement, book = judge(book, article, read(article, watch, knowledge), watch)
        event_id = judgement.event.event_id if judgement.event else None
        found[article.article_id] = (judgement.verdict.value, event_id)
    return found


def assert_sums_match(made: World, offered: int) -> None:
    """Check that what leaves each stage enters the next."""
    fetched, cleaned, read_as, verdicts, stored, told = (
        made.counts(role) for role in ("connectors", *AGENTS)
    )
    assert fetched.keys() <= {"produced", "partial"}
    assert fetched.total() == offered
    assert cleaned == Counter(cleaned=offered)
    assert read_as.total() == cleaned["cleaned"]
    assert verdicts.total() == read_as.total()
    assert verdicts["OFF"] == read_as["off"]
    changes = made.records(EVENT_CHANGED.name)
    # Revisions of one event may pass an older one on the way to the index, which is then `already` there.
    assert stored.total() == verdicts.total() + len(changes)
    assert stored["dead_letter"] == 0
    assert len(made.alerts()) == verdicts["NEW"] + verdicts["UPDATE"]
    assert told == Counter(sent=len(CHANNELS) * len(made.alerts()))


@pytest.mark.seeds
def test_ingested_seeds_are_four_events_with_the_right_ministers(
    run_folder: RunFolder, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """The five seed articles, in whatever order four partitions give, are four events with their two ministers."""
    seeds = sorted(require(SEEDS).glob("*.txt"))
    assert len(seeds) == len(GUESTS)
    with world(run_folder, elasticsearch_server, tmp_path) as made:
        made.start(*AGENTS)
        shown = made.pipeline.vigie("ingest", "--wait", *map(str, seeds))
        assert "4 events" in shown.stdout
        made.settle()
        live = events_of(made.documents("news-events"))
        names = {
            d["article_id"]: d["source"]["name"][:3]
            for d in made.documents("news-articles").values()
        }
        members = {i: sorted(names[m["article_id"]] for m in e["members"]) for i, e in live.items()}
        assert sorted(members.values()) == EVENTS
        for event_id, event in live.items():
            ministers = {"Abdelouafi Laftit", *(GUESTS[n] for n in members[event_id])}
            assert ministers <= set(event["actors"])
            assert not (set(GUESTS.values()) - ministers) & set(event["actors"])
            assert event["place"] == "Rabat"
        assert_told_once(made)


def test_each_role_killed_in_mid_flow_leaves_the_documents_of_a_calm_run(
    calm: Calm, run_folder: RunFolder, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """kill -9 of every role while it works: documents and alerts are those of the calm run, one alert repeated.

    That one was taken by the receiver, but its sender died before it had the answer: it comes again
    under its key.
    """
    with world(run_folder, elasticsearch_server, tmp_path, **IN_ORDER) as made:
        made.start(*AGENTS)
        made.thread.run(made.hook.hold(True))
        rest = list(calm.sent)
        for n, role in enumerate(KILL_ORDER):
            part = -(-len(calm.sent) // len(KILL_ORDER))
            made.send(calm.sent[n * part : (n + 1) * part])
            rest = rest[part:]
            at_work(made, role)
            made.workers[role].kill()
            made.thread.run(made.hook.hold(False))
            made.start(role)
        assert rest == []
        made.settle()
        for index in ("news-articles", "news-events"):
            assert made.documents(index) == calm.stored[index]
        assert made.documents("news-alerts").keys() == calm.stored["news-alerts"].keys()
        assert_told_once(made)
        assert made.hook.repeated == 1


def at_work(made: World, role: str) -> None:
    """Return when a role has handled something since now; deliver, when it waits for an answer."""
    if role == "deliver":
        wait_until(lambda: len(made.hook.received) > 0, FLOW_SECONDS, "an alert is on its way")
        return
    before = made.counts(role).total()
    wait_until(
        lambda: made.counts(role).total() > before,
        FLOW_SECONDS,
        f"{role} at work",
        made.workers[role].log,
    )


def test_doctor_is_content_while_the_pipeline_runs_and_names_a_broker_that_stopped(
    run_folder: RunFolder, elasticsearch_server: ElasticsearchServer, tmp_path: Path
) -> None:
    """Exit 0 with everything up; exit 1 and one line with address and remedy without the broker; 0 when it is back."""
    with world(run_folder, elasticsearch_server, tmp_path) as made:
        made.start(*AGENTS)
        well = made.pipeline.vigie("doctor")
        assert "all as they must be" in well.stdout
        assert f"{made.kafka.bootstrap} answers" in well.stdout
        made.kafka.stop()
        away = made.pipeline.vigie("doctor", check=False)
        assert away.returncode == 1
        line = next(x for x in away.stdout.splitlines() if made.kafka.bootstrap in x)
        assert "broker" in line
        assert "start it, or set VIGIE_KAFKA__BOOTSTRAP" in line
        assert "Traceback" not in away.stdout + away.stderr
        made.kafka.start()
        assert made.pipeline.vigie("doctor").returncode == 0
