"""Each account of the production set-up can do its work on a real Elasticsearch, and nothing else."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import urllib.error
from pathlib import Path

import pytest

from tests.harness.elastic import ElasticsearchServer
from tests.harness.fixtures import *  # noqa: F403 - fixtures
from tests.harness.tools import REPO
from tests.ops.index_samples import load_templates

FOLDER = REPO / "ops" / "elasticsearch"
ROLES = tuple(sorted(p.stem for p in (FOLDER / "roles").glob("*.json")))
DOCUMENT = {"watch_id": "w"}
TEMPLATE = {"index_patterns": ["news-test-*"], "priority": 900}


def run_accounts(server: ElasticsearchServer, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as the one-shot service does."""
    environment = {
        **os.environ,
        "ES_URL": server.url,
        "ES_CA": str(server.ca_certs),
        "SECRETS": str(folder),
    }
    return subprocess.run(
        ["bash", str(FOLDER / "accounts.sh")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.fixture(scope="module")
def passwords(
    secured_elasticsearch: ElasticsearchServer, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """Give the accounts' passwords after the script made them, twice: the second run must change nothing."""
    if shutil.which("curl") is None:
        pytest.skip("curl expected on PATH: not found")
    folder = tmp_path_factory.mktemp("secrets")
    made = {f"{name}_password": secrets.token_urlsafe(18) for name in (*ROLES, "kibana_system")}
    made["elastic_password"] = str(secured_elasticsearch.password)
    for name, value in made.items():
        (folder / name).write_text(value + "\n")
    for _ in range(2):
        done = run_accounts(secured_elasticsearch, folder)
        assert done.returncode == 0, done.stderr
        assert not [value for value in made.values() if value in done.stdout + done.stderr]
    load_templates(secured_elasticsearch, ("vigie_provision", made["vigie_provision_password"]))
    for index in ("news-articles-2026.01", "news-events", "news-alerts"):
        secured_elasticsearch.call("PUT", f"/{index}/_doc/seed", DOCUMENT)
    return made


CASES = [
    ("vigie_provision", "PUT", "/_index_template/news-test", TEMPLATE, True),
    ("vigie_provision", "PUT", "/news-events-x", None, True),
    ("vigie_provision", "GET", "/news-events/_search", None, False),
    ("vigie_provision", "PUT", "/other", None, False),
    ("vigie_index", "GET", "/_cluster/health", None, True),
    ("vigie_index", "PUT", "/news-articles-2026.02/_create/1", DOCUMENT, True),
    ("vigie_index", "PUT", "/news-events/_doc/1?version=2&version_type=external", DOCUMENT, True),
    ("vigie_index", "PUT", "/news-alerts/_create/1", DOCUMENT, False),
    ("vigie_index", "DELETE", "/news-articles-2026.01", None, False),
    ("vigie_index", "DELETE", "/news-events/_doc/seed", None, False),
    ("vigie_index", "PUT", "/_index_template/news-test", TEMPLATE, False),
    ("vigie_deliver", "PUT", "/news-alerts/_create/2", DOCUMENT, True),
    ("vigie_deliver", "POST", "/news-alerts/_update/seed", {"doc": {"state": "sent"}}, True),
    ("vigie_deliver", "GET", "/news-articles-2026.01/_search", None, False),
    ("vigie_reader", "GET", "/news-articles-2026.01/_search", None, True),
    ("vigie_reader", "GET", "/news-alerts/_search", None, True),
    ("vigie_reader", "PUT", "/news-events/_doc/3", DOCUMENT, False),
    ("vigie_reader", "GET", "/_security/user", None, False),
    ("vigie_desk", "GET", "/news-alerts/_search", None, True),
    ("vigie_desk", "POST", "/news-events/_refresh", None, True),
    ("vigie_desk", "PUT", "/news-events/_doc/4", DOCUMENT, False),
    ("vigie_desk", "DELETE", "/news-events", None, False),
    ("vigie_reindex", "PUT", "/_index_template/news-test", TEMPLATE, True),
    ("vigie_reindex", "PUT", "/news-articles-2026.01-r1", None, True),
    ("vigie_reindex", "PUT", "/news-articles-2026.01-r2/_create/1", DOCUMENT, True),
    ("vigie_reindex", "POST", "/news-events/_pit?keep_alive=1m", None, True),
    ("vigie_reindex", "PUT", "/news-reindex/_create/1", DOCUMENT, True),
    ("vigie_reindex", "GET", "/news-alerts/_search", None, False),
    ("vigie_reindex", "PUT", "/news-alerts/_create/3", DOCUMENT, False),
    ("vigie_reindex", "DELETE", "/news-alerts", None, False),
    ("vigie_reindex", "DELETE", "/news-events/_doc/seed", None, False),
    ("vigie_reindex", "GET", "/_security/user", None, False),
    ("vigie_kibana_import", "GET", "/news-events/_search", None, False),
    ("kibana_system", "GET", "/_security/_authenticate", None, True),
    ("kibana_system", "GET", "/news-events/_search", None, False),
]


@pytest.mark.real
@pytest.mark.parametrize(
    ("user", "method", "path", "body", "allowed"),
    CASES,
    ids=[f"{'may' if c[4] else 'may-not'}-{c[0]}-{c[1]}-{c[2].split('?')[0]}" for c in CASES],
)
def test_account_may_do_its_work_only(
    user: str,
    method: str,
    path: str,
    body: dict[str, object] | None,
    allowed: bool,
    secured_elasticsearch: ElasticsearchServer,
    passwords: dict[str, str],
) -> None:
    """What the role needs succeeds; anything else is refused with 403."""
    status = 200
    try:
        secured_elasticsearch.call(method, path, body, (user, passwords[f"{user}_password"]))
    except urllib.error.HTTPError as e:
        status = e.code
    # A template or document written by an earlier run of the same session is there: that is permission too.
    assert status in ((200, 409) if allowed else (403,))


@pytest.mark.real
@pytest.mark.parametrize("value", ["short", 'with"quote-and-more-text', None])
def test_bad_secret_is_refused_before_anything_is_sent(
    value: str | None, secured_elasticsearch: ElasticsearchServer, tmp_path: Path
) -> None:
    """A missing, short or strange secret ends the script with a sentence that names it, not with its value."""
    if value is not None:
        (tmp_path / "elastic_password").write_text(value)
    done = run_accounts(secured_elasticsearch, tmp_path)
    assert done.returncode == 2
    assert "elastic_password" in done.stderr
    assert value is None or value not in done.stderr
