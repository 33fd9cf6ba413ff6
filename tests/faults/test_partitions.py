"""Topics with another number of partitions than the settings say: nothing starts, and the message says what to do."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.app import AGENT_ROLES
from runtime.kafka import client_arguments
from runtime.provision import provision_topics
from runtime.settings import Settings
from runtime.settings_file import load_settings
from schemas.topics import ARTICLE_JUDGED, WATCH_STATE
from tests.harness.kafka import KafkaServer
from tests.harness.process import RunFolder
from tests.harness.reliability import Reliability
from tests.paths import REPO

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]

COMMANDS = [["provision"], *(["run", role] for role in AGENT_ROLES)]


async def widen(settings: Settings) -> None:
    """Give two topics more partitions than the others."""
    from aiokafka.admin import AIOKafkaAdminClient, NewPartitions

    await provision_topics(settings)
    admin = AIOKafkaAdminClient(**client_arguments(settings.kafka))
    await admin.start()
    try:
        await admin.create_partitions(
            {ARTICLE_JUDGED.name: NewPartitions(6), WATCH_STATE.name: NewPartitions(5)}
        )
    finally:
        await admin.close()


def test_every_role_refuses_topics_with_a_wrong_number_of_partitions(
    run_folder: RunFolder, tmp_path: Path, reliability: Reliability
) -> None:
    """Exit code 2; topic, seen, expected and the remedy in one line, and no traceback."""
    broker = KafkaServer(run_folder).start()
    try:
        env = {"VIGIE_KAFKA__BOOTSTRAP": broker.bootstrap, "VIGIE_DATA_DIR": str(tmp_path)}
        asyncio.run(widen(load_settings(env, REPO)))
        refused = [
            subprocess.Popen(
                [sys.executable, "-m", "desk.cli", *command],
                cwd=REPO,
                env={**os.environ, **env, "VIGIE_METRICS__PORT": "0"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for command in COMMANDS
        ]
        told = [process.communicate(timeout=120)[0] for process in refused]
    finally:
        broker.stop()
    assert [process.returncode for process in refused] == [2] * len(COMMANDS)
    for words in told:
        assert f"{ARTICLE_JUDGED.name}: 6 partitions, expected 4" in words
        assert f"{WATCH_STATE.name}: 5 partitions, expected 4" in words
        assert "VIGIE_TOPICS__PARTITIONS" in words
        assert "Traceback" not in words
    reliability.seen(
        14,
        f"{', '.join(' '.join(c) for c in COMMANDS)}: each exits with 2 and names both topics, the "
        "number seen, the number expected and the setting",
        runs=len(COMMANDS),
    )
