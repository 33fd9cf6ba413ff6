"""The compose file, the Dockerfile and the secrets script name only what exists, and keep their safety promises.

No container is started: this is what can be known without an engine.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from desk.cli import COMMANDS
from ops.kafka.acls import ADMIN, accounts, load_rights
from runtime.settings import DEFAULT_PORTS
from runtime.settings_file import load
from tests.harness.tools import ELASTICSEARCH_VERSION, KAFKA_VERSION, REPO

COMPOSE = yaml.safe_load((REPO / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROLES = ("connectors", "clean", "classify", "detect", "index", "deliver")
ONCE = (
    "certs",
    "accounts",
    "kafka-certs",
    "kafka-accounts",
    "provision",
    "kibana-objects",
    "desk",
    "reindex",
)
# Roots in their containers, with the right to read any secret.
READ_ANY = {"accounts", "kafka-accounts", "kafka-certs"}
PROVISIONING = {"provision": "vigie_provision", "kafka-accounts": "vigie_admin"}
COMMAND_OF = {"desk": "doctor", "reindex": "reindex"}  # of what operators run by hand
# Their start scripts write below their root folder; the compose file says so beside each.
WRITABLE_ROOT = {"kafka", "elasticsearch", "kibana"}
DOCKERFILE = (REPO / "Dockerfile").read_text()
METRICS_PORT = 9464


def ours() -> dict[str, dict[str, Any]]:
    """Return the services that run Vigie's image."""
    return {name: s for name, s in SERVICES.items() if str(s["image"]).startswith("vigie:")}


@pytest.fixture(scope="module")
def secrets_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder that ops/make-secrets.sh filled."""
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run(
        ["bash", str(REPO / "ops/make-secrets.sh"), str(folder)], check=True, capture_output=True
    )
    return folder


def test_each_role_has_a_service_and_nothing_else_runs_our_image() -> None:
    """Six roles, the one-shot provisioning, the operators' desk and the rebuild; their commands exist."""
    assert set(ours()) == {*ROLES, *PROVISIONING, *COMMAND_OF}
    assert set(ROLES) < set(DEFAULT_PORTS)
    for name, service in ours().items():
        expected = ["run", name] if name in ROLES else [COMMAND_OF.get(name, "provision")]
        assert service["command"][: len(expected)] == expected
        assert service["command"][0] in COMMANDS


@pytest.mark.parametrize("name", sorted(ours()))
def test_environment_is_accepted_by_the_settings(
    name: str, secrets_folder: Path, tmp_path: Path
) -> None:
    """Every VIGIE_ variable is a setting with a value it allows; unknown ones would be refused at start."""
    environment = {
        key: re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", str(value)).replace(
            "/run/secrets", str(secrets_folder)
        )
        for key, value in ours()[name]["environment"].items()
    }
    settings = load(environment, tmp_path).settings
    assert all(key.startswith("VIGIE_") for key in environment)
    assert settings.metrics.port == METRICS_PORT
    assert settings.kafka.bootstrap == "kafka:9092"


@pytest.mark.parametrize("name", sorted(ours()))
def test_each_of_ours_speaks_to_kafka_with_tls_and_its_own_account(
    name: str, secrets_folder: Path
) -> None:
    """No two share an account or a password, the authority is mounted, and the rights file knows each."""
    service = ours()[name]
    environment = service["environment"]
    account = PROVISIONING.get(name, f"vigie_{name}")
    file = "kafka_admin_password" if name == "kafka-accounts" else f"kafka_{account}_password"
    assert environment["VIGIE_KAFKA__SECURITY_PROTOCOL"] == "SASL_SSL"
    assert environment["VIGIE_KAFKA__SASL_USERNAME"] == account
    assert environment["VIGIE_KAFKA__SASL_PASSWORD_FILE"] == f"/run/secrets/{file}"
    assert file in service["secrets"]
    assert (secrets_folder / file).is_file()
    assert environment["VIGIE_KAFKA__SSL_CAFILE"] == "/kafka-ca/ca.crt"
    assert "kafka-ca:/kafka-ca:ro" in service["volumes"]
    assert account in {*accounts(load_rights()), ADMIN}


def test_broker_is_started_with_the_secured_configuration() -> None:
    """The files that the tests start a real broker from are those that the container starts from."""
    kafka, jobs = SERVICES["kafka"], SERVICES["kafka-accounts"]
    assert kafka["entrypoint"] == ["/bin/bash", "/ops/start.sh"]
    assert "./ops/kafka:/ops:ro" in kafka["volumes"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", kafka["environment"]["CLUSTER_ID"])
    named = set(
        re.findall(r"kafka_\w+_password", (REPO / "ops/kafka/server.properties").read_text())
    )
    assert named <= set(kafka["secrets"])
    made = {f"kafka_{account}_password" for account in accounts(load_rights())}
    assert set(jobs["secrets"]) == made | {"kafka_admin_password"}
    assert {"--acls", "--accounts"} <= set(jobs["command"])


def test_ports_agree_everywhere() -> None:
    """The port of the metrics is the same in settings, image, health check and scrape configuration."""
    prometheus = yaml.safe_load((REPO / "ops/prometheus/prometheus.yml").read_text())
    targets = {
        target: group["labels"]["role"]
        for job in prometheus["scrape_configs"]
        if job["job_name"] == "vigie"
        for group in job["static_configs"]
        for target in group["targets"]
    }
    assert targets == {f"{role}:{METRICS_PORT}": role for role in ROLES}
    assert f"EXPOSE {METRICS_PORT}" in DOCKERFILE
    assert f"127.0.0.1:{METRICS_PORT}/health/ready" in DOCKERFILE
    assert "/health/ready" in (REPO / "runtime" / "health.py").read_text()


def test_published_ports_are_on_loopback_only() -> None:
    """Nothing is reachable from another machine without a proxy that somebody chose."""
    published = [port for s in SERVICES.values() for port in s.get("ports", [])]
    assert published
    assert [p for p in published if not p.startswith("127.0.0.1:")] == []


def test_kafka_and_elasticsearch_have_no_way_out() -> None:
    """Only those that fetch, deliver or page are in a network with a route to the world."""
    assert COMPOSE["networks"]["backend"] == {"internal": True}
    outside = {name for name, s in SERVICES.items() if "outside" in s["networks"]}
    assert outside == {"connectors", "deliver", "alertmanager"}


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_service_is_confined(name: str) -> None:
    """No capabilities but those of one-shot jobs, no new privileges, limits, and a restart policy."""
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert name in ONCE or "cap_add" not in service
    assert {"mem_limit", "cpus", "pids_limit", "logging"} <= set(service)
    assert service["restart"] == ("no" if name in ONCE else "unless-stopped")
    assert service.get("read_only", False) is (name not in WRITABLE_ROOT)
    assert not service.get("privileged")


@pytest.mark.parametrize("name", sorted(set(SERVICES) - set(ONCE)))
def test_lasting_service_has_a_health_check(name: str) -> None:
    """Each server and role can be asked whether it works, in the compose file or by its image."""
    assert "healthcheck" in SERVICES[name] or (name in ours() and "HEALTHCHECK" in DOCKERFILE)


def test_every_mounted_path_exists_and_every_volume_is_declared() -> None:
    """A misspelt path would make Docker mount an empty folder."""
    declared = set(COMPOSE["volumes"])
    used = set()
    for service in SERVICES.values():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                assert (REPO / source).exists(), source
                assert mount.endswith(":ro"), mount
            else:
                used.add(source)
    assert used == declared


def test_scripts_run_by_services_exist_and_are_valid() -> None:
    """Each script under /ops that a service runs is there, and bash accepts it."""
    for name, service in SERVICES.items():
        text = json.dumps([service.get("entrypoint", ""), service.get("command", "")])
        for script in re.findall(r"/ops/([\w.-]+\.sh)", text):
            folder = next(m.split(":")[0] for m in service["volumes"] if ":/ops:ro" in m)
            done = subprocess.run(["bash", "-n", str(REPO / folder / script)], check=False)
            assert done.returncode == 0, (name, script)


def test_secrets_are_files_and_the_script_makes_each(secrets_folder: Path) -> None:
    """Every secret used is declared, read from ./secrets, ignored by git, and made by the script."""
    declared = {name: s["file"] for name, s in COMPOSE["secrets"].items()}
    used = {name for s in SERVICES.values() for name in s.get("secrets", [])}
    made = {p.name for p in secrets_folder.iterdir()}
    assert declared == {name: f"./secrets/{name}" for name in declared}
    assert used | {"vigie_reader_password"} == set(declared) == made
    assert "secrets/" in (REPO / ".gitignore").read_text().split()


def test_made_secrets_are_random_private_and_kept(secrets_folder: Path) -> None:
    """Passwords differ and are long; only the owner reads them; a second run changes none."""
    before = {p.name: p.read_text() for p in secrets_folder.iterdir()}
    random = [text for name, text in before.items() if not name.endswith("_url")]
    subprocess.run(
        ["bash", str(REPO / "ops/make-secrets.sh"), str(secrets_folder)],
        check=True,
        capture_output=True,
    )
    assert {p.name: p.read_text() for p in secrets_folder.iterdir()} == before
    assert len(set(random)) == len(random)
    assert all(re.fullmatch(r"[A-Za-z0-9]{32}", text) for text in random)
    assert {stat.S_IMODE(p.stat().st_mode) for p in secrets_folder.iterdir()} == {0o400}


@pytest.mark.skipif(os.geteuid() != 0, reason="owners can be set by root only")
def test_each_secret_belongs_to_the_user_that_reads_it(secrets_folder: Path) -> None:
    """A file of mode 0400 with the wrong owner would stop a service at its start."""
    owner_of = {"kafka": 1000, "elasticsearch": 1000, "kibana": 1000, "kibana-objects": 1000}
    owner_of |= {"grafana": 472, "alertmanager": 65534, **dict.fromkeys(ours(), 10001)}
    for name, service in SERVICES.items():
        if name in READ_ANY:
            continue
        for secret in service.get("secrets", []):
            assert (secrets_folder / secret).stat().st_uid == owner_of[name], (name, secret)


def test_no_password_stands_in_the_files() -> None:
    """Variables and arguments carry no secret: only names of files do."""
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search(r"PASSWORD|SECRET|TOKEN|API_?KEY", key):
                assert str(value).startswith("/run/secrets"), (name, key)


def test_images_are_pinned_to_the_versions_that_tests_run_on() -> None:
    """No image floats, and the servers that the real tests start are of the same release."""
    images = {name: s["image"] for name, s in SERVICES.items()}
    assert [i for i in images.values() if ":" not in i or i.endswith(":latest")] == []
    assert images["kafka"] == f"apache/kafka:{KAFKA_VERSION}"
    assert images["elasticsearch"] == f"elasticsearch:{ELASTICSEARCH_VERSION}"
    assert images["kibana"] == f"kibana:{ELASTICSEARCH_VERSION}"
    version = tuple(map(int, images["alertmanager"].partition(":v")[2].split(".")))
    assert version >= (0, 26, 0)  # `url_file`


def test_dockerfile_installs_pinned_wheels_as_somebody_without_rights() -> None:
    """Hashes are required, the last user is not root, and the process gets the signals itself."""
    instructions = re.findall(r"^([A-Z]+) (.*)$", DOCKERFILE, re.M)
    users = [argument for name, argument in instructions if name == "USER"]
    assert users[-1] == "10001:10001"
    for line in re.findall(r"pip install (.+)", DOCKERFILE):
        assert "--require-hashes" in line or "--no-deps --no-build-isolation" in line
    assert ("ENTRYPOINT", '["vigie"]') in instructions
    assert ("STOPSIGNAL", "SIGTERM") in instructions


def test_dockerfile_copies_only_what_exists_and_is_not_ignored() -> None:
    """Every path it copies is there and let through by .dockerignore."""
    allowed = {
        line[1:]
        for line in (REPO / ".dockerignore").read_text().splitlines()
        if line.startswith("!")
    }
    for line in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M):
        for source in line.split()[:-1]:
            assert (REPO / source).exists(), source
            assert source == "." or source in allowed
    pyproject = (REPO / "pyproject.toml").read_text()
    listed = pyproject.split("include = [")[1].split("]")[0]
    assert {p.strip(' "*') for p in listed.split(",")} <= allowed


def test_docker_compose_accepts_the_file(secrets_folder: Path, tmp_path: Path) -> None:
    """`docker-compose config` resolves anchors, checks the schema and finds every file."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose expected on PATH: not found")
    done = subprocess.run(
        [program, "-f", str(REPO / "docker-compose.yml"), "config"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=REPO,
    )
    assert done.returncode == 0, done.stderr
    resolved = yaml.safe_load(done.stdout)["services"]
    assert set(resolved) == set(SERVICES)
    assert resolved["index"]["environment"]["VIGIE_KAFKA__BOOTSTRAP"] == "kafka:9092"
