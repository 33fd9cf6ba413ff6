"""A digest in words: every alert is in it, other people's words are inert, and a second try is the same message."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from rich.console import Console

from domain.errors import SinkRejected
from runtime.metrics import Metrics
from sinks.canary import CanaryChannel
from sinks.channel import Digest
from sinks.console import ConsoleChannel
from sinks.digest import digest_bytes, digest_html, digest_subject, digest_text, held_alert
from sinks.email import message
from tests.fakes import NOW
from tests.unit.sinks.samples import TITLE, alert

LINK = "http://site.test/a?x=1&y=2"


def digest(count: int = 2, **changes: Any) -> Digest:
    """Return a digest of alerts with hostile text."""
    alerts = [
        held_alert(alert(alert_id=f"alert-{n}", headline=f"Meeting {n} <b>"), f"key-{n}")
        for n in range(count)
    ]
    values: dict[str, Any] = {
        "channel": "email",
        "recipient": "duty@watch.test",
        "held_at": "2025-04-15T09:15:00+00:00",
        "raised_at": NOW + timedelta(minutes=15),
        "alerts": alerts,
    }
    return Digest(**(values | changes))


@pytest.mark.parametrize(("expected", "count"), [("1 alert was", 1), ("3 alerts were", 3)])
def test_the_subject_says_how_many_and_since_when(expected: str, count: int) -> None:
    """The first line is enough to decide whether to open it."""
    assert digest_subject(digest(count)) == f"[DIGEST] {expected} held back since 09:00 UTC"


def test_every_alert_is_listed_with_its_link() -> None:
    """Text and JSON name each alert, its own key and where to read on."""
    text, payload = digest_text(digest(3)), json.loads(digest_bytes(digest(3)))
    for number in range(3):
        assert f"Meeting {number}" in text
        assert f"[NEW] Meeting {number}" in payload["text"]
    assert text.count(LINK) == 3
    assert [a["key"] for a in payload["alerts"]] == ["key-0", "key-1", "key-2"]
    assert payload["verdict"] == "DIGEST"


def test_markup_of_others_is_text_in_the_page() -> None:
    """A title with a script, a headline with a tag: shown, not run; Arabic keeps its direction."""
    page = digest_html(digest())
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Meeting 0 &lt;b&gt;" in page
    assert 'dir="rtl"' in page
    assert 'href="http://site.test/a?x=1&amp;y=2"' in page


def test_a_link_that_is_no_web_page_is_left_out() -> None:
    """`javascript:` never becomes a link."""
    article = alert().article
    bad = type(article)(
        **{f: getattr(article, f) for f in article.__struct_fields__} | {"url": "javascript:x()"}
    )
    made = digest(alerts=[held_alert(alert(article=bad), "k")])
    assert "javascript" not in digest_html(made) + digest_text(made)


def test_a_second_try_is_the_same_message() -> None:
    """Key, Message-ID and body do not change; another recipient or another first alert is another digest."""
    first, second = (message(digest(), "v@watch.test") for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == f"<{digest().key}@watch.test>"
    assert digest_bytes(digest()) == digest_bytes(digest())
    others = {
        digest(recipient="boss@watch.test").key,
        digest(channel="webhook").key,
        digest(held_at="2025-04-15T10:15:00+00:00").key,
    }
    assert len(others | {digest().key}) == 4


async def test_the_console_prints_a_digest() -> None:
    """Every alert has its lines."""
    console = Console(record=True, width=120, quiet=False, file=None)
    with console.capture() as shown:
        await ConsoleChannel(console).send(digest())
    assert "Meeting 0" in shown.get()
    assert "Meeting 1" in shown.get()
    assert TITLE.split()[0] in shown.get()


async def test_the_canary_takes_no_digest() -> None:
    """It is never held back; a digest there would be seen by nobody."""
    with pytest.raises(SinkRejected, match="never held back"):
        await CanaryChannel(Metrics("deliver")).send(digest())
