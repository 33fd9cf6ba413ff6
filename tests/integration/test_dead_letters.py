"""Dead letters on the real broker: hostile ones shown, one kind chosen, retry killed in the middle and gone on with."""

from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from desk.dead_letters import LetterBox
from runtime.kafka import KafkaProducer
from schemas.records import encode
from schemas.topics import ARTICLE_FETCHED
from tests.e2e.pipeline import World, world
from tests.harness.elastic import ElasticsearchServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.integration.test_spine import corpus, documents
from tests.paths import REPO
from tests.servers import wait_until

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

FLOW_SECONDS = 120.0
DEAD = f"{ARTICLE_FETCHED.name}.dead-letter"
HOSTILE = "\x1b]0;owned\x07\x1b[31m\u202eevil\u2066[/bold][red]\r\n"


@pytest.fixture
def stage(
    run_folder: RunFolder, real_elasticsearch: ElasticsearchServer, tmp_path: Path
) -> Iterator[World]:
    """Give a pipeline on a real pair."""
    with world(run_folder, real_elasticsearch, tmp_path) as made:
        yield made


async def bury(here: World, values: list[bytes], **headers: str) -> None:
    """Write dead letters as `clean` would."""
    producer = await KafkaProducer(here.pipeline.settings.kafka, "test").start()
    try:
        for value in values:
            told = [(k, v.encode("utf-8", "surrogatepass")) for k, v in headers.items()]
            await producer.send(DEAD, b"k", value, headers=told)
    finally:
        await producer.stop()


def open_count(here: World, **filters: str) -> int:
    """Return how many letters are not settled."""

    async def count() -> int:
        async with LetterBox(here.pipeline.settings) as box:
            return len(await box.open_letters(**filters))  # type: ignore[arg-type]

    return asyncio.run(count())


def test_hostile_and_huge_letters_are_shown_chosen_and_exported(
    stage: World, tmp_path: Path
) -> None:
    """Escapes and direction marks reach no terminal, 900 kB are cut on screen and whole in the export."""
    huge = HOSTILE.encode() + bytes(range(256)) * 3400
    asyncio.run(
        bury(stage, [huge], stage="clean", reason="parse", message=HOSTILE, **{HOSTILE: "x"})
    )
    asyncio.run(
        bury(
            stage, [b"b1", b"b2"], stage="index", reason="rejected", at="2020-01-01T00:00:00+00:00"
        )
    )
    listed = stage.pipeline.vigie("dead-letters", "list", check=False)
    shown = stage.pipeline.vigie("dead-letters", "show", f"{ARTICLE_FETCHED.name}@0")
    for text in (listed.stdout, shown.stdout):
        assert not set(text) & set("\x1b\x07\r\u202e\u2066")
    assert listed.returncode == 1
    assert len(shown.stdout) < 40_000
    assert "\\x1b]0;owned" in shown.stdout
    out = tmp_path / "letters.jsonl"
    chosen = ("--stage", "clean", "--since", "24h", "--export", str(out))
    stage.pipeline.vigie("dead-letters", "list", *chosen, check=False)
    [row] = [json.loads(line) for line in out.read_text().splitlines()]
    assert base64.b64decode(row["value"]) == huge
    again = stage.pipeline.vigie("dead-letters", "list", "--export", str(out), check=False)
    assert again.returncode == 2, "an export never goes over another file"
    stage.pipeline.vigie("dead-letters", "drop", "--all", "--reason", "rejected")
    assert open_count(stage) == 1
    assert open_count(stage, stage="index") == 0


KILLED = """
import asyncio, os, signal, sys
from desk.dead_letters import LetterBox
from runtime.settings_file import load_settings

async def go():
    async with LetterBox(load_settings()) as box:
        letters = await box.open_letters(values=False)
        send, count = box._send, 0
        async def counted(producer, letter):
            nonlocal count
            await send(producer, letter)
            count += 1
            if count == 35:
                os.kill(os.getpid(), signal.SIGKILL)
        box._send = counted
        await box.retry(letters)

asyncio.run(go())
"""


def test_retry_killed_in_the_middle_empties_them_the_next_time(
    stage: World, reliability: Reliability
) -> None:
    """60 letters, kill -9 after 35: the next retry sends the rest, every article is stored once, none is left."""
    articles = corpus(60)
    values = [encode(a) for a in articles]
    asyncio.run(bury(stage, values, stage="clean", reason="defect"))
    env = {**stage.pipeline.env, "PATH": "/usr/bin:/bin"}
    died = subprocess.run(
        [sys.executable, "-c", KILLED], cwd=REPO, env=env, timeout=90, check=False
    )
    assert died.returncode == -9
    left = open_count(stage)
    assert left == len(values) - 25, "what a whole batch sent is settled, the rest is not"
    done = stage.pipeline.vigie("dead-letters", "retry", "--all", "--stage", "clean")
    assert f"{left} sent again" in done.stdout
    assert open_count(stage) == 0
    sent = Counter(r.value for r in stage.records(ARTICLE_FETCHED.name))
    assert set(sent) == set(values)
    assert sum(n - 1 for n in sent.values()) == 10, "the ten of the broken batch came twice"
    stage.start("all")
    wait_until(
        lambda: len(documents(stage.pipeline, "news-articles")) >= len(values),
        FLOW_SECONDS,
        "all stored",
        stage.workers["all"].log,
    )
    stored = documents(stage.pipeline, "news-articles")
    assert Counter(d["url"] for d in stored.values()) == Counter(a.url for a in articles)
    reliability.seen(
        35,
        f"{len(values)} letters, kill -9 after 35: {left} left; retried again, 0 left, {sum(sent.values())} records "
        f"sent in all, {len(stored)} documents, one for each article",
    )
