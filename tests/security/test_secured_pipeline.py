"""The whole pipeline on a secured Kafka and a secured Elasticsearch: least rights, clear refusals, no secret told."""

from __future__ import annotations

import asyncio
import json
import socket
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from desk.ingest import _ends_of, wait_through
from desk.reindex import drop_old
from desk.sample_web import SampleWeb
from desk.sample_web.sources import allow_hosts, sources_toml
from domain.errors import SinkUnavailable
from ops.kafka.acls import load_rights
from runtime.clock import utc_now
from runtime.kafka import KafkaProducer, client_arguments
from runtime.kafka_rights import Right, missing_rights, sync_rights
from schemas.topics import ALERT_RAISED, ARTICLE_FETCHED, STREAM_TOPICS
from sinks.index_admin import IndexAdmin
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.paths import REPO
from tests.security.listening import listening
from tests.security.secured import AGENTS, Secured, secured_pipeline
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]

FLOW_SECONDS = 120.0
OFFERED = 12  # articles of the corpus


@pytest.fixture(scope="module")
def secured(
    run_folder: RunFolder,
    secured_elasticsearch: ElasticsearchServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Secured]:
    """Give the provisioned servers."""
    folder = tmp_path_factory.mktemp("secured")
    with secured_pipeline(run_folder, secured_elasticsearch, folder) as made:
        yield made


@pytest.fixture(scope="module")
def flowed(secured: Secured) -> Secured:
    """Give the servers after articles and one poison record went through every role, all of which still run."""
    secured.start(*(r for r in AGENTS if r != "deliver"))
    secured.start("deliver", VIGIE_LOG__LEVEL="debug")
    folder = REPO / "bench" / "corpus" / "dev"
    lines = [
        line
        for name in ("positives", "negatives")
        for line in (folder / f"{name}.jsonl")
        .read_text(encoding="utf-8")
        .splitlines()[: OFFERED // 2]
    ]
    corpus = secured.folder / "corpus.jsonl"
    corpus.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = secured.vigie("desk", "ingest", "--wait", str(corpus))
    assert done.returncode == 0, done.stdout + done.stderr
    asyncio.run(_fetch_sample_web(secured))
    asyncio.run(_send(secured, "desk", ARTICLE_FETCHED.name, b"{not json"))
    wait_until(lambda: letters(secured) == 1, FLOW_SECONDS, "the poison record is a dead letter")
    return secured


async def _send(secured: Secured, role: str, topic: str, value: bytes) -> None:
    producer = await KafkaProducer(secured.settings(role).kafka, "test").start()
    try:
        await producer.send(topic, b"key", value)
    finally:
        await producer.stop()


async def _fetch_sample_web(secured: Secured) -> None:
    """Let the connectors, with their own account, fetch the sample web once."""
    web = SampleWeb()
    await web.start()
    try:
        sources = secured.folder / "sources.toml"
        sources.write_text(sources_toml(web), encoding="utf-8")
        done = await asyncio.to_thread(
            secured.vigie,
            "connectors",
            *("run", "connectors", "--once"),
            VIGIE_CONNECTORS__SOURCES_PATH=str(sources),
            VIGIE_CONNECTORS__ALLOW_HOSTS=",".join(allow_hosts(web)),
            VIGIE_CONNECTORS__MIN_GAP_SECONDS="0",
            VIGIE_CONNECTORS__START_SPREAD_SECONDS="0.1",
            VIGIE_METRICS__PORT="0",
        )
    finally:
        await web.stop()
    assert done.returncode == 0, done.stderr[-3000:]
    assert '"outcome": "produced"' in done.stderr or "produced" in done.stderr


def letters(secured: Secured) -> int:
    """Return how many records `clean` could not handle."""
    return int(secured.workers["clean"].counts()["dead_letter"])


def documents(secured: Secured, index: str) -> list[dict[str, Any]]:
    """Return every document of an index, as the superuser sees it."""
    server = secured.elasticsearch
    server.call("POST", f"/{index}/_refresh")
    hits = server.call("GET", f"/{index}/_search?size=1000")["hits"]["hits"]
    return [h["_source"] for h in hits]


def test_articles_reach_index_and_watch_team_with_each_role_in_its_own_account(
    flowed: Secured,
) -> None:
    """Ingested and fetched articles are stored, events known, alerts claimed and told; nothing is a dead letter."""
    wait_until(
        lambda: any(c["state"] == "sent" for c in documents(flowed, "news-alerts")),
        FLOW_SECONDS,
        "an alert told",
        flowed.workers["deliver"].log,
    )
    stored = documents(flowed, "news-articles")
    ids = {d["declared_id"] for d in stored if d.get("declared_id")}
    assert len(ids) == OFFERED
    assert len(stored) > OFFERED  # the sample web too
    assert documents(flowed, "news-events") != []
    claims = documents(flowed, "news-alerts")
    states = {(c["channel"], c["state"]) for c in claims}
    assert ("console", "sent") in states
    assert ("webhook", "pending") in states  # nobody listens there
    assert not {s for s in states if s == ("webhook", "sent") or s[1] == "failed"}
    dead = {role: w.counts()["dead_letter"] for role, w in flowed.workers.items()}
    # The one bad record is buried once for each delivery, and a rebalance may deliver it again.
    assert dead.pop("clean") >= 1
    assert set(dead.values()) == {0}


def test_operator_commands_work_with_the_accounts_of_production(flowed: Secured) -> None:
    """doctor is content, dead letters are listed, shown and dropped, provision can be repeated."""
    doctor = flowed.vigie("desk", "doctor")
    assert "all as they must be" in doctor.stdout, doctor.stdout + doctor.stderr
    assert f"{flowed.elasticsearch.url} answers" in doctor.stdout
    listed = flowed.vigie("desk", "dead-letters", "list")
    assert listed.returncode == 1, listed.stdout + listed.stderr
    shown = flowed.vigie("desk", "dead-letters", "show", f"{ARTICLE_FETCHED.name}@0")
    assert "{not json" in shown.stdout, shown.stdout + shown.stderr
    dropped = flowed.vigie("desk", "dead-letters", "drop", f"{ARTICLE_FETCHED.name}@0")
    assert "1 dropped" in dropped.stdout, dropped.stdout + dropped.stderr
    assert flowed.vigie("provision", "provision").returncode == 0


def test_index_and_state_are_made_again_with_accounts_that_may_do_just_that(
    flowed: Secured, reliability: Reliability
) -> None:
    """`reindex` and `rebuild-state` end well with their accounts, nobody else's is let in, every document is as before."""
    asyncio.run(_settled(flowed))
    kinds = ("news-articles", "news-events")
    before = {i: by_id(flowed, i) for i in kinds}
    behind = set(flowed.elasticsearch.call("GET", "/_alias/news-articles"))
    # The one may read every index and no topic of articles, the other the topics and not write beside the index.
    for other, why in (("desk", "account vigie_desk may not do this"), ("index", "403")):
        refused = flowed.vigie(other, "reindex")
        assert refused.returncode == 2
        assert why in refused.stderr.splitlines()[-1], refused.stderr
        assert "Traceback" not in refused.stderr
    assert set(flowed.elasticsearch.call("GET", "/_alias/news-articles")) == behind
    done = flowed.vigie("reindex", "reindex")
    assert done.returncode == 0, done.stdout + done.stderr
    fresh = set(flowed.elasticsearch.call("GET", "/_alias/news-articles"))
    assert not fresh & behind
    assert {i: by_id(flowed, i) for i in kinds} == before
    assert set(asyncio.run(_drop_old(flowed))) >= behind
    assert flowed.workers["detect"].stop() == 0
    made = flowed.vigie("detect", "rebuild-state", "--write")
    assert made.returncode == 0, made.stdout + made.stderr
    assert f"{len(before['news-events'])} the same, 0 different, 0 only" in made.stdout
    flowed.start("detect")
    reliability.seen(
        36,
        f"SASL/SCRAM and TLS on Kafka, TLS and accounts on Elasticsearch: `reindex` as vigie_reindex, "
        f"{sum(map(len, before.values()))} documents byte for byte as before; `rebuild-state --write` as vigie_detect, "
        f"{len(before['news-events'])} events the same; `reindex` as vigie_desk or vigie_index: refused, exit 2, nothing changed",
    )


async def _settled(secured: Secured) -> None:
    """Return once every stage is through with what was fetched."""
    settings = secured.settings("desk")
    ends = await _ends_of(settings, [ARTICLE_FETCHED.name])
    assert not await wait_through(settings, ends, FLOW_SECONDS, lambda *_: None)


async def _drop_old(secured: Secured) -> list[str]:
    """Delete what was replaced, with the account of the rebuild, as if minutes had passed."""
    admin = IndexAdmin(secured.settings("reindex").elasticsearch)
    try:
        return await drop_old(admin, utc_now() + timedelta(minutes=3))
    finally:
        await admin.close()


def by_id(secured: Secured, index: str) -> dict[str, str]:
    """Return every document of an index as its bytes say, by its id."""
    secured.elasticsearch.call("POST", f"/{index}/_refresh")
    hits = secured.elasticsearch.call("GET", f"/{index}/_search?size=1000")["hits"]["hits"]
    return {h["_id"]: json.dumps(h["_source"], ensure_ascii=False) for h in hits}


def test_only_loopback_is_listened_on_and_one_port_for_each_role(flowed: Secured) -> None:
    """Every listening socket of every role and of its children is its /metrics port on loopback."""
    found = {role: listening(worker.process.pid) for role, worker in flowed.workers.items()}
    assert found == {role: {("127.0.0.1", w.port)} for role, w in flowed.workers.items()}


def test_no_secret_is_in_anything_a_process_says_or_shows(flowed: Secured) -> None:
    """Logs (one of them at debug), outputs, process lists, environments, metrics, health, dead letters, config."""
    planted = flowed.planted()
    planted["webhook path"] = planted.pop("webhook_url").rpartition("/")[2]
    assert len(planted) > 15
    for role in ("index", "deliver"):  # those with the most secrets
        done = flowed.vigie(role, "config")
        assert "(set)" in done.stdout
    said = {f"output {n}": text for n, text in enumerate(flowed.outputs)}
    for role, worker in flowed.workers.items():
        pid = worker.process.pid
        said[f"log of {role}"] = worker.log.read_text(errors="replace")
        said[f"command line of {role}"] = Path(f"/proc/{pid}/cmdline").read_text()
        said[f"environment of {role}"] = Path(f"/proc/{pid}/environ").read_text()
        for path in ("metrics", "health/ready", "health/live"):
            with urllib.request.urlopen(f"http://127.0.0.1:{worker.port}/{path}") as page:
                said[f"{path} of {role}"] = page.read().decode()
    said["dead letter"] = flowed.vigie("desk", "dead-letters", "list").stdout
    buried = asyncio.run(_buried(flowed))
    assert b"{not json" in buried
    said["dead letters as they lie in Kafka"] = buried.decode(errors="replace")
    said["log of the broker"] = flowed.kafka.child.log.read_text(errors="replace")
    said["command line of the broker"] = "\0".join(
        p.read_text() for p in Path("/proc").glob("[0-9]*/cmdline") if _is_readable(p)
    )
    said["claims"] = json.dumps(documents(flowed, "news-alerts"))
    told = [
        f"{name} in {where}"
        for where, text in said.items()
        for name, secret in planted.items()
        if secret in text
    ]
    assert told == []
    assert "waiting" in said["log of deliver"] or "webhook" in said["log of deliver"]


async def _buried(secured: Secured) -> bytes:
    """Return every dead letter ever written, with its key and headers."""
    settings, found = secured.settings("desk"), b""
    consumer = AIOKafkaConsumer(enable_auto_commit=False, **client_arguments(settings.kafka))
    await consumer.start()
    try:
        places = [TopicPartition(t.dead_letter, 0) for t in STREAM_TOPICS]
        consumer.assign(places)
        await consumer.seek_to_beginning()
        left = sum((await consumer.end_offsets(places)).values())
        while left > 0:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for r in records:
                    headers = b"\n".join(name.encode() + b"=" + value for name, value in r.headers)
                    found += b"\n".join((r.key or b"", r.value or b"", headers))
                    left -= 1
    finally:
        await consumer.stop()
    return found


def _is_readable(path: Path) -> bool:
    try:
        path.read_bytes()
    except OSError:
        return False
    return True


REFUSALS: list[tuple[str, str, dict[str, str], list[str]]] = [
    ("wrong-kafka-password", "clean", {"SASL_PASSWORD_FILE": "wrong"}, ["account vigie_clean refused", "kafka.sasl_password"]),
    ("wrong-kafka-authority", "clean", {"SSL_CAFILE": "other-ca"}, ["certificate is not trusted", "kafka.ssl_cafile"]),
    ("no-such-authority-file", "clean", {"SSL_CAFILE": "/nowhere/ca.crt"}, ["kafka.ssl_cafile", "/nowhere/ca.crt", "No such file"]),
    ("plaintext-to-tls", "clean", {"SECURITY_PROTOCOL": "PLAINTEXT"}, ["speaks TLS", "seen kafka.security_protocol PLAINTEXT", "expected SASL_SSL"]),
    ("tls-without-account", "clean", {"SECURITY_PROTOCOL": "SSL"}, ["ends the connection", "expected an account"]),
    ("mechanism-not-offered", "clean", {"SASL_MECHANISM": "SCRAM-SHA-256"}, ["SCRAM-SHA-256 is not offered"]),
    ("another-roles-account", "clean", {"SASL_USERNAME": "vigie_deliver", "SASL_PASSWORD_FILE": "deliver"}, ["vigie_deliver", "may not write news.article.cleaned.v1", "read news.article.fetched.v1", "ops/kafka/acls.toml"]),
    ("another-group", "clean", {"GROUP_PREFIX": "other"}, ["may not read other-clean"]),
    ("account-without-rights", "clean", {"SASL_USERNAME": "vigie_plain", "SASL_MECHANISM": "PLAIN", "SASL_PASSWORD_FILE": "plain"}, ["vigie_plain", "sees none of"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("role", "changed", "expected"), [c[1:] for c in REFUSALS], ids=[c[0] for c in REFUSALS]
)
def test_start_is_refused_with_subject_seen_and_expected(
    role: str, changed: dict[str, str], expected: list[str], secured: Secured
) -> None:
    """A role that cannot be let in ends with exit code 2 and one line that says what to look at."""
    (secured.folder / "wrong").write_text("not-the-password-at-all")
    files = {
        "wrong": str(secured.folder / "wrong"),
        "deliver": str(secured.secrets / "kafka_vigie_deliver_password"),
        "plain": str(secured.secrets / "plain_password"),
        "other-ca": str(secured.elasticsearch.ca_certs),
    }
    env = {f"VIGIE_KAFKA__{k}": files.get(v, v) for k, v in changed.items()}
    done = secured.vigie(role, "run", role, VIGIE_METRICS__PORT=str(_free()), **env)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert last.startswith("vigie: ")
    assert [words for words in expected if words not in last] == [], last
    assert "Traceback" not in done.stderr
    assert "not-the-password-at-all" not in done.stdout + done.stderr


INDEX_REFUSALS: list[tuple[str, dict[str, str], list[str]]] = [
    ("wrong-password", {"PASSWORD_FILE": "wrong"}, ["401", "account vigie_index refused", "elasticsearch.password"]),
    ("wrong-authority", {"CA_CERTS": "other-ca"}, ["no trusted connection", "elasticsearch.ca_certs"]),
    ("no-such-authority-file", {"CA_CERTS": "/nowhere/ca.crt"}, ["elasticsearch.ca_certs", "No such file"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "expected"), [c[1:] for c in INDEX_REFUSALS], ids=[c[0] for c in INDEX_REFUSALS]
)
def test_index_that_does_not_let_us_in_is_named(
    changed: dict[str, str], expected: list[str], secured: Secured
) -> None:
    """`index` ends with exit code 2 and the setting to look at, and does not wait for what will not come."""
    (secured.folder / "wrong").write_text("not-the-password-at-all")
    files = {"wrong": str(secured.folder / "wrong"), "other-ca": str(secured.kafka.ca_certs)}
    env = {f"VIGIE_ELASTICSEARCH__{k}": files.get(v, v) for k, v in changed.items()}
    done = secured.vigie("index", "run", "index", VIGIE_METRICS__PORT=str(_free()), **env)
    last = done.stderr.strip().splitlines()[-1]
    assert done.returncode == 2, done.stderr
    assert [words for words in expected if words not in last] == [], last
    assert "not-the-password-at-all" not in done.stdout + done.stderr


def test_forbidden_topic_is_named_when_it_is_written_to(secured: Secured) -> None:
    """A record to a topic beyond the role's rights is refused by the broker, and the account and topic are told."""
    with pytest.raises(SinkUnavailable) as refused:
        asyncio.run(_send(secured, "clean", ALERT_RAISED.name, b"{}"))
    assert ALERT_RAISED.name in str(refused.value)
    assert "account vigie_clean may not do this" in str(refused.value)


def test_rights_are_brought_back_to_the_file(secured: Secured) -> None:
    """A right that is not in acls.toml is taken, one that is missing is given; only an administrator may do so."""
    wanted = load_rights()
    extra = Right("vigie_clean", "topic", ALERT_RAISED.name, "write")
    admin = secured.settings("admin")

    async def go() -> list[Any]:
        return [
            await sync_rights(admin, [*wanted, extra]),
            await missing_rights(secured.settings("clean"), [extra]),
            await sync_rights(admin, wanted),
        ]

    first, missing, second = asyncio.run(go())
    assert (first.given, first.taken) == (1, 0)
    assert missing == []
    assert (second.kept, second.given, second.taken) == (len(wanted), 0, 1)
    done = secured.vigie("clean", "provision", "--no-topics", "--no-index", "--acls")
    assert done.returncode == 2
    assert "vigie_clean" in done.stderr
    assert "super.users" in done.stderr


def test_client_certificate_alone_is_enough_with_mutual_tls(secured: Secured) -> None:
    """SSL with the broker's own certificate reaches the listener for certificates, and topics are described."""
    certificate, key = secured.kafka.client_certificate()
    done = secured.vigie(
        "provision",
        *("provision", "--no-index"),
        VIGIE_KAFKA__BOOTSTRAP=secured.kafka.mutual_bootstrap,
        VIGIE_KAFKA__SECURITY_PROTOCOL="SSL",
        VIGIE_KAFKA__SSL_CERTFILE=str(certificate),
        VIGIE_KAFKA__SSL_KEYFILE=str(key),
    )
    assert done.returncode == 0, done.stderr
    assert "topics on" in done.stdout


def test_password_can_be_changed_while_the_broker_runs(secured: Secured) -> None:
    """After `provision --accounts` the new password is let in and the old one is not."""
    old = secured.settings("desk")
    secured.kafka.set_password("kafka_vigie_desk", "another-one-of-sufficient-length")
    arguments = ("provision", "--no-topics", "--no-index", "--accounts", str(secured.secrets))
    assert secured.vigie("admin", *arguments).returncode == 0
    asyncio.run(
        _send(secured, "desk", ARTICLE_FETCHED.dead_letter.removesuffix(".dead-letter"), b"{")
    )
    with pytest.raises(SinkUnavailable, match="account vigie_desk refused"):
        asyncio.run(KafkaProducer(old.kafka, "test").start())


def _free() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])
