"""Tells people at a terminal: one panel for each alert on standard output."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from sinks.channel import Delivery, Digest, Message
from sinks.digest import digest_lines, digest_subject
from sinks.wording import facts, isolated, one_line, quotes, subject, web_link


class ConsoleChannel:
    """Prints alerts."""

    name = "console"
    recipients = ("console",)

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)

    async def send(self, delivery: Message) -> None:
        """Print the alert."""
        is_digest = isinstance(delivery, Digest)
        self._console.print(digest_panel(delivery) if is_digest else panel(delivery))

    async def close(self) -> None:
        """Nothing to let go of."""


def digest_panel(digest: Digest) -> Panel:
    """Return a digest as a panel."""
    return Panel(Text("\n".join(digest_lines(digest))), title=Text(digest_subject(digest), "bold"))


def panel(delivery: Delivery) -> Panel:
    """Return the alert as a panel; foreign text is taken as text, never as markup."""
    alert = delivery.alert
    body = Text()
    for fact in facts(alert):
        body.append(f"{fact.label:<11}", style="bold")
        body.append(isolated(one_line(fact.value, 300)) + "\n")
    body.append(isolated(one_line(alert.article.title)) + "\n", style="italic")
    for quote in quotes(alert):
        body.append(f"“{isolated(quote)}”\n", style="dim")
    body.append(web_link(alert.article.url), style="blue")
    colour = "red" if alert.verdict == "NEW" else "yellow"
    return Panel(body, title=Text(subject(alert), style=f"bold {colour}"), border_style=colour)
