"""Tests of what leaves: wording, webhook, e-mail, console."""
