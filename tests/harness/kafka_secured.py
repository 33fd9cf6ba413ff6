"""A real Kafka with TLS, accounts and rights: the production files of ops/kafka, on loopback."""

from __future__ import annotations

import os
import secrets
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.process import Child, RunFolder, StartFailedError, free_ports
from tests.harness.tools import KAFKA_JAVA, REPO, ensure_kafka, java_home

START_SECONDS = 90.0
ADMIN = "vigie_admin"
# As the plain test broker: lives for seconds on a small machine.
_HEAP = "-Xms128m -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
# What only tests ask for: an account that proves itself by PLAIN, few partitions of the broker's own topics.
_MORE = """
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.clients.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \\
  user_vigie_plain="{plain}";
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
"""


@dataclass
class SecuredKafkaServer:
    """A broker that asks who calls. `secrets` is a folder with the administrator's password."""

    run: RunFolder
    port: int = field(init=False)
    internal_port: int = field(init=False)
    folder: Path = field(init=False)
    _child: Child = field(init=False)

    def __post_init__(self) -> None:
        lib = ensure_kafka()
        self.folder = self.run.make("kafka-secured")
        self.port, self.internal_port, controller = free_ports(3)
        for name in ("kafka_admin", "kafka_keystore", "plain"):
            self.set_password(name, secrets.token_urlsafe(18))
        more = self.folder / "more.properties"
        more.write_text(_MORE.format(plain=self.password("plain")))
        home = java_home(KAFKA_JAVA)
        env = {
            "JAVA_HOME": str(home),
            "KAFKA_LIBS": str(lib),
            "KAFKA_DATA": str(self.folder / "data"),
            "KAFKA_CERTS": str(self.folder / "certs"),
            "SECRETS": str(self.secrets),
            "KAFKA_HOST": "127.0.0.1",
            "KAFKA_BIND": "127.0.0.1",
            "KAFKA_PORT": str(self.port),
            "KAFKA_INTERNAL_PORT": str(self.internal_port),
            "KAFKA_CONTROLLER_PORT": str(controller),
            "CLUSTER_ID": "dmlnaWUta2Fma2EtMDAwMQ",
            "KAFKA_HEAP_OPTS": _HEAP,
            "KAFKA_MORE": str(more),
            "TMPDIR": str(self.folder),
        }
        make_certificates(self.folder / "certs", self.secrets / "kafka_keystore_password", home)
        start = ["bash", str(REPO / "ops" / "kafka" / "start.sh")]
        self._child = Child("kafka-secured", start, self.run, self.folder, env)

    @property
    def secrets(self) -> Path:
        """The folder of passwords, `<name>_password` each."""
        return self.folder / "secrets"

    def set_password(self, name: str, password: str) -> None:
        """Write a password for those that read it."""
        self.secrets.mkdir(exist_ok=True)
        file = self.secrets / f"{name}_password"
        file.write_text(password)
        file.chmod(0o600)

    def password(self, name: str) -> str:
        """Return a password."""
        return (self.secrets / f"{name}_password").read_text()

    @property
    def ca_certs(self) -> Path:
        """The authority that clients must know."""
        return self.folder / "certs" / "ca.crt"

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients with an account."""
        return f"127.0.0.1:{self.port}"

    @property
    def mutual_bootstrap(self) -> str:
        """`host:port` for those that prove themselves by a certificate."""
        return f"127.0.0.1:{self.internal_port}"

    def client_certificate(self) -> tuple[Path, Path]:
        """Return certificate and key, as PEM, of the broker itself, which is a super user."""
        found = []
        for name, what in (("client.crt", ["-nokeys"]), ("client.key", ["-nocerts", "-noenc"])):
            target = self.folder / name
            password = f"file:{self.secrets / 'kafka_keystore_password'}"
            keystore = str(self.folder / "certs" / "broker.p12")
            _check(
                [
                    *("openssl", "pkcs12", "-in", keystore, "-passin", password),
                    *(*what, "-out", str(target)),
                ]
            )
            found.append(target)
        return found[0], found[1]

    def start(self) -> SecuredKafkaServer:
        """Start and return once the broker serves."""
        self._child.start(lambda: self._child.says("Kafka Server started"), START_SECONDS)
        return self

    def stop(self) -> None:
        """Stop it in order."""
        self._child.stop()

    @property
    def child(self) -> Child:
        """The process, for signals and its log."""
        return self._child


def make_certificates(folder: Path, password_file: Path, java: Path) -> None:
    """Run the production script: an authority of its own, and a broker certificate for 127.0.0.1."""
    env = {**os.environ, "JAVA_HOME": str(java), "STORE_PASSWORD_FILE": str(password_file)}
    script = str(REPO / "ops" / "kafka" / "certs.sh")
    _check(["bash", script, str(folder), "kafka", "localhost", "127.0.0.1"], env)


def _check(argv: list[str], env: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        argv, env=env, capture_output=True, text=True, timeout=START_SECONDS, check=False
    )
    if done.returncode:
        raise StartFailedError(f"prepare secured kafka: {argv[0]}: {done.stdout}{done.stderr}")
