"""Find the programs the real servers need, or fetch them into the cache; each `ensure_*` is quick once done.

Jars and the Elasticsearch distribution come through Maven, Prometheus and Alertmanager out of their Debian
packages, unpacked into the cache: nothing is installed on the system and no service is started.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from tests.harness.analyzers import REVISION, build_plugin
from tests.harness.process import MissingToolError

REPO = Path(__file__).resolve().parents[2]
KAFKA_VERSION = "4.1.0"
ELASTICSEARCH_VERSION = "9.2.0"
KAFKA_JAVA, ELASTICSEARCH_JAVA = 17, 21
FETCH_SECONDS = 900

_KAFKA_POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>harness</groupId><artifactId>kafka</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId>
      <version>{KAFKA_VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version>
    </dependency>
  </dependencies>
</project>
"""


def cache() -> Path:
    """Return the folder for downloads: $VIGIE_CACHE, or `.cache` in the repository."""
    folder = Path(os.environ.get("VIGIE_CACHE") or REPO / ".cache").absolute()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _only_one(name: str) -> Iterator[None]:
    """Hold a lock file, so that parallel test runs do not fetch the same thing into the same place."""
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _run(what: str, argv: list[str], cwd: Path) -> None:
    done = subprocess.run(
        argv, cwd=cwd, capture_output=True, text=True, timeout=FETCH_SECONDS, check=False
    )
    if done.returncode:
        output = "\n".join((done.stdout + done.stderr).splitlines()[-20:])
        raise MissingToolError(f"{what}: {argv[0]} ended with {done.returncode}\n{output}")


def _java_version(home: Path) -> int:
    """Return the feature version of a JDK, 0 if the folder is none."""
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        # `release` is quick to read; a JDK without it is asked.
        release = home / "release"
        text = (
            release.read_text()
            if release.is_file()
            else subprocess.run(
                [home / "bin" / "java", "-version"],
                capture_output=True,
                text=True,
                timeout=30,
                check=True,
            ).stderr
        )
        if (home / "bin" / "java").is_file() and (
            match := re.search(r'(?:JAVA_VERSION=|version )"(\d+)', text)
        ):
            return int(match[1])
    return 0


def java_home(at_least: int, *, compiler: bool = False) -> Path:
    """Return the newest JDK of at least this version; with `compiler`, one that has `javac`."""
    candidates = [
        Path(os.environ[name]) for name in ("ES_JAVA_HOME", "JAVA_HOME") if os.environ.get(name)
    ]
    if java := shutil.which("java"):
        candidates.append(Path(java).resolve().parents[1])
    for root in ("/usr/lib/jvm", "/opt", "/opt/java", "/usr/java", "~/.sdkman/candidates/java"):
        with contextlib.suppress(OSError):
            candidates.extend(sorted(Path(root).expanduser().glob("*")))
    fit = [
        (version, home)
        for home in dict.fromkeys(candidates)
        if (version := _java_version(home)) >= at_least
        and (not compiler or (home / "bin" / "javac").is_file())
    ]
    if not fit:
        raise MissingToolError(
            f"find Java: {at_least} or newer{' with javac' if compiler else ''} expected in JAVA_HOME, "
            "ES_JAVA_HOME, /usr/lib/jvm or /opt: none found"
        )
    return max(fit)[1]


def _maven(*args: str, cwd: Path) -> None:
    if shutil.which("mvn") is None:
        raise MissingToolError("fetch jars: Maven (`mvn`) expected on PATH: not found")
    _run("fetch jars", ["mvn", "-q", "-B", f"-Dmaven.repo.local={cache() / 'm2'}", *args], cwd)


def ensure_kafka() -> Path:
    """Return the folder of Kafka's jars, fetched on first use (43 MB)."""
    lib = cache() / f"kafka-{KAFKA_VERSION}"
    with _only_one("kafka"):
        if not lib.is_dir():
            work = _fresh(cache() / "kafka-fetch")
            (work / "pom.xml").write_text(_KAFKA_POM)
            _maven("dependency:copy-dependencies", "-DoutputDirectory=lib", cwd=work)
            (work / "lib").rename(lib)
            shutil.rmtree(work)
    return lib


def ensure_elasticsearch() -> Path:
    """Return the Elasticsearch home with the language analyzers, fetched on first use (99 MB)."""
    home = cache() / f"elasticsearch-{ELASTICSEARCH_VERSION}-{REVISION}"
    java = java_home(ELASTICSEARCH_JAVA, compiler=True)
    with _only_one("elasticsearch"):
        if not home.is_dir():
            work = _fresh(cache() / "elasticsearch-fetch")
            artifact = (
                "org.elasticsearch.distribution.integ-test-zip:elasticsearch:"
                f"{ELASTICSEARCH_VERSION}:zip"
            )
            _maven(
                "dependency:copy", f"-Dartifact={artifact}", f"-DoutputDirectory={work}", cwd=work
            )
            _unzip(work / f"elasticsearch-{ELASTICSEARCH_VERSION}.zip", work)
            unpacked = work / f"elasticsearch-{ELASTICSEARCH_VERSION}"
            build_plugin(unpacked, java, ELASTICSEARCH_VERSION)
            unpacked.rename(home)
            shutil.rmtree(work)
    return home


def ensure_prometheus() -> Path:
    """Return the folder with prometheus, promtool, prometheus-alertmanager and amtool."""
    names = ("prometheus", "promtool", "prometheus-alertmanager", "amtool")
    found = [shutil.which(name) for name in names]
    if all(found):
        return Path(str(found[0])).parent
    root = cache() / "prometheus"
    with _only_one("prometheus"):
        if not root.is_dir():
            work = _fresh(cache() / "prometheus-fetch")
            _download_packages(["prometheus", "prometheus-alertmanager"], work)
            for package in work.glob("*.deb"):
                _run("unpack package", ["dpkg-deb", "-x", package.name, "root"], work)
            (work / "root").rename(root)
            shutil.rmtree(work)
    return root / "usr" / "bin"


def ensure_alertmanager() -> Path:
    """Return the folder with prometheus-alertmanager and amtool, with the template they were built to find.

    Debian compiles an absolute path into both; out of the cache they work once that one folder is in place.
    """
    tools = ensure_prometheus()
    templates = Path("/usr/share/prometheus/alertmanager")
    with _only_one("alertmanager"):
        if not (templates / "default.tmpl").is_file():
            unpacked = tools.parent / "share" / "prometheus" / "alertmanager"
            if os.geteuid() != 0 or not unpacked.is_dir():
                raise MissingToolError(
                    f"find Alertmanager: {templates} expected: install the package prometheus-alertmanager"
                )
            shutil.copytree(unpacked, templates)
    return tools


def _download_packages(names: list[str], work: Path) -> None:
    """Download Debian packages without installing them; refresh the package lists once if that is needed."""
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise MissingToolError(
            f"fetch {names[0]}: {', '.join(names)} expected on PATH, or apt-get to fetch them: neither found"
        )
    download = ["apt-get", "download", "-qq", *names]
    try:
        _run("fetch packages", download, work)
    except MissingToolError:
        if os.geteuid() != 0:
            raise
        _run("refresh package lists", ["apt-get", "update", "-qq"], work)
        _run("fetch packages", download, work)


def _fresh(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _unzip(archive: Path, target: Path) -> None:
    """Unpack with the permission bits, which `zipfile` alone forgets."""
    with zipfile.ZipFile(archive) as z:
        for info in z.infolist():
            path = Path(z.extract(info, target))
            if mode := info.external_attr >> 16:
                path.chmod(mode)


def ensure_all() -> None:
    """Fetch everything, so that later starts need no network."""
    ensure_kafka()
    ensure_elasticsearch()
    ensure_prometheus()
    ensure_alertmanager()
