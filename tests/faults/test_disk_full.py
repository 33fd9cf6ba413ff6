"""Case 12: the disk of the index, and that of the connectors' memory, is full: told within two minutes, resumed alone."""

from __future__ import annotations

import http.server
import math
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from connectors.state import SeenEntry, SourceState, State
from domain.errors import SinkUnavailable
from tests.faults.ground import AGENTS, FLOW_SECONDS, Ground, ground, own_index
from tests.harness.plugin import absent
from tests.harness.process import MissingToolError, RunFolder
from tests.harness.prometheus import PrometheusServer
from tests.harness.reliability import SCALE, Reliability
from tests.harness.tiny_disk import FLOOD_STAGE_BYTES, MEGABYTE, TinyDisk, TinyElasticsearch
from tests.integration.test_spine import corpus
from tests.paths import REPO
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(500)]

TOLD_SECONDS = 120.0
FULL_SECONDS = 20.0  # how long the metric must stay at 0 without a gap
_SCRAPE = """global: {{scrape_interval: 15s, evaluation_interval: 15s}}
rule_files: ["{rules}/*.yml"]
scrape_configs:
  - job_name: vigie
    static_configs: [{{targets: ["127.0.0.1:{port}"], labels: {{role: index}}}}]
"""


@pytest.fixture
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TinyDisk]:
    """Give a disk of two megabytes."""
    try:
        made = TinyDisk(tmp_path / "disk", 2 * MEGABYTE).mount()
    except MissingToolError as e:
        absent(request.config, str(e))
        raise
    yield made
    made.unmount()


def seconds_until_told() -> float:
    """Return how long after the metric falls VigieSinkDown fires at the latest, by the shipped configuration."""
    main = yaml.safe_load((REPO / "ops/prometheus/prometheus.yml").read_text("utf-8"))["global"]
    rules = yaml.safe_load((REPO / "ops/prometheus/rules/pipeline.yml").read_text("utf-8"))
    [rule] = [r for g in rules["groups"] for r in g["rules"] if r.get("alert") == "VigieSinkDown"]
    every = seconds(main["evaluation_interval"])
    # Pending at the first evaluation after a scrape, firing at the first one that is `for` or more later.
    return (
        seconds(main["scrape_interval"]) + every + every * math.ceil(seconds(rule["for"]) / every)
    )


def seconds(text: str) -> float:
    """Return a Prometheus duration of one unit in seconds."""
    number, unit = re.fullmatch(r"(\d+)([sm])", text).groups()  # type: ignore[union-attr]
    return float(number) * {"s": 1, "m": 60}[unit]


def test_a_full_disk_of_the_index_is_told_in_time_and_ends_by_itself(
    request: pytest.FixtureRequest, run_folder: RunFolder, tmp_path: Path, reliability: Reliability
) -> None:
    """Flood stage: the index answers every question and takes no document. No dead letter, and no hand is needed."""
    server = own_index(request.config, run_folder)
    if not isinstance(server, TinyElasticsearch):
        absent(request.config, "no small disk for Elasticsearch: mounting needs root")
    assert isinstance(server, TinyElasticsearch)
    with ground(run_folder, server, tmp_path) as made:
        made.start(*AGENTS)
        articles = corpus(40)
        made.send(articles[:16])
        made.drain()
        server.disk.fill(leave_bytes=FLOOD_STAGE_BYTES - 5 * MEGABYTE)
        filled = time.monotonic()
        try:
            wait_until(lambda: is_flooded(server), FLOW_SECONDS, "flood stage")
            made.send(articles[16:])
            wait_until(lambda: sink_up(made) == 0, FLOW_SECONDS, "noticed")
            noticed = time.monotonic() - filled
            fired = stays_down(made, run_folder) if SCALE == 1 else fires(made, run_folder)
        finally:
            server.disk.empty()
        emptied = time.monotonic()
        made.drain(2 * FLOW_SECONDS)
        resumed = time.monotonic() - emptied
        made.await_states(sent=2 * len(made.alerts()))
        assert made.dead_letters() == []
        assert len(made.documents("news-articles")) == len(articles)
        wait_until(lambda: sink_up(made) == 1, FLOW_SECONDS, "up again")
        assert made.restart_ended() == []
        assert made.hook.duplicates == made.mail.duplicates == 0
        reliability.seen(
            12,
            f"disk of the index full: `vigie_sink_up` 0 after {noticed:.0f} s (Elasticsearch looks every 10 s), "
            f"{fired}; with room again everything stored {resumed:.0f} s later by itself, 0 dead letters",
        )


def is_flooded(server: TinyElasticsearch) -> bool:
    """Return whether the index has blocked writes."""
    found = server.call(
        "GET", "/news-*/_settings/index.blocks.read_only_allow_delete?flat_settings=true"
    )
    return any("index.blocks.read_only_allow_delete" in i["settings"] for i in found.values())


def sink_up(made: Ground) -> float:
    """Return what `index` says of Elasticsearch; -1 if it does not answer."""
    try:
        found = made.workers["index"].samples("vigie_sink_up")
    except OSError:
        return -1
    return min((v for labels, v in found if labels["sink"] == "elasticsearch"), default=-1)


def stays_down(made: Ground, _: RunFolder) -> str:
    """Check that the metric has no gap in which the rule would begin anew, and that its time is short enough."""
    until = time.monotonic() + FULL_SECONDS
    seen = []
    while time.monotonic() < until:
        seen.append(sink_up(made))
        time.sleep(0.5)
    # A scrape that a busy machine does not answer is no 1.
    assert set(seen) - {-1.0} == {0.0}, "the rule would begin anew"
    told = seconds_until_told()
    # Elasticsearch looks at its disk every 10 s here (30 s by default), `index` notices at its next write.
    assert told + 30 <= TOLD_SECONDS
    return f"then 0 without a gap, so VigieSinkDown fires {told:.0f} s later at the latest"


def fires(made: Ground, run_folder: RunFolder) -> str:
    """Run the shipped rules in a real Prometheus until the alert fires."""
    config = _SCRAPE.format(rules=REPO / "ops/prometheus/rules", port=made.workers["index"].port)
    prometheus = PrometheusServer(run_folder, config).start()
    started = time.monotonic()
    query = 'ALERTS{alertname="VigieSinkDown",alertstate="firing"}'
    try:
        wait_until(lambda: bool(prometheus.query(query)), TOLD_SECONDS, "VigieSinkDown fires")
    finally:
        prometheus.stop()
    return f"VigieSinkDown fired in a real Prometheus {time.monotonic() - started:.0f} s later"


def test_the_memory_of_the_connectors_survives_a_full_disk(disk: TinyDisk) -> None:
    """A write that does not fit is an outage and changes nothing; with room again the same file goes on."""
    path = disk.path / "connectors.db"
    state = State(path)
    state.save_source("a", SourceState("http://site.test/feed"))
    state.save_seen("a", "before", SeenEntry("h", 1, 1.0), 1.0)
    disk.fill()
    with pytest.raises(SinkUnavailable, match="full"):
        save_many(state)
    assert state.seen("a", "before") == SeenEntry("h", 1, 1.0)
    disk.empty()
    state.save_seen("a", "after", SeenEntry("h", 1, 2.0), 2.0)
    state.close()
    with State(path) as again:
        assert again.seen("a", "before") == SeenEntry("h", 1, 1.0)
        assert again.seen("a", "after") == SeenEntry("h", 1, 2.0)
        assert again.seen("a", f"entry-{again.seen_count('a')}") is None
    [ok] = sqlite3.connect(path).execute("PRAGMA integrity_check").fetchone()
    assert ok == "ok"


def save_many(state: State) -> None:
    """Write more than fits."""
    for n in range(5000):
        state.save_seen("a", f"entry-{n}", SeenEntry("h" * 64, 1, 1.0), 1.0)


def test_a_first_start_on_a_full_disk_is_an_outage_and_no_wrong_setting(disk: TinyDisk) -> None:
    """Who keeps the process starts it again; a wrong setting would end it for good."""
    disk.fill()
    with pytest.raises(SinkUnavailable, match=r"full|disk"):
        State(disk.path / "connectors.db")
    disk.empty()
    with State(disk.path / "connectors.db") as state:
        assert state.seen_count("a") == 0


FEED = (
    """<?xml version="1.0"?><rss version="2.0"><channel><title>t</title>{items}</channel></rss>"""
)
ITEM = (
    "<item><title>Item {n}</title><link>http://127.0.0.1:{port}/{n}</link>"
    "<description>{text}</description></item>"
)


class Site(http.server.BaseHTTPRequestHandler):
    """A feed of so many entries as the server says, and a page for each."""

    def do_GET(self) -> None:
        """Answer."""
        port, count = self.server.server_port, self.server.count  # type: ignore[attr-defined]
        text = "Words of an article. " * 40
        items = "".join(ITEM.format(n=n, port=port, text=text) for n in range(count))
        is_feed = self.path == "/feed"
        body = FEED.format(items=items) if is_feed else f"<html><body><p>{text}</p></body></html>"
        self.send_response(200 if self.path != "/robots.txt" else 404)
        self.send_header("Content-Type", "application/rss+xml" if is_feed else "text/html")
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[http.server.ThreadingHTTPServer]:
    """Give a site on loopback; `count` is how many entries its feed has."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.count = 3  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_connectors_on_a_full_disk_end_with_75_and_go_on_where_they_were_once_there_is_room(
    request: pytest.FixtureRequest,
    run_folder: RunFolder,
    tmp_path: Path,
    disk: TinyDisk,
    site: http.server.ThreadingHTTPServer,
    reliability: Reliability,
) -> None:
    """They fetch nothing they could not note; the process is down for as long, which an alert rule tells."""
    sources = tmp_path / "sources.toml"
    url = f"http://127.0.0.1:{site.server_port}/feed"
    sources.write_text(
        f'[[source]]\nid = "site"\nname = "Site"\ncountry = "FR"\nlanguage = "fr"\nkind = "rss"\nurl = "{url}"\n'
        "interval_seconds = 60\n"
    )
    with ground(run_folder, own_index(request.config, run_folder), tmp_path) as made:
        env = {
            "VIGIE_CONNECTORS__SOURCES_PATH": str(sources),
            "VIGIE_CONNECTORS__STATE_PATH": str(disk.path / "connectors.db"),
            "VIGIE_CONNECTORS__ALLOW_HOSTS": f"127.0.0.1:{site.server_port}",
            "VIGIE_CONNECTORS__MIN_GAP_SECONDS": "0",
            "VIGIE_CONNECTORS__START_SPREAD_SECONDS": "0.1",
        }
        disk.fill()
        made.pipeline._spawn("connectors", env)
        full = made.pipeline.workers[-1]
        assert full.process.wait(FLOW_SECONDS) == 75, full.log.read_text()[-3000:]
        assert "full" in full.log.read_text()
        disk.empty()
        made.start("connectors", **env)
        wait_until(
            lambda: len(fetched(made)) == 3,
            FLOW_SECONDS,
            "three articles",
            made.workers["connectors"].log,
        )
        reliability.seen(
            12,
            "disk of the connectors' memory full: exit code 75 with the reason, nothing fetched; started again by its "
            "keeper with room, all 3 entries of the feed produced",
        )


def fetched(made: Ground) -> set[bytes | None]:
    """Return the keys of what was fetched."""
    return {r.key for r in made.records("news.article.fetched.v1")}
