"""The `vigie` command: a table of names to modules, so that a command only imports what it uses."""

from __future__ import annotations

import importlib
import sys

import typer

from domain.errors import VigieError
from runtime.inert import inert

# name -> (module with a `run` function, or a Typer `app` for a group of commands)
COMMANDS: dict[str, str] = {
    "detect": "desk.commands.detect",
    "score": "desk.commands.score",
    "explain": "desk.commands.explain",
    "extract": "desk.commands.extract",
    "feed": "desk.commands.feed",
    "link": "desk.commands.link",
    "ingest": "desk.commands.ingest",
    "demo": "desk.commands.demo",
    "run": "desk.commands.run",
    "provision": "desk.commands.provision",
    "config": "desk.commands.config",
    "doctor": "desk.commands.doctor",
    "dead-letters": "desk.commands.dead_letters",
    "events": "desk.commands.events",
    "reindex": "desk.commands.reindex",
    "rebuild-state": "desk.commands.rebuild_state",
    "watch": "desk.commands.watch",
}


def build_app(only: str | None = None) -> typer.Typer:
    """Return the Typer app with one command, or with all of them for the help page."""
    app = typer.Typer(
        name="vigie",
        no_args_is_help=True,
        add_completion=False,
        # Typer's own tracebacks may show local variables, and settings are among them.
        pretty_exceptions_enable=False,
        help="A lookout on the news: each new security-cooperation event announced once, and why.",
    )

    @app.callback()
    def _root() -> None:
        """Keep `vigie NAME` a sub-command even when only one is loaded."""

    for name, module_name in COMMANDS.items():
        if only is not None and name != only:
            continue
        module = importlib.import_module(module_name)
        if hasattr(module, "app"):
            app.add_typer(module.app, name=name)
        else:
            app.command(name)(module.run)
    return app


def main(argv: list[str] | None = None) -> None:
    """Run the command line; expected failures print one clear line and exit 2, Ctrl-C exits 130."""
    args = sys.argv[1:] if argv is None else argv
    only = args[0] if args and args[0] in COMMANDS else None
    try:
        build_app(only)(args=args, prog_name="vigie")
    except VigieError as e:
        sys.stderr.write(inert(f"vigie: {e}", keep="\n") + "\n")
        raise SystemExit(2) from e
    except KeyboardInterrupt:
        sys.stderr.write("vigie: stopped\n")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
