"""Cases 8 and 9: the index answers 201, 400, 409 and 429 in one flow, and stores a document whose answer is lost."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
import pytest

from schemas.indices import article_document_id, articles_index
from schemas.records import JudgedArticle, PlaceInfo, ReadingInfo, encode
from schemas.topics import ARTICLE_JUDGED
from tests.fakes import cleaned
from tests.faults.ground import FLOW_SECONDS, LEASE_SECONDS, Ground, ground, own_index
from tests.harness.http_front import HttpFront, Refusal
from tests.harness.process import RunFolder
from tests.harness.proxy import Faults
from tests.harness.reliability import Reliability
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

GOOD, AGAIN, BAD, BUSY = 20, 10, 5, 4
REFUSALS = 2  # how often a busy document is answered 429
INDEX = articles_index(datetime(2025, 4, 15, tzinfo=UTC))  # of tests.fakes.NOW


@pytest.fixture(scope="module")
def servers(
    run_folder: RunFolder,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Ground]:
    """Give servers to run `index` and `deliver` on, shared by the tests of this file."""
    with ground(
        run_folder, own_index(request.config, run_folder), tmp_path_factory.mktemp("answers")
    ) as made:
        yield made


@pytest.fixture
def desk(servers: Ground) -> Iterator[Ground]:
    """Give them with the network well and nothing running."""
    yield servers
    servers.index_proxy.restore()
    servers.stop_all()


def judged(name: str, *, lat: float = 34.0) -> JudgedArticle:
    """Return a judged article; a latitude beyond the pole is one that the index's mapping refuses."""
    place = PlaceInfo(name="Rabat", country="MA", lat=lat, lon=-6.8)
    return JudgedArticle(
        watch_id="w",
        article=cleaned(name),
        reading=ReadingInfo(relevant=True, score=1.0, place=place),
        verdict="REPEAT",
    )


def put(desk: Ground, articles: list[JudgedArticle]) -> None:
    """Write judged articles."""
    desk.put(ARTICLE_JUDGED, [(j.article.article_id, encode(j)) for j in articles])


def id_of(name: str) -> str:
    """Return the id of an article's document."""
    return article_document_id(name, "w")


def test_mixed_answers_end_as_stored_already_there_and_dead_letter_with_exact_counts(
    desk: Ground, reliability: Reliability
) -> None:
    """400 is a dead letter at once, 409 is success, 429 is asked again until it is stored; neighbours do not suffer."""
    names = {
        k: [f"{k}-{n}" for n in range(c)] for k, c in (("good", GOOD), ("bad", BAD), ("busy", BUSY))
    }
    flow = [judged(n) for n in names["good"] + names["busy"]]
    flow += [judged(n) for n in names["good"][:AGAIN]]
    flow += [judged(n, lat=123.0) for n in names["bad"]]
    random.Random(8).shuffle(flow)
    with HttpFront(desk.servers.elasticsearch.port) as front:
        for name in names["busy"]:
            front.refusals[f"/{id_of(name)}"] = Refusal(429, REFUSALS, retry_after="1")
        put(desk, flow)
        desk.start("index", VIGIE_ELASTICSEARCH__URLS=front.url)
        # Not the total: a redelivered record counts again, before the last of the others is through.
        ended = Counter(indexed=GOOD + BUSY, dead_letter=BAD, already=AGAIN)
        wait_until(
            lambda: desk.counts("index") >= ended,
            FLOW_SECONDS,
            "all through",
            desk.workers["index"].log,
        )
        counts = desk.counts("index")
        answers = Counter(
            status
            for (path, status), n in front.seen.items()
            for _ in range(n)
            if "/_create/" in path
        )
    # A redelivered record is already there, or refused once more; what is stored and asked again is exact.
    assert counts["indexed"] == answers[201] == GOOD + BUSY
    assert answers[429] == REFUSALS * BUSY
    assert answers[409] == counts["already"] >= AGAIN
    assert answers[400] == counts["dead_letter"] >= BAD
    assert set(answers) == {201, 400, 409, 429}
    stored = set(desk.documents("news-articles"))
    assert stored >= {id_of(n) for n in names["good"] + names["busy"]}
    assert not stored & {id_of(n) for n in names["bad"]}
    letters = [msgspec.json.decode(r.value, type=JudgedArticle) for r in desk.dead_letters()]
    assert {j.article.article_id for j in letters} == set(names["bad"])
    assert len(letters) == counts["dead_letter"]
    reliability.seen(
        8,
        f"{len(flow)} documents shuffled: {GOOD + BUSY} stored, {AGAIN} times 409 counted as there, {BAD} times 400 in "
        f"the dead letters, {REFUSALS * BUSY} times 429 asked again; by metrics, by answers and by documents alike",
    )


def test_a_document_stored_without_an_answer_is_one_document(
    desk: Ground, reliability: Reliability
) -> None:
    """The index has it, the answer is lost on the way: asked again it is there already, and there once."""
    names = [f"unheard-{n}" for n in range(5)]
    desk.start("index", VIGIE_ELASTICSEARCH__TIMEOUT_SECONDS="1")
    # The first write asks where the alias points; from then on a write is all that is asked.
    put(desk, [judged("heard")])
    wait_until(lambda: desk.counts("index").total() >= 1, FLOW_SECONDS, "at work")
    counted = desk.counts("index").total()
    desk.index_proxy.set(Faults(swallow_down=True))
    put(desk, [judged(name) for name in names])
    ids = {id_of(name) for name in names}
    # Four partitions, but one record at a time: the first is stored and unheard, the others wait behind it.
    wait_until(
        lambda: bool(ids & desk.documents("news-articles").keys()),
        FLOW_SECONDS,
        "one stored unheard",
    )
    assert desk.counts("index").total() == counted, "what nobody answered does not count"
    desk.index_proxy.restore()
    wait_until(
        lambda: (
            desk.counts("index").total() >= counted + len(names)
            and ids <= desk.documents("news-articles").keys()
        ),
        FLOW_SECONDS,
        "all through",
        desk.workers["index"].log,
    )
    counts = desk.counts("index")
    # A redelivered record is already there once more: what is stored is exact, how often it was asked is not.
    assert counts["already"] >= 1
    assert counts["indexed"] <= 1 + len(names)
    assert set(counts) == {"indexed", "already"}
    stored = desk.servers.elasticsearch.call("GET", f"/{INDEX}/_search?size=100")["hits"]["hits"]
    assert Counter(h["_id"] for h in stored if h["_id"] in ids) == Counter(ids)
    assert {h["_version"] for h in stored if "_version" in h} <= {1}
    reliability.seen(
        9,
        f"answers swallowed after the write: {len(names)} articles, {counts['already']} of them found already there "
        "when asked again, one document each",
    )


def test_a_claim_stored_without_an_answer_is_told_once_and_at_once(
    desk: Ground, reliability: Reliability
) -> None:
    """The claim of an alert is in the index and its maker does not know: it goes on with it when it hears."""
    desk.start("deliver", VIGIE_ELASTICSEARCH__TIMEOUT_SECONDS="1")
    desk.index_proxy.set(Faults(swallow_down=True))
    desk.raise_alerts(9001)
    wait_until(
        lambda: any(d["event_id"] == "event-9001" for d in desk.documents("news-alerts").values()),
        FLOW_SECONDS,
        "claimed unheard",
    )
    desk.index_proxy.restore()
    started = time.monotonic()
    for collector in (desk.hook, desk.mail):
        collector.wait(lambda c=collector: c.has("event-9001") == 1, FLOW_SECONDS, "told")  # type: ignore[misc]
    after = time.monotonic() - started
    wait_until(lambda: desk.counts("deliver")["sent"] >= 2, FLOW_SECONDS, "marked")
    assert desk.counts("deliver")["sent"] == 2
    assert set(desk.counts("deliver")) <= {"sent", "already"}
    assert desk.hook.duplicates == desk.mail.duplicates == 0
    assert after < LEASE_SECONDS, "it does not wait until its own claim may be taken over"
    reliability.seen(
        9,
        f"a claim stored without an answer: told once by each channel, {after:.1f} s after the network was well",
    )
