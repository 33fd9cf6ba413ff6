"""A real one-node Elasticsearch core on loopback, plain or with TLS and users."""

from __future__ import annotations

import base64
import json
import os
import shutil
import ssl
import subprocess
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.harness.process import Account, Child, RunFolder, StartFailedError, free_ports
from tests.harness.tools import ELASTICSEARCH_JAVA, REPO, ensure_elasticsearch, java_home

START_SECONDS = 120.0
SUPERUSER = "elastic"

_PLAIN = "xpack.security.enabled: false\n"
_SECURED = """xpack.security.enabled: true
xpack.security.http.ssl.enabled: true
xpack.security.http.ssl.key: certs/elasticsearch.key
xpack.security.http.ssl.certificate: certs/elasticsearch.crt
xpack.security.http.ssl.certificate_authorities: certs/ca.crt
xpack.security.transport.ssl.enabled: true
xpack.security.transport.ssl.key: certs/elasticsearch.key
xpack.security.transport.ssl.certificate: certs/elasticsearch.crt
xpack.security.transport.ssl.certificate_authorities: certs/ca.crt
"""


@dataclass
class ElasticsearchServer:
    """An Elasticsearch node; with `password` it speaks TLS and asks who calls."""

    run: RunFolder
    password: str | None = None
    port: int = field(init=False)
    ca_certs: Path | None = field(default=None, init=False)
    _child: Child = field(init=False)
    _env: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        account = Account.unprivileged()
        folder = self.run.make("elasticsearch", account)
        home = self._reachable_home(ensure_elasticsearch(), account)
        self.port, transport = free_ports(2)
        config = folder / "config"
        shutil.copytree(home / "config", config)
        self._env = {
            "ES_HOME": str(home),
            "ES_JAVA_HOME": str(java_home(ELASTICSEARCH_JAVA)),
            "ES_PATH_CONF": str(config),
            "ES_TMPDIR": str(folder / "tmp"),
            "ES_JAVA_OPTS": "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1",
            "CLI_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
            "HOME": str(folder),
        }
        (folder / "tmp").mkdir()
        settings = (
            "cluster.name: vigie-test\ndiscovery.type: single-node\nnetwork.host: 127.0.0.1\n"
            f"http.port: {self.port}\ntransport.port: {transport}\n"
            f"path.data: {folder / 'data'}\npath.logs: {folder / 'logs'}\n"
            "cluster.routing.allocation.disk.threshold_enabled: false\n"
        )
        if self.password is not None:
            self.ca_certs = self._secure(home, config)
        settings += _PLAIN if self.password is None else _SECURED
        (config / "elasticsearch.yml").write_text(settings)
        if account is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, account.uid, account.gid)
        self._child = Child(
            "elasticsearch",
            [str(home / "bin" / "elasticsearch")],
            self.run,
            folder,
            self._env,
            account,
        )

    def _reachable_home(self, home: Path, account: Account | None) -> Path:
        """Return a home the account can read: a copy in the run folder if a parent folder is closed to it."""
        if account is None or all(p.stat().st_mode & 0o005 == 0o005 for p in (home, *home.parents)):
            return home
        copy = self.run.path / "elasticsearch-home"
        if not copy.exists():
            shutil.copytree(home, copy)
        return copy

    def _secure(self, home: Path, config: Path) -> Path:
        """Make certificates with the product's own script and set the first password; return the CA."""
        certs = config / "certs"
        env = {**os.environ, **self._env, "JAVA_HOME": self._env["ES_JAVA_HOME"]}
        _check(
            ["bash", str(REPO / "ops" / "elasticsearch" / "certs.sh"), str(certs), "127.0.0.1"], env
        )
        keystore = str(home / "bin" / "elasticsearch-keystore")
        # `-f` makes the keystore too: one start of the tool less.
        _check([keystore, "add", "-f", "-x", "bootstrap.password"], env, str(self.password))
        return certs / "ca.crt"

    @property
    def url(self) -> str:
        """The base address."""
        return f"{'http' if self.password is None else 'https'}://127.0.0.1:{self.port}"

    def start(self) -> ElasticsearchServer:
        """Start and return once the cluster answers."""
        self._child.start(self._answers, START_SECONDS)
        return self

    def _answers(self) -> bool:
        try:
            self.call("GET", "/_cluster/health")
        except (OSError, urllib.error.URLError):
            return False
        return True

    def call(
        self, method: str, path: str, body: Any = None, user: tuple[str, str] | None = None
    ) -> Any:
        """Send one request as the superuser (or `user`) and return the JSON answer; errors as HTTPError."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data, method=method)
        request.add_header("Content-Type", "application/json")
        context = None
        if self.password is not None:
            name, password = user or (SUPERUSER, self.password)
            token = base64.b64encode(f"{name}:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {token}")
            context = ssl.create_default_context(cafile=str(self.ca_certs))
        with urllib.request.urlopen(request, timeout=30, context=context) as answer:
            return json.loads(answer.read() or b"null")

    def wipe(self) -> None:
        """Delete every index and template of ours, for the next test."""
        for name in self.call("GET", "/_cat/indices?format=json&expand_wildcards=open"):
            if not name["index"].startswith("."):
                self.call("DELETE", f"/{name['index']}")
        for kind in ("index_template", "component_template"):
            for found in self.call("GET", f"/_{kind}")[f"{kind}s"]:
                if found["name"].startswith("news-"):
                    self.call("DELETE", f"/_{kind}/{found['name']}")

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


def _check(argv: list[str], env: dict[str, str], stdin: str | None = None) -> None:
    done = subprocess.run(
        argv,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    if done.returncode:
        raise StartFailedError(f"prepare elasticsearch: {argv[0]}: {done.stdout}{done.stderr}")
