"""Which test files run on the same worker, one after the other, and which of them begin first.

With `-n 2 --dist loadfile` each worker starts the servers that its tests ask for. Files that share an expensive one
(a pipeline that is left as it was found, an index that is frozen and filled, an index with TLS) are one unit here, so
that it is started once and not on every worker. Long units come first: a long one that begins last is waited for.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable

from xdist.scheduler import LoadFileScheduling

SPINE, GROUND, SECURED = "one pipeline", "one index that is ill-treated", "one secured index"
GROUPS = {
    **dict.fromkeys(
        [
            f"tests/faults/test_{n}.py"
            for n in ("backlog", "broker", "dead_letter_exit", "frozen", "membership", "shutdown")
        ],
        SPINE,
    ),
    **dict.fromkeys(
        [
            f"tests/faults/test_{n}.py"
            for n in (
                *("alert_once", "bulk_answers", "channels", "clock", "disk_full"),
                *("index_outage", "network"),
            )
        ],
        GROUND,
    ),
    **dict.fromkeys(
        [
            "tests/ops/test_elasticsearch_accounts.py",
            "tests/ops/test_real_servers.py",
            "tests/security/test_secured_pipeline.py",
        ],
        SECURED,
    ),
}
LONGEST_FIRST = (
    GROUND,
    SPINE,
    "tests/faults/test_kill_loops.py",
    "tests/e2e/test_real_pair.py",
    SECURED,
    "tests/integration/test_topic_move.py",
    "tests/integration/test_reindex.py",
    "tests/e2e/test_soak.py",
    "tests/e2e/test_demo.py",
    "tests/integration/test_dead_letters.py",
    "tests/integration/test_watchdog.py",
    "tests/integration/test_spine.py",
)


def unit_of(nodeid: str) -> str:
    """Return what is run together with a test: its file, or the group that its file is in."""
    file = nodeid.partition("::")[0]
    return GROUPS.get(file, file)


def longest_first(units: Iterable[str]) -> list[str]:
    """Return the units in the order in which they begin; those that are not long keep theirs."""
    rank = {unit: n for n, unit in enumerate(LONGEST_FIRST)}
    return sorted(units, key=lambda unit: rank.get(unit, len(rank)))


class GroupedFiles(LoadFileScheduling):
    """`--dist loadfile` with groups of files, the longest first."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: object) -> None:
        order = longest_first(self.workqueue)
        self.workqueue = OrderedDict((unit, self.workqueue[unit]) for unit in order)
        super()._assign_work_unit(node)  # type: ignore[arg-type]
