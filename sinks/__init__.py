"""What leaves: Elasticsearch documents and alerts to the watch team."""
