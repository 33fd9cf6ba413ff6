"""Tests of what operators run: rules, dashboards, saved objects, compose file, and the real-server harness."""
