"""The demo's account adds up or says what does not; its receiver trusts no signature but its own recipe's."""

from __future__ import annotations

import errno
import hashlib
import hmac
import time
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from desk.demo.account import Account, fetch_counts, sent_in
from desk.demo.webhook import WebhookCollector
from desk.demo.workspace import ageless_watch, disk_errors, free_ports, is_free, workspace
from domain.errors import ConfigError
from domain.watch import parse_watch
from runtime.settings_file import load_settings
from sinks.webhook import signature

SECRET = "0123456789abcdef"
WHOLE = Account(
    offered=10,
    sent=10,
    fetched=10,
    watches=1,
    judged=8,
    empty=1,
    dead=1,
    articles_indexed=8,
    events=3,
    events_indexed=3,
    deliveries=6,
    delivered=6,
)


def test_a_whole_account_has_no_problem_and_says_so_in_one_line() -> None:
    """Sent = judged + empty + dead-lettered, the index has what was judged, alerts went out."""
    assert WHOLE.problems() == []
    assert WHOLE.in_words == "10 articles sent = 8 judged + 1 empty + 1 dead-lettered"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"offered": 11}, "11 articles offered, 10 sent"),
        ({"fetched": 9}, "9 on the first topic"),
        ({"judged": 7, "articles_indexed": 7}, "7 judged, 1 empty, 1 dead-lettered"),
        ({"empty": 2}, "8 judged, 2 empty"),
        ({"articles_indexed": 7}, "7 in the index"),
        ({"events_indexed": 2}, "3 events changed, 2 in the index"),
        ({"delivered": 5}, "6 alerts to deliver, 5 delivered"),
    ],
    ids=lambda v: str(v) if isinstance(v, dict) else "",
)
def test_each_article_event_or_alert_that_is_missing_is_told(change, said) -> None:
    """Nothing that is lost or counted twice passes."""
    problems = replace(WHOLE, **change).problems()
    assert any(said in problem for problem in problems)


def test_several_watches_owe_one_verdict_each() -> None:
    """With two watches an article is judged twice, and a dead letter stands for both."""
    both = replace(WHOLE, watches=2, judged=16, articles_indexed=16)
    assert both.problems() == []
    assert replace(both, judged=15, articles_indexed=15).problems() != []


def test_sent_counts_whole_and_partial_articles_only() -> None:
    """Seen and skipped entries were not sent."""
    summary = {"a": {"produced": 3, "partial": 1, "seen": 5}, "b": {"produced": 2, "skipped": 1}}
    assert sent_in(summary) == 6
    assert fetch_counts(summary)["fetch", "seen"] == 5


async def test_receiver_takes_what_the_sink_signs_and_refuses_the_rest() -> None:
    """The sink and the receiver agree on the recipe; a changed body, an old time and another secret do not pass."""
    collector = WebhookCollector(SECRET)
    now = time.time()
    told = hmac.new(SECRET.encode(), f"{int(now)}.{{}}".encode(), hashlib.sha256).hexdigest()
    assert collector.is_signed(f"t={int(now)},v1={told}", b"{}", now)
    assert not collector.is_signed(f"t={int(now)},v1={told}", b"{} ", now)
    assert not collector.is_signed(f"t={int(now)},v1={told}", b"{}", now + 600)
    assert not WebhookCollector("another secret").is_signed(f"t={int(now)},v1={told}", b"{}", now)
    assert not collector.is_signed("", b"{}", now)


async def test_receiver_answers_over_http_and_keeps_each_key_once() -> None:
    """A repeat is taken and counted, an unsigned call is refused."""
    from datetime import UTC, datetime

    collector = await WebhookCollector(SECRET).start()
    headers = {
        "Idempotency-Key": "k",
        "Vigie-Signature": signature(SECRET, b"{}", datetime.now(UTC)),
    }
    try:
        async with aiohttp.ClientSession() as http:
            statuses = []
            for sent in (headers, headers, {"Idempotency-Key": "k2"}):
                async with http.post(collector.url, data=b"{}", headers=sent) as answer:
                    statuses.append(answer.status)
    finally:
        await collector.stop()
    assert statuses == [200, 200, 401]
    assert (len(collector.received), collector.repeated, collector.refused) == (1, 1, 1)


def test_workspace_settings_are_read_by_every_role_and_the_folder_goes(monkeypatch) -> None:
    """The written file is valid, other settings of the person do not leak in, nothing stays."""
    monkeypatch.setenv("VIGIE_KAFKA__BOOTSTRAP", "elsewhere:9092")
    with workspace(("clean", "detect")) as space:
        space.write(
            sources_toml="",
            allow_hosts=("127.0.0.1:1",),
            webhook_url="http://127.0.0.1:2/x",
            smtp_port=25,
        )
        settings = load_settings(space.environment("clean"))
        assert settings.kafka.bootstrap == f"127.0.0.1:{space.ports.kafka}"
        assert settings.metrics.port == space.ports.metrics["clean"]
        assert settings.connectors.allow_hosts == ("127.0.0.1:1", "127.0.0.1:2")
        assert space.config.stat().st_mode & 0o077 == 0
    assert not space.folder.exists()


def test_the_demo_watch_differs_from_the_shipped_one_only_in_its_age_gate() -> None:
    """Old sample articles may alert; nothing else is loosened."""
    from desk.watches import find_watch

    shipped = find_watch("morocco-france")
    assert shipped.alert_max_age_hours > 0
    assert parse_watch(ageless_watch()) == replace(shipped, alert_max_age_hours=0.0)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS])
def test_a_full_or_read_only_disk_is_told_with_what_to_do(number) -> None:
    """The sentence names the place and TMPDIR."""
    with pytest.raises(ConfigError, match=r"/x/y: .*TMPDIR"), disk_errors():
        raise OSError(number, "No space left", "/x/y")


def test_other_errors_of_the_system_are_not_taken_for_a_full_disk() -> None:
    """A missing file stays a missing file."""
    with pytest.raises(FileNotFoundError), disk_errors():
        Path("/no/such/file").read_text()


def test_free_ports_are_different_and_free() -> None:
    """Ports handed out together never collide."""
    ports = free_ports(8)
    assert len(set(ports)) == 8
    assert all(is_free(port) for port in ports)
