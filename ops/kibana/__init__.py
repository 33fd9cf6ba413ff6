"""Kibana's saved objects, built from a short description."""
