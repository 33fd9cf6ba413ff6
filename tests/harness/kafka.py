"""A real one-node Apache Kafka (KRaft) on loopback."""

from __future__ import annotations

import base64
import shutil
import subprocess
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.harness.process import Child, RunFolder, StartFailedError, free_ports
from tests.harness.tools import KAFKA_JAVA, ensure_kafka, java_home

START_SECONDS = 90.0

_PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable={auto_create}
"""
# One compiler tier and one collector thread: a test broker lives for seconds on a small machine.
_JVM = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"]


@dataclass
class KafkaServer:
    """A broker; `kill` then `start` again keeps its port and data, as a crash and a restart would."""

    run: RunFolder
    auto_create_topics: bool = False
    port: int = field(init=False)
    _child: Child = field(init=False)
    _java: list[str] = field(init=False)
    _properties: Path = field(init=False)

    def __post_init__(self) -> None:
        lib = ensure_kafka()
        folder = self.run.make("kafka")
        self.port, controller = free_ports(2)
        self._properties = folder / "server.properties"

        def properties(data: Path) -> str:
            return _PROPERTIES.format(
                port=self.port,
                controller=controller,
                data=data,
                auto_create=str(self.auto_create_topics).lower(),
            )

        self._properties.write_text(properties(folder / "data"))
        java = java_home(KAFKA_JAVA) / "bin" / "java"
        self._java = [str(java), *_JVM, "-cp", f"{lib}/*"]
        self._child = Child(
            "kafka", [*self._java, "kafka.Kafka", str(self._properties)], self.run, folder
        )
        # A formatted folder names no port: one is made in each run folder and copied, which spares a Java start.
        formatted = self.run.path / "kafka-formatted"
        if not formatted.exists():
            self._format(properties(formatted))
        shutil.copytree(formatted, folder / "data")

    @property
    def bootstrap(self) -> str:
        """`host:port` for clients."""
        return f"127.0.0.1:{self.port}"

    def _format(self, properties: str) -> None:
        """Format the storage that these properties name."""
        file = self._properties.with_name("format.properties")
        file.write_text(properties)
        # The first byte is not left to chance: an id that began with a hyphen would be read as an option.
        cluster_id = base64.urlsafe_b64encode(b"\0" + uuid.uuid4().bytes[1:]).decode().rstrip("=")
        arguments = ["format", "-t", cluster_id, "-c", str(file)]
        done = subprocess.run(
            [*self._java, "kafka.tools.StorageTool", *arguments],
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise StartFailedError(f"format kafka storage: {done.stdout}{done.stderr}")

    def start(self) -> KafkaServer:
        """Start and return once the broker serves."""
        started_before = self._count_started()
        self._child.start(lambda: self._count_started() > started_before, START_SECONDS)
        return self

    def _count_started(self) -> int:
        log = self._child.log
        return log.read_text(errors="replace").count("Kafka Server started") if log.exists() else 0

    def kill(self) -> None:
        """End it as a power cut would."""
        self._child.kill()

    def stop(self) -> None:
        """Stop it in order."""
        self._child.stop()

    @property
    def child(self) -> Child:
        """The process, for signals and its log."""
        return self._child
