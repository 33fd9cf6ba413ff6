"""The demo's live view: what is starting, and how many records each stage has brought to which outcome."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from desk.demo.tables import outcomes_line
from domain.outcome import Stage

FRAMES_PER_SECOND = 8


class Board:
    """Redraws itself on a terminal; elsewhere prints one line for each step, so that logs stay readable."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._step = ""
        self._counts: Mapping[tuple[str, str], int] = {}
        self._expected = 0
        self._live = Live(
            get_renderable=self._draw,
            console=console,
            refresh_per_second=FRAMES_PER_SECOND,
            transient=True,
        )

    def __enter__(self) -> Board:
        if self._console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._live.stop()

    @property
    def elapsed_seconds(self) -> float:
        """Seconds since the board was made."""
        return time.monotonic() - self._started

    def step(self, text: str) -> None:
        """Say what is being done now."""
        self._step = text
        if not self._console.is_terminal:
            self._console.print(f"{self.elapsed_seconds:5.1f} s  {text}", highlight=False)

    def note(self, text: Text | str) -> None:
        """Print a line that stays."""
        self._console.print(text, highlight=False)

    def show(self, counts: Mapping[tuple[str, str], int], expected: int) -> None:
        """Take new counts; `expected` is how many articles the bars are drawn against."""
        self._counts, self._expected = counts, expected

    def _draw(self) -> RenderableType:
        head = Text.assemble((f"{self.elapsed_seconds:5.1f} s  ", "dim"), (self._step, "bold"))
        if not any(self._counts.values()):
            return head
        table = Table.grid(padding=(0, 2))
        sums: Counter[str] = Counter()
        for (stage, _), n in self._counts.items():
            sums[stage] += n
        for stage in Stage:
            table.add_row(
                Text(f"  {stage.value}", style="cyan"),
                ProgressBar(total=max(self._expected, 1), completed=sums[stage], width=24),
                Text(str(sums[stage]), justify="right"),
                outcomes_line(self._counts, stage),
            )
        return Group(head, table)
