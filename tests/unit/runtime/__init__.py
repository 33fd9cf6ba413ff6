"""Tests of settings, logs, metrics, dead letters, supervision."""
