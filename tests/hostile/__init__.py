"""Hostile input, cases 18 to 28 of docs/reliability.md: what strangers send, against the code that meets it."""
