"""What is shipped is pinned by hash, under licences that were decided on, and listed in a bill that is valid."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from domain.errors import ConfigError
from ops.sbom import bill, is_allowed, load_licences, load_pins, main, problems
from tests.paths import REPO

FILES = sorted((REPO / "requirements").glob("*.txt"), key=lambda p: p.name)
LICENCES = load_licences()


@pytest.fixture(scope="module")
def made() -> str:
    """Give the bill of the shipped packages."""
    return bill(load_pins(), LICENCES)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_pin_is_one_exact_release_with_hashes(path: Path) -> None:
    """No range, address, checkout or pre-release; SHA-256 alone; nothing but pins in the file."""
    pins = load_pins(path)
    assert pins
    assert [p.name for p in pins if not all(kind == "sha256" for kind, _ in p.hashes)] == []
    assert [p.name for p in pins if Version(p.version).is_prerelease] == []
    assert re.findall(r"^(?:-[^-]|--(?!hash)|https?:).*$", path.read_text(), re.M) == []


def test_what_is_shipped_is_what_is_tested() -> None:
    """The image's pins are among those of the development environment, at the same versions."""
    tested = {(p.name, p.version) for p in load_pins(REPO / "requirements" / "dev.txt")}
    for name in ("base", "local"):
        shipped = {(p.name, p.version) for p in load_pins(REPO / "requirements" / f"{name}.txt")}
        assert shipped - tested == set()


def test_every_declared_dependency_is_pinned_at_a_version_it_allows() -> None:
    """pyproject.toml and the pins have not drifted apart."""
    project = tomllib.loads((REPO / "pyproject.toml").read_text())["project"]
    pins = {p.name: p.version for p in load_pins() if p.applies}
    declared = [Requirement(d) for d in project["dependencies"]]
    assert declared
    for one in declared:
        assert one.specifier.contains(pins[canonicalize_name(one.name)]), one


@pytest.mark.parametrize("name", ["base", "local", "dev"])
def test_installed_packages_are_the_pinned_ones_under_decided_licences(name: str) -> None:
    """No AGPL, GPL or unknown licence comes in by surprise, not even among the tools."""
    assert list(problems(load_pins(REPO / "requirements" / f"{name}.txt"), LICENCES)) == []


@pytest.mark.parametrize(
    ("allowed", "expression"),
    [
        (True, "MIT"),
        (True, "Apache-2.0 AND BSD-3-Clause"),
        (True, "MPL-1.1 OR GPL-2.0-only OR LGPL-2.1-or-later"),
        (True, "(MIT OR GPL-3.0-only) AND Zlib"),
        (False, "AGPL-3.0-only"),
        (False, "MIT AND AGPL-3.0-or-later"),
        (False, "GPL-2.0-only OR SSPL-1.0"),
        (False, "BUSL-1.1"),
        (False, ""),
    ],
)
def test_licence_expression_is_weighed_as_law_reads_it(allowed: bool, expression: str) -> None:
    """Of alternatives one suffices, of a sum each is needed, and silence is no licence."""
    assert is_allowed(expression, LICENCES) is allowed


def test_bill_is_valid_against_the_schema_and_lists_each_package_once(made: str) -> None:
    """CycloneDX 1.6, strictly; every shipped package with version, hashes, licence and package URL."""
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(made)
    assert error is None, error
    found = json.loads(made)
    pins = {p.purl: p for p in load_pins() if p.applies}
    assert {c["purl"] for c in found["components"]} == set(pins)
    assert len(found["components"]) == len(pins)
    for component in found["components"]:
        pin = pins[component["purl"]]
        assert {h["content"] for h in component["hashes"]} == {h for _, h in pin.hashes}
        assert component["licenses"]


def test_bill_knows_what_needs_what(made: str) -> None:
    """Every package but Vigie itself is needed by something in the bill."""
    found = json.loads(made)
    root = found["metadata"]["component"]["bom-ref"]
    needed = {ref for d in found["dependencies"] for ref in d.get("dependsOn", ())}
    assert {c["bom-ref"] for c in found["components"]} - needed == set()
    assert root.startswith("pkg:pypi/vigie@")


def test_bill_is_the_same_on_every_run_and_names_no_machine(made: str) -> None:
    """The same pins give the same bytes; no path, host or moment is in it."""
    assert bill(load_pins(), LICENCES) == made
    assert str(REPO) not in made
    assert {*re.findall(r"https?://[^\s\"/]+", made)} <= {
        "http://cyclonedx.org",
        "https://cyclonedx.org",
    }


@pytest.mark.parametrize(
    "line",
    [
        "left-pad>=1.0 --hash=sha256:aa",
        "left-pad==1.0",
        "left-pad @ https://site.test/x.tar.gz",
        "-e .",
    ],
)
def test_line_that_is_no_pin_is_refused(line: str, tmp_path: Path) -> None:
    """A range, a pin without hash, an address or a checkout ends the command with the line it is in."""
    file = tmp_path / "some.txt"
    file.write_text(line + "\n")
    with pytest.raises(ConfigError, match=r"read pins: some\.txt: "):
        load_pins(file)
    assert main(["--requirements", str(file), "--check"]) == 2


def test_command_writes_the_bill(
    made: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`python -m ops.sbom --out FILE` writes it; `--check` only says that all is well."""
    out = tmp_path / "sbom.json"
    assert main(["--out", str(out)]) == 0
    assert out.read_text() == made
    assert main(["--check"]) == 0
    assert "all pinned and licensed" in capsys.readouterr().out
