"""A pipeline on a secured Kafka and a secured Elasticsearch, each role with the accounts of production."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ops.kafka.acls import accounts, load_rights
from runtime.embedded import free_port
from runtime.settings import Settings
from runtime.settings_file import load_settings
from tests.harness.elastic import ElasticsearchServer
from tests.harness.kafka_secured import ADMIN, SecuredKafkaServer
from tests.harness.process import RunFolder
from tests.ops.test_elasticsearch_accounts import ROLES as INDEX_ACCOUNTS
from tests.ops.test_elasticsearch_accounts import run_accounts
from tests.paths import REPO
from tests.servers import Worker, wait_until

AGENTS = ("clean", "classify", "detect", "index", "deliver")
ON_INDEX = ("index", "deliver", "provision", "desk", "reindex")  # the others speak to Kafka only
START_SECONDS = 60.0
COMMAND_SECONDS = 110


@dataclass
class Secured:
    """Both servers, the folder of secrets, and the processes of one test module."""

    kafka: SecuredKafkaServer
    elasticsearch: ElasticsearchServer
    folder: Path
    workers: dict[str, Worker] = field(default_factory=dict)
    outputs: list[str] = field(default_factory=list)

    @property
    def secrets(self) -> Path:
        """The folder of passwords, as production has it."""
        return self.kafka.secrets

    def planted(self) -> dict[str, str]:
        """Return every secret by the name of its file."""
        return {p.name: p.read_text() for p in sorted(self.secrets.iterdir())}

    def environment(self, role: str, **more: str) -> dict[str, str]:
        """Return all VIGIE_ settings of a role; secrets are named by their files, none is in it."""
        account = ADMIN if role == "admin" else f"vigie_{role}"
        file = "kafka_admin_password" if role == "admin" else f"kafka_{account}_password"
        hooks = [
            {
                "name": "away",
                "url_file": str(self.secrets / "webhook_url"),
                "secret_file": str(self.secrets / "webhook_signing_key"),
            }
        ]
        made = {
            "VIGIE_KAFKA__BOOTSTRAP": self.kafka.bootstrap,
            "VIGIE_KAFKA__SECURITY_PROTOCOL": "SASL_SSL",
            "VIGIE_KAFKA__SASL_USERNAME": account,
            "VIGIE_KAFKA__SASL_PASSWORD_FILE": str(self.secrets / file),
            "VIGIE_KAFKA__SSL_CAFILE": str(self.kafka.ca_certs),
            "VIGIE_ELASTICSEARCH__URLS": self.elasticsearch.url,
            "VIGIE_ELASTICSEARCH__CA_CERTS": str(self.elasticsearch.ca_certs),
            "VIGIE_DATA_DIR": str(self.folder / "data"),
            "VIGIE_WATCHES_DIR": str(self.folder / "watches"),
        }
        if role in ON_INDEX:
            made["VIGIE_ELASTICSEARCH__USERNAME"] = account
            made["VIGIE_ELASTICSEARCH__PASSWORD_FILE"] = str(self.secrets / f"{account}_password")
        if role == "deliver":
            made["VIGIE_ALERTS__WEBHOOKS"] = json.dumps(hooks)
            made["VIGIE_CONNECTORS__ALLOW_HOSTS"] = "127.0.0.1"
        return made | more

    def settings(self, role: str, **more: str) -> Settings:
        """Return the settings of a role."""
        return load_settings(self.environment(role, **more), self.folder)

    def vigie(self, role: str, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one command to its end with the accounts of a role; what it said is kept."""
        done = subprocess.run(
            [sys.executable, "-m", "desk.cli", *arguments],
            cwd=REPO,
            env={**_outer(), **self.environment(role, **more), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        self.outputs.append(done.stdout + done.stderr)
        return done

    def start(self, *roles: str, **more: str) -> None:
        """Start roles, each a process, and return once they take records."""
        for role in roles:
            port = free_port()
            log = self.folder / f"{role}.log"
            with log.open("wb") as out:
                process = subprocess.Popen(
                    [sys.executable, "-m", "desk.cli", "run", role],
                    cwd=REPO,
                    env={
                        **_outer(),
                        **self.environment(role, **more),
                        "VIGIE_METRICS__PORT": str(port),
                    },
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            self.workers[role] = Worker(role, port, process, log)
        for role in roles:
            worker = self.workers[role]
            wait_until(worker.is_ready, START_SECONDS, f"{role} ready", worker.log)

    def close(self) -> None:
        """Kill what still runs."""
        for worker in self.workers.values():
            if worker.process.poll() is None:
                worker.kill()


def _outer() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("VIGIE_")}


@contextlib.contextmanager
def secured_pipeline(
    run_folder: RunFolder, elasticsearch: ElasticsearchServer, folder: Path
) -> Iterator[Secured]:
    """Give both servers with accounts, rights, topics, templates and indices, made by the commands of production."""
    elasticsearch.wipe()
    kafka = SecuredKafkaServer(run_folder).start()
    made = Secured(kafka, elasticsearch, folder)
    try:
        _plant(made)
        done = run_accounts(elasticsearch, made.secrets)
        made.outputs.append(done.stdout + done.stderr)
        assert done.returncode == 0, done.stderr
        for role, *arguments in (
            ("admin", "--no-topics", "--no-index", "--accounts", str(made.secrets), "--acls"),
            ("provision",),
        ):
            provisioned = made.vigie(role, "provision", *arguments)
            assert provisioned.returncode == 0, provisioned.stdout + provisioned.stderr
        yield made
    finally:
        made.close()
        kafka.stop()
        elasticsearch.wipe()


def _plant(made: Secured) -> None:
    """Write the secrets and the watch of a test."""
    for account in accounts(load_rights()):
        made.kafka.set_password(f"kafka_{account}", secrets.token_urlsafe(18))
    for account in (*INDEX_ACCOUNTS, "kibana_system"):
        made.kafka.set_password(account, secrets.token_urlsafe(18))
    made.kafka.set_password("elastic", str(made.elasticsearch.password))
    # Nobody listens there: the alert stays pending, and what is logged of it is looked through.
    address = f"http://127.0.0.1:{free_port()}/hook/{secrets.token_urlsafe(18)}"
    (made.secrets / "webhook_url").write_text(address)
    (made.secrets / "webhook_signing_key").write_text(secrets.token_urlsafe(24))
    watches = made.folder / "watches"
    watches.mkdir()
    shipped = (REPO / "watches" / "morocco-france.toml").read_text(encoding="utf-8")
    # The corpus is years old: without this nothing would be alerted.
    (watches / "morocco-france.toml").write_text(
        shipped.replace("max_age_hours = 24", "max_age_hours = 0"), encoding="utf-8"
    )
