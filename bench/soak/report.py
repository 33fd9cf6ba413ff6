"""Puts a soak into figures: a table by role, sentences, and the pictures of docs/soak.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from bench.soak.measure import Sample
from bench.soak.picture import Panel, picture
from bench.soak.run import ROLES, Outcome
from bench.soak.verdict import PROMISED_GROWTH, WARM_UP_SHARE, RoleVerdict, judge_role

MEGA = 1e6
BEGIN, END = "<!-- soak: begin -->", "<!-- soak: end -->"


def verdicts(samples: Sequence[Sample], outcome: Outcome) -> list[RoleVerdict]:
    """Return the verdict on every role that was seen."""
    seen = {s.role for s in samples}
    return [judge_role(r, samples, outcome.minutes * 60) for r in ROLES if r in seen]


def table(found: Sequence[RoleVerdict]) -> str:
    """Return the table by role, in Markdown."""
    rows = [
        "| role | memory at the start of the line, MB | at its end | growth | the same slope for two hours | "
        "peak MB | open files, change | threads, change | processor | lag p95, at the end | restarts | |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for v in found:
        m = v.memory
        rows.append(
            f"| {v.role} | {m.level / MEGA:.0f} | {(m.level + m.growth) / MEGA:.0f} | {m.share:+.1%} | "
            f"{v.share_in_two_hours:+.1%} | {v.peak_rss / MEGA:.0f} | "
            f"{v.files.level:.0f}, {v.files.growth:+.0f} | {v.threads.level:.0f}, {v.threads.growth:+.0f} | "
            f"{v.cpu_share:.0%} | {v.lag_p95:.0f}, {v.lag_last:.0f} | {v.restarts} | "
            f"{'flat' if v.is_flat else 'not flat'} |"
        )
    return "\n".join(rows)


def sentences(outcome: Outcome, samples: Sequence[Sample]) -> list[str]:
    """Return what a reader wants first: what came in, what came out, how late, how busy the machine was."""
    loads = [s.load for s in samples]
    late = [seconds for _, seconds in outcome.latencies]
    told = [
        f"{outcome.minutes:g} minutes at {outcome.rate:g} articles a second on {outcome.processors} processors, "
        f"begun {outcome.started}. Load of the whole machine (one minute): median {np.median(loads):.1f}, "
        f"highest {max(loads):.1f}.",
        f"{outcome.published} articles published, {outcome.stored} stored, {len(outcome.missing)} missing, "
        f"{len(outcome.doubled)} doubled, {outcome.dead_letters} dead letters; worked off {outcome.drained_after:g} s "
        "after the last one came out.",
        f"{outcome.alerts_raised} alerts raised, {outcome.alerts_received} received, {outcome.alerts_repeated} of "
        "them a second time.",
    ]
    if late:
        p50, p95 = np.percentile(late, [50, 95])
        told.append(
            f"From the article in the feed to the alert at the receiver, the wait for the next poll (30 s) "
            f"included: median {p50:.1f} s, p95 {p95:.1f} s, longest {max(late):.1f} s."
        )
    told += [f"NOT ACCOUNTED FOR: {problem}." for problem in outcome.problems()]
    return told


def pictures(samples: Sequence[Sample], outcome: Outcome) -> str:
    """Return the picture of a run: memory, lag, latency, open files, threads, processor and load."""

    def by_role(value: Callable[[Sample], float]) -> dict[str, list[tuple[float, float]]]:
        return {
            role: [(s.at, value(s)) for s in samples if s.role == role]
            for role in ROLES
            if any(s.role == role for s in samples)
        }

    panels = [
        Panel("Resident memory, MB (children included)", by_role(lambda s: s.rss / MEGA)),
        Panel("Lag: records waiting", by_role(lambda s: s.lag)),
        Panel(
            "Feed to alert, seconds (one dot an alert)", {"deliver": outcome.latencies}, dots=True
        ),
        Panel("Open files", by_role(lambda s: s.files)),
        Panel("Threads", by_role(lambda s: s.threads)),
        Panel("Load of the whole machine", {"load": _load(samples)}),
    ]
    return picture(
        panels, f"Soak: {outcome.minutes:g} minutes at {outcome.rate:g} articles a second"
    )


def _load(samples: Sequence[Sample]) -> list[tuple[float, float]]:
    return [(s.at, s.load) for s in samples if s.role == ROLES[0]]


def text(samples: Sequence[Sample], outcome: Outcome, found: Sequence[RoleVerdict]) -> str:
    """Return the whole account in Markdown."""
    flat = all(v.is_flat for v in found)
    words = (
        f"Flat: no role's memory grew by more than {PROMISED_GROWTH:.0%} after the warm-up (the first "
        f"{WARM_UP_SHARE:.0%} of the time), and none collected open files or threads."
        if flat
        else f"NOT flat: {', '.join(v.role for v in found if not v.is_flat)}."
    )
    lines = [f"- {line}" for line in [*sentences(outcome, samples), words]]
    return "\n".join([*lines, "", table(found)])


def write_docs(root: Path, account: str, image: str, name: str) -> None:
    """Put the account between the marks of docs/soak.md, and the picture beside the other images."""
    page = root / "docs" / "soak.md"
    old = page.read_text(encoding="utf-8")
    head, _, rest = old.partition(BEGIN)
    _, _, tail = rest.partition(END)
    block = f"{BEGIN}\n{account}\n\n![Soak](images/{name})\n{END}"
    page.write_text(head + block + tail, encoding="utf-8")
    (root / "docs" / "images" / name).write_text(image, encoding="utf-8")
