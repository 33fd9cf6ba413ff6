"""The Grafana dashboard, built from a short description."""
