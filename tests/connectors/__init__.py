"""Tests of the connectors against a true local HTTP server."""
