"""Every setting, its type, its default and what it is for; docs/settings.md lists the same.

A setting comes from, the later winning: its default, one TOML file (`VIGIE_CONFIG`, or `vigie.toml` in the
working folder), the environment (`VIGIE_KAFKA__BOOTSTRAP` is `kafka.bootstrap`). A secret may also be named by a
file (`VIGIE_KAFKA__SASL_PASSWORD_FILE`, `sasl_password_file`); secrets never show in a repr.
"""

# The one call in the defaults below makes a dataclass field; nothing mutable is shared.
# ruff: noqa: RUF009
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from msgspec import Meta

Port = Annotated[int, Meta(ge=0, le=65535)]
Seconds = Annotated[float, Meta(gt=0, le=86400)]
Gap = Annotated[float, Meta(ge=0, le=3600)]
Count = Annotated[int, Meta(ge=1, le=1000)]

# Where a role's /metrics and /health listen when metrics.port is 0. In containers all use 9464.
DEFAULT_PORTS = {
    "connectors": 9464,
    "clean": 9465,
    "classify": 9466,
    "detect": 9467,
    "index": 9468,
    "deliver": 9469,
    "all": 9470,
}


def _setting(default: Any, doc: str, *, secret: bool = False) -> Any:
    return field(default=default, repr=not secret, metadata={"doc": doc, "secret": secret})


def _section(kind: type) -> Any:
    return field(default_factory=kind)


@dataclass(frozen=True, slots=True)
class KafkaSettings:
    """How to reach the broker."""

    bootstrap: str = _setting("127.0.0.1:9092", "broker addresses, `host:port`, comma-separated")
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = _setting(
        "PLAINTEXT", "how connections are secured"
    )
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = _setting(
        "SCRAM-SHA-512", "how the account is proven, with SASL_*"
    )
    sasl_username: str = _setting("", "account, with SASL_*")
    sasl_password: str = _setting("", "its password, with SASL_*", secret=True)
    ssl_cafile: str = _setting("", "certificate authority file, with SSL or SASL_SSL")
    ssl_certfile: str = _setting("", "client certificate file, for mutual TLS")
    ssl_keyfile: str = _setting("", "client key file, for mutual TLS")
    instance_id: str = _setting(
        "",
        "name of this process in its group, unique in it: a restart under the same name has its "
        "partitions back at once; empty: it waits until the old one is given up (10 s)",
    )
    group_prefix: str = _setting("vigie", "consumer groups are called `<prefix>-<role>`")


@dataclass(frozen=True, slots=True)
class ElasticsearchSettings:
    """How to reach the index. Certificates are always verified."""

    urls: tuple[str, ...] = _setting(
        ("http://127.0.0.1:9200",), "addresses, comma-separated in the environment"
    )
    api_key: str = _setting("", "encoded API key; used instead of a password", secret=True)
    username: str = _setting("", "account")
    password: str = _setting("", "its password", secret=True)
    ca_certs: str = _setting("", "certificate authority file, with https")
    timeout_seconds: Seconds = _setting(10.0, "longest wait for one answer")
    replicas: Annotated[int, Meta(ge=0, le=5)] = _setting(
        0, "copies of each index; 1 on a cluster of two nodes or more"
    )


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How topics are created. The number of partitions is fixed for the life of a topic."""

    partitions: Count = _setting(4, "partitions of each topic, state included")
    replication: Annotated[int, Meta(ge=1, le=9)] = _setting(
        1, "copies of each partition; 3 on a cluster"
    )
    min_insync: Annotated[int, Meta(ge=1, le=9)] = _setting(
        1, "copies that must have a record before it counts; 2 on a cluster"
    )
    also_read: tuple[str, ...] = _setting(
        (), "other versions of topics that are read too, while moving to one (docs/evolution.md)"
    )
    write: tuple[str, ...] = _setting(
        (), "of these, the versions that are written instead of the release's own"
    )


@dataclass(frozen=True, slots=True)
class ConnectorSettings:
    """How sources are fetched."""

    sources_path: str = _setting("", "sources file; empty: the one shipped with the package")
    state_path: str = _setting("", "file of what was seen; empty: `connectors.db` in data_dir")
    user_agent: str = _setting(
        "vigie/0.1 (news monitoring)", "sent with each request; say how to reach you"
    )
    allow_hosts: tuple[str, ...] = _setting(
        (), "`host` or `host:port` that may be reached though not public (also for webhooks)"
    )
    ca_file: str = _setting("", "certificate authority file, if the system does not know it")
    obey_robots: bool = _setting(True, "read robots.txt and keep to it")
    concurrency: Count = _setting(16, "sources read at a time")
    entries_at_once: Count = _setting(4, "pages of one source fetched at a time")
    min_gap_seconds: Gap = _setting(2.0, "least time between two requests to one host")
    max_crawl_delay_seconds: Gap = _setting(30.0, "a longer Crawl-delay is cut to this")
    start_spread_seconds: Gap = _setting(20.0, "the first polls are spread over this time")
    total_seconds: Seconds = _setting(30.0, "longest time for one fetch, redirects included")
    connect_seconds: Seconds = _setting(5.0, "longest time to connect")
    read_seconds: Seconds = _setting(10.0, "longest silence while reading")
    max_body_bytes: Annotated[int, Meta(ge=10_000, le=50_000_000)] = _setting(
        5_000_000, "largest page, unpacked"
    )


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """One webhook: each alert is a signed POST (docs/alerts.md)."""

    name: str = _setting("", "shown in logs and metrics; unique, without a colon")
    url: str = _setting("", "where to post; may be given as url_file", secret=True)
    secret: str = _setting("", "signing key; may be given as secret_file", secret=True)


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """E-mail. No host: no e-mail is sent."""

    host: str = _setting("", "mail server")
    port: Port = _setting(587, "its port")
    sender: str = _setting("", "From address")
    to: tuple[str, ...] = _setting((), "recipients, comma-separated; each gets a mail of its own")
    username: str = _setting("", "account; empty: no log-in")
    password: str = _setting("", "its password", secret=True)
    security: Literal["starttls", "tls", "none"] = _setting(
        "starttls", "starttls (587), tls (465), or none (a relay on this machine)"
    )
    ca_certs: str = _setting("", "certificate authority file, if the system does not know it")


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """Who is told. A watch names the channels it uses; here they get their addresses."""

    console: bool = _setting(True, "print alerts to the terminal or log of `deliver`")
    webhooks: tuple[WebhookSettings, ...] = _setting(
        (), "tables `[[alerts.webhooks]]` with name, url, secret; in the environment as JSON"
    )
    smtp: SmtpSettings = _section(SmtpSettings)
    give_up_after_hours: Annotated[float, Meta(gt=0, le=720)] = _setting(
        24.0, "an alert not delivered by then goes to the dead letters"
    )
    max_per_hour: Annotated[int, Meta(ge=0, le=1000)] = _setting(
        10,
        "alerts that one recipient gets in an hour; what is beyond comes in a digest; 0: no limit",
    )
    digest_after_minutes: Annotated[float, Meta(gt=0, le=1440)] = _setting(
        15.0, "an alert beyond that limit waits so long for others before its digest is sent"
    )


@dataclass(frozen=True, slots=True)
class CanarySettings:
    """The article that Vigie sends through itself, so that silence can be believed (docs/production.md)."""

    interval_seconds: Annotated[float, Meta(ge=0, le=3600)] = _setting(
        900.0, "how often `connectors` sends one; 0: never, and `deliver` expects none"
    )


@dataclass(frozen=True, slots=True)
class WatchdogSettings:
    """When a process that is stuck ends itself with 75, to be started again."""

    stall_seconds: Seconds = _setting(
        120.0, "records wait, sinks are up, and none moved for this long; or no place in the group"
    )
    loop_blocked_seconds: Seconds = _setting(
        60.0, "the event loop did not come round for this long"
    )


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where each process answers /metrics, /health/live and /health/ready."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 in a container")
    port: Port = _setting(0, "port; 0: 9464 connectors, 9465 clean, ... 9469 deliver, 9470 all")
    textfile_dir: str = _setting(
        "", "folder of node_exporter's textfile collector, for the counts of `ingest`; empty: none"
    )


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Logs on standard error."""

    level: Literal["debug", "info", "warning", "error"] = _setting("info", "least level shown")
    format: Literal["auto", "console", "json"] = _setting(
        "auto", "auto: console on a terminal, json otherwise"
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process."""

    kafka: KafkaSettings = _section(KafkaSettings)
    elasticsearch: ElasticsearchSettings = _section(ElasticsearchSettings)
    topics: TopicSettings = _section(TopicSettings)
    connectors: ConnectorSettings = _section(ConnectorSettings)
    alerts: AlertSettings = _section(AlertSettings)
    canary: CanarySettings = _section(CanarySettings)
    watchdog: WatchdogSettings = _section(WatchdogSettings)
    metrics: MetricsSettings = _section(MetricsSettings)
    log: LogSettings = _section(LogSettings)
    watches_dir: str = _setting("", "folder of watches; empty: the one shipped with the package")
    data_dir: str = _setting(".vigie", "folder for what a process keeps on disk")


def metrics_port(settings: Settings, role: str) -> int:
    """Return the port on which a role answers /metrics."""
    return settings.metrics.port or DEFAULT_PORTS[role]
