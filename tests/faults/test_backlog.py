"""A backlog more than a day old is indexed and wakes nobody; news of the hour, sent right after it, does."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.faults import ledger
from tests.faults.articles import Batch
from tests.faults.conftest import Spine
from tests.faults.ledger import (
    STORED,
    alerts_of,
    all_documents,
    assert_each_told_once,
    assert_whole,
)
from tests.harness.reliability import Reliability
from tests.paths import REPO

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


def test_a_backlog_of_yesterday_is_stored_without_an_alert_and_fresh_news_alerts(
    spine: Spine, reliability: Reliability, tmp_path: Path
) -> None:
    """With the shipped watch: new events of old articles raise nothing, one of the last hour does."""
    made, now = spine.world, datetime.now(UTC)
    watches = tmp_path / "shipped"
    watches.mkdir()
    shutil.copy(REPO / "watches" / "morocco-france.toml", watches)
    # Fetched 25 hours ago, when some of it was fresh: since then it has lain in Kafka.
    waited = now - timedelta(hours=25)
    backlog = Batch("backlog", 120, 10, now - timedelta(days=60), fetched_at=waited)
    fresh = Batch("fresh", 1, 1, now - timedelta(hours=1), fetched_at=now)
    assert made.workers["detect"].stop() == 0
    [detect] = made.pipeline.start("detect", VIGIE_WATCHES_DIR=str(watches))
    made.workers["detect"] = detect
    try:
        asyncio.run(ledger.send(made, backlog))
        assert_whole(spine.ledger(backlog), backlog)
        verdicts = Counter(
            d["verdict"]
            for d in all_documents(made, "news-articles").values()
            if d["canonical_url"].startswith(backlog.prefix)
        )
        assert verdicts["NEW"] > 0  # each would have been an alert a day ago
        assert alerts_of(made, backlog.prefix) == 0
        asyncio.run(ledger.send(made, fresh))
        assert spine.ledger(fresh).counts == Counter({STORED: 1})
        assert alerts_of(made, fresh.prefix) == 1
        assert_each_told_once(made)
    finally:
        detect.stop()
        spine.restart("detect")
    reliability.seen(
        17,
        f"{backlog.size} articles a day and more old, {verdicts['NEW']} of them of new events: all indexed, "
        f"0 alerts; an article of the last hour right after them: 1 alert",
    )
