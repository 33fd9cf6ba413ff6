"""Watches as data: one TOML file says what is watched for."""
