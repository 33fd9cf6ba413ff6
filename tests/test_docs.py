"""What people look up is written down: commands, settings, topics, metrics, alerts; and links lead somewhere."""

from __future__ import annotations

import dataclasses
import importlib
import re
import subprocess
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from desk.cli import COMMANDS
from runtime.settings import Settings
from schemas.topics import all_topics
from tests.ops.metric_names import closed_names
from tests.paths import REPO

PAGES = sorted(
    p
    for p in [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md"), *REPO.glob("ops/**/*.md")]
    if ".venv" not in p.parts
)
LINK = re.compile(r"(?<!\\)!?\[[^\]\n]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
CODE_BLOCK = re.compile(r"^```.*?^```", re.M | re.S)


def relative(path: Path) -> str:
    """Return the path as it reads in a message."""
    return path.relative_to(REPO).as_posix()


def read(*paths: Path) -> str:
    """Return the text of the pages that exist, joined."""
    return "\n".join(p.read_text(encoding="utf-8") for p in paths if p.is_file())


def anchors(page: Path) -> set[str]:
    """Return the fragment names of a page's headings, as code hosts make them."""
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*$", text, re.M)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


@pytest.mark.parametrize("page", PAGES, ids=relative)
def test_relative_links_lead_somewhere(page: Path) -> None:
    """Each link to a file of the repository names one that is there, and each fragment a heading of it."""
    broken = []
    for target in LINK.findall(CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))):
        if re.match(r"[a-z][a-z0-9+.-]*:", target):
            continue
        name, _, fragment = target.partition("#")
        goal = (page.parent / unquote(name)).resolve() if name else page
        if not goal.exists() or (
            fragment and goal.suffix == ".md" and fragment not in anchors(goal)
        ):
            broken.append(target)
    assert broken == []


def test_every_command_is_in_the_readme() -> None:
    """Whoever reads the front page meets each command of `vigie` once."""
    text = read(REPO / "README.md")
    missing = [name for name in COMMANDS if f"vigie {name}" not in text]
    assert missing == []


def test_every_run_script_command_is_in_the_readme() -> None:
    """What `./run.sh help` offers is on the front page too."""
    help_text = subprocess.run(
        [REPO / "run.sh", "help"], capture_output=True, text=True, check=True
    ).stdout
    offered = set(re.findall(r"^  ([a-z]+)(?: |$)", help_text, re.M)) - {"help"}
    text = read(REPO / "README.md")
    assert offered >= {"install", "demo", "check", "test", "bench", "up", "down"}
    assert sorted(name for name in offered if f"run.sh {name}" not in text) == []


def test_every_topic_has_its_line() -> None:
    """docs/topics.md names each topic that `vigie provision` creates."""
    text = read(REPO / "docs" / "topics.md")
    assert [t.name for t in all_topics() if t.name not in text] == []


def test_every_metric_has_its_line() -> None:
    """docs/metrics.md names each metric of the contract that rules and dashboards read."""
    text = read(REPO / "docs" / "metrics.md")
    assert sorted(name for name in closed_names() if name not in text) == []


def test_every_alert_rule_has_a_runbook() -> None:
    """Who is paged finds a page, by the alert's name, that says what it means and what to do."""
    rules = read(*sorted((REPO / "ops" / "prometheus" / "rules").glob("*.yml")))
    alerts = re.findall(r"^\s*- alert: *(\w+)", rules, re.M)
    runbooks = read(*sorted((REPO / "docs" / "runbooks").glob("*.md")))
    assert alerts
    assert [name for name in alerts if name not in runbooks] == []


def setting_names(section: Any, prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every setting, sections opened."""
    hints = typing.get_type_hints(section)
    for field in dataclasses.fields(section):
        kind = hints[field.name]
        if dataclasses.is_dataclass(kind):
            yield from setting_names(kind, f"{prefix}{field.name}.")
        else:
            yield f"{prefix}{field.name}"


def test_every_setting_has_its_line() -> None:
    """docs/settings.md names each setting, dotted or by the environment variable that sets it."""
    text = read(REPO / "docs" / "settings.md")
    names = list(setting_names(Settings))
    assert "kafka.bootstrap" in names
    missing = [
        n for n in names if n not in text and f"VIGIE_{n.replace('.', '__').upper()}" not in text
    ]
    assert missing == []


def test_every_verdict_act_and_theme_is_in_the_glossary() -> None:
    """The closed sets that people meet in alerts and in the index are explained."""
    model = importlib.import_module("domain.model")
    outcome = importlib.import_module("domain.outcome")
    text = read(REPO / "docs" / "glossary.md")
    words = [*model.Act, *model.Theme, *model.Status, *outcome.Verdict]
    assert [str(w) for w in words if f"`{w}`" not in text] == []
