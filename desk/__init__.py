"""The interfaces for people: the `vigie` command, tables, explanations, the demo."""
