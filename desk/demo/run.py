"""One run of the demo: sample web -> connectors -> Kafka -> agents -> Elasticsearch, then what was found."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from rich.console import Console

from desk.demo.account import Account, fetch_counts, make_account, sent_in
from desk.demo.board import Board
from desk.demo.children import Child, ChildError
from desk.demo.index import IndexState, index_state, indexed_events
from desk.demo.ledger import LedgerReader, stage_counts
from desk.demo.pipeline import AGENTS, Pipeline
from desk.demo.report import Findings, print_findings
from desk.demo.smtp import MailCollector
from desk.demo.webhook import WebhookCollector
from desk.demo.workspace import Workspace, workspace
from desk.sample_web import SampleWeb
from desk.sample_web.sources import allow_hosts, sources_toml
from domain.outcome import FetchOutcome, Stage

WATCHES = 1  # the demo's folder of watches has one
# Nothing new for so long means that something is stuck; a slow machine still moves.
QUIET_SECONDS = 60.0
LOOK_SECONDS = 0.2
AGE_GATE_LINE = (
    "The sample articles are from past years, so this demo switches off the rule that old news never alerts "
    "(max_age_hours = 0 in its own copy of the watch)."
)


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What the person asked for."""

    keep: bool = False
    seed: int = 0


@dataclass(slots=True)
class Scene:
    """Everything that one run has started."""

    space: Workspace
    web: SampleWeb
    webhook: WebhookCollector
    mail: MailCollector
    pipeline: Pipeline
    board: Board
    notes: list[str] = field(default_factory=list)


async def run_demo(console: Console, options: DemoOptions) -> int:
    """Return 0 only if every article that was sent is accounted for; Ctrl-C gives 130 and leaves nothing behind."""
    task = asyncio.current_task()
    assert task is not None
    asked = _cancel_on_signals(task, console)
    exit_code = 130
    try:
        with workspace((*AGENTS, "connectors")) as space:
            async with _scene(space, console, options) as scene:
                with scene.board:
                    findings = await _play(scene)
                exit_code = 1 if print_findings(console, findings) else 0
                if options.keep:
                    _print_addresses(console, scene)
                    await asyncio.Event().wait()
                scene.board.step("stopping")
    except asyncio.CancelledError:
        if not asked.is_set():
            raise
    return exit_code


def _cancel_on_signals(task: asyncio.Task[object], console: Console) -> asyncio.Event:
    """Cancel the run at the first Ctrl-C or SIGTERM; later ones wait for the orderly end of the first."""
    asked = asyncio.Event()

    def stop() -> None:
        if not asked.is_set():
            asked.set()
            task.cancel()
            console.print("stopping", style="dim")

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(number, stop)
    return asked


@contextlib.asynccontextmanager
async def _scene(space: Workspace, console: Console, options: DemoOptions) -> AsyncIterator[Scene]:
    """Start what is around the pipeline, write its settings, and stop everything at the end."""
    async with contextlib.AsyncExitStack() as stack:
        web = await stack.enter_async_context(SampleWeb(seed=options.seed))
        webhook = await WebhookCollector(space.webhook_secret).start()
        stack.push_async_callback(webhook.stop)
        mail = await MailCollector().start()
        stack.push_async_callback(mail.stop)
        space.write(
            sources_toml=sources_toml(web),
            allow_hosts=allow_hosts(web),
            webhook_url=webhook.url,
            smtp_port=mail.port,
        )
        pipeline = Pipeline(space)
        # Shielded, so that what cancelled the run cannot cut short the stopping of its processes.
        stack.push_async_callback(lambda: asyncio.shield(pipeline.stop()))
        yield Scene(space, web, webhook, mail, pipeline, Board(console), [AGE_GATE_LINE])


async def _play(scene: Scene) -> Findings:
    """Run the pipeline until every article is accounted for, or nothing moves any more."""
    board, pipeline = scene.board, scene.pipeline
    board.step("starting the embedded Kafka and Elasticsearch, making topics and index templates")
    await pipeline.start_servers()
    board.step(f"starting the agents: {', '.join(AGENTS)}")
    for role in AGENTS:
        pipeline.start_role(role)
    reader = LedgerReader(pipeline.servers.bootstrap)
    await reader.start()
    try:
        await pipeline.wait_ready()
        web = scene.web
        board.step(f"fetching {web.article_count} articles from {len(web.outlets)} sample outlets")
        connectors = pipeline.vigie("connectors", "run", "connectors", "--once")
        return await _follow(scene, reader, connectors)
    finally:
        await reader.stop()


async def _follow(scene: Scene, reader: LedgerReader, connectors: Child) -> Findings:
    """Look at topics, metrics and index until the account is complete or nothing has moved for long."""
    ports = list(scene.space.ports.metrics.values())
    last_seen: tuple[object, ...] = ()
    moved_at = time.monotonic()
    while True:
        await reader.catch_up(LOOK_SECONDS)
        counts = await stage_counts(ports)
        summary = _summary(connectors)
        counts.update(fetch_counts(summary) if summary else _fetched_so_far(reader))
        scene.board.show(counts, scene.web.article_count)
        state = await index_state(scene.pipeline.servers.url)
        account = _account(scene, reader, counts, summary, state)
        done = summary is not None and not account.problems()
        seen = (tuple(sorted(counts.items())), account)
        if seen != last_seen:
            last_seen, moved_at = seen, time.monotonic()
        quiet = time.monotonic() - moved_at > QUIET_SECONDS
        if done or quiet:
            stuck = f"nothing has moved for {QUIET_SECONDS:g} s" if quiet else ""
            return await _findings(scene, reader, counts, account, state, stuck)
        scene.pipeline.children.check()


def _summary(connectors: Child) -> dict[str, dict[str, int]] | None:
    """Return what the connectors' poll lines say of each source, once they have ended.

    Raises ChildError when they failed, or could not read a listing.
    """
    code = connectors.exit_code
    if code is None:
        return None
    summary: dict[str, dict[str, int]] = {}
    for line in connectors.log.read_text(encoding="utf-8").splitlines():
        with contextlib.suppress(ValueError):
            told = json.loads(line)
            if told.get("event") == "poll" and told.get("status") == "ok":
                summary[told["source"]] = {o.value: told.get(o.value, 0) for o in FetchOutcome}
    if code != 0 or not summary:
        raise ChildError(
            "read the sample web", connectors.name, f"it ended with {code}", connectors.tail()
        )
    return summary


def _fetched_so_far(reader: LedgerReader) -> dict[tuple[str, str], int]:
    """Return the fetch counts as the first topic shows them, while the connectors are at work."""
    partial = sum(article.partial for article in reader.ledger.fetched.values())
    produced = len(reader.ledger.fetched) - partial
    return {(Stage.FETCH.value, "produced"): produced, (Stage.FETCH.value, "partial"): partial}


def _account(
    scene: Scene,
    reader: LedgerReader,
    counts: Counter[tuple[str, str]],
    summary: dict[str, dict[str, int]] | None,
    state: IndexState,
) -> Account:
    return make_account(
        reader.ledger,
        counts,
        offered=scene.web.article_count,
        sent=sent_in(summary or {}),
        watches=WATCHES,
        indexed=(state.articles, state.events),
        delivered=state.deliveries,
    )


async def _findings(
    scene: Scene,
    reader: LedgerReader,
    counts: Counter[tuple[str, str]],
    account: Account,
    state: IndexState,
    stuck: str,
) -> Findings:
    events, why = await indexed_events(scene.pipeline.servers.url)
    return Findings(
        ledger=reader.ledger,
        counts=counts,
        index=state,
        events=events,
        why=why,
        account=account,
        seconds=scene.board.elapsed_seconds,
        webhooks=(len(scene.webhook.received), scene.webhook.refused),
        mails=len(scene.mail.messages),
        stuck=stuck,
        notes=scene.notes,
    )


def _print_addresses(console: Console, scene: Scene) -> None:
    """Say where everything listens, for who wants to look around."""
    servers, ports = scene.pipeline.servers, scene.space.ports
    console.print("\n[bold]Running until Ctrl-C[/]")
    lines = [("Elasticsearch", servers.url), ("Kafka", servers.bootstrap)]
    lines += [
        (f"{role} metrics", f"http://127.0.0.1:{ports.metrics[role]}/metrics") for role in AGENTS
    ]
    lines += [(o.outlet.name, o.base_url) for o in scene.web.outlets]
    lines += [("settings", f"VIGIE_CONFIG={scene.space.config}"), ("logs", str(scene.space.logs))]
    for name, address in lines:
        console.print(f"  {name:18} {address}", highlight=False, soft_wrap=True)
