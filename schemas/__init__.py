"""Wire contracts: topics, records, their JSON Schemas and the Elasticsearch templates."""
