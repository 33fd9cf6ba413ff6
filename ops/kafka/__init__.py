"""Kafka with log-in and encryption: the broker's configuration, certificates, and who may do what."""
