"""What every process needs: settings, logs, metrics, health, topics, dead letters."""
