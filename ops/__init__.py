"""Files for operators: Prometheus rules, Alertmanager, Grafana, Kibana, runbooks."""
