"""One module per `vigie` command; each exposes `run`, a typed function that Typer turns into a command."""
