"""Exactly one alert for each event, material update and channel, over the whole corpus and through repeated kills."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from desk.watches import find_watch
from domain.classify.reading import read
from domain.events.book import Book
from domain.events.judge import judge
from domain.knowledge import Knowledge
from domain.outcome import Verdict
from schemas import convert
from schemas.records import ClassifiedArticle, decode
from schemas.topics import ARTICLE_CLASSIFIED
from tests.faults.ground import AGENTS, FLOW_SECONDS, LEASE_SECONDS, Ground, ground, own_index
from tests.harness.collector import Answer
from tests.harness.process import RunFolder
from tests.harness.reliability import SCALE, Reliability
from tests.integration.test_spine import corpus
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(600 + 600 * (SCALE - 1))]

WATCH = "morocco-france"
KILLS = 6 * SCALE
VICTIMS = ("deliver", "detect")


def test_each_event_and_material_update_is_told_once_by_each_channel_through_kills(
    run_folder: RunFolder,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    reliability: Reliability,
) -> None:
    """`deliver` and `detect` are killed in turn at seeded moments; what was told is what a judge without faults finds."""
    source = random.Random(5)
    # One partition: the order of arrival is that of sending, so the run can be judged again.
    with ground(
        run_folder, own_index(request.config, run_folder), tmp_path, VIGIE_TOPICS__PARTITIONS="1"
    ) as made:
        made.hook.answer = made.mail.answer = Answer(delay_seconds=0.1)
        made.start(*AGENTS)
        articles = corpus(200)
        killed: Counter[str] = Counter()
        killed_at: list[float] = []
        for kill in range(KILLS):
            role = VICTIMS[kill % len(VICTIMS)]
            made.send(articles[kill::KILLS])
            time.sleep(source.uniform(0.5, 2.5))
            made.workers[role].kill()
            killed[role] += 1
            killed_at.append(time.monotonic())
            made.start(role)
        made.drain(2 * FLOW_SECONDS)
        wanted = judged_again(made)
        raised = made.alerts()
        assert set(raised) == wanted
        states = Counter(sent=2 * len(wanted))
        wait_until(
            lambda: made.states() == states,
            LEASE_SECONDS + FLOW_SECONDS,
            "told",
            made.workers["deliver"].log,
        )
        copies = assert_told_once(made, wanted, killed_at)
        reliability.seen(
            16,
            f"{len(articles)} articles of the corpus, deliver killed {killed['deliver']} and detect "
            f"{killed['detect']} times: {len(wanted)} alerts, each once by each of two channels; copies of a delivery "
            f"that a kill fell into: {copies}",
            runs=KILLS,
        )


def judged_again(made: Ground) -> set[tuple[str, int]]:
    """Return the events and versions that alert when the same articles are judged here, in the same order."""
    watch, knowledge = find_watch(WATCH), Knowledge.load()
    book, alerts, seen = Book.empty(WATCH), set(), set()
    for record in made.records(ARTICLE_CLASSIFIED.name):
        article = convert.article(decode(ClassifiedArticle, record.value).article)
        if article.article_id in seen:
            continue  # classified again after a kill
        seen.add(article.article_id)
        judgement, book = judge(book, article, read(article, watch, knowledge), watch)
        if judgement.verdict in (Verdict.NEW, Verdict.UPDATE) and judgement.event is not None:
            alerts.add((judgement.event.event_id, judgement.event.version))
    return alerts


def assert_told_once(made: Ground, wanted: set[tuple[str, int]], killed_at: list[float]) -> int:
    """Check both channels; return how many copies there were that a kill excuses."""
    copies = 0
    for collector in (made.hook, made.mail):
        assert len(collector.copies) == len(wanted)
        for key, count in collector.copies.items():
            times = [a.at for a in collector.taken if a.key == key]
            assert count <= 1 + sum(times[0] <= at <= times[-1] for at in killed_at)
        copies += collector.duplicates
    told = {(a.json["event"]["event_id"], a.json["event"]["version"]) for a in made.hook.taken}
    assert told == wanted
    return copies
