"""Real servers for tests, without containers: Apache Kafka, Elasticsearch, Prometheus, Alertmanager.

`tools` finds or fetches the programs, `process` starts and stops them, the other modules know one server
each, `fixtures` gives them to pytest, `python -m tests.harness up` starts them by hand.
"""
