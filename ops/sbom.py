"""Writes the software bill of materials (CycloneDX 1.6, JSON) of what Vigie ships with, and checks the licences.

`python -m ops.sbom [--requirements requirements/base.txt] [--out FILE] [--check]`

Names, versions and hashes come from the pinned requirements, licences and dependencies from what is installed.
Nothing is fetched. The same pins give the same bytes. Needs the development environment.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from domain.errors import ConfigError, VigieError

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements" / "base.txt"
LICENCES = Path(__file__).with_name("licences.toml")
# Any fixed moment: the bill says what is in a release, not when somebody asked.
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
_HASH = re.compile(r"--hash=(\w+):([0-9a-f]+)")


@dataclass(frozen=True, slots=True)
class Pin:
    """One package as it is pinned."""

    name: str
    version: str
    applies: bool  # on this Python and system
    hashes: tuple[tuple[str, str], ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Licences:
    """The decisions of licences.toml."""

    allowed: frozenset[str]
    spelled: Mapping[str, str] = field(default_factory=dict)
    classified: Mapping[str, str] = field(default_factory=dict)
    read: Mapping[str, str] = field(default_factory=dict)


def load_pins(path: Path = REQUIREMENTS) -> list[Pin]:
    """Return the pins of a requirements file; raises ConfigError for a line that is not one with a hash."""
    text = path.read_text(encoding="utf-8").replace("\\\n", " ")
    pins = []
    for line in text.splitlines():
        said, hashes = line.split("--hash", 1)[0].partition("#")[0].strip(), _HASH.findall(line)
        if not said:
            continue
        try:
            requirement = Requirement(said)
        except InvalidRequirement as e:
            raise ConfigError("read pins", f"{path.name}: {said[:80]}", str(e)) from e
        exact = [s.version for s in requirement.specifier if s.operator == "=="]
        if len(exact) != 1 or len(requirement.specifier) != 1 or requirement.url or not hashes:
            detail = "expected name==version with a hash"
            raise ConfigError("read pins", f"{path.name}: {said[:80]}", detail)
        applies = requirement.marker is None or requirement.marker.evaluate()
        name = canonicalize_name(requirement.name)
        pins.append(Pin(name, exact[0], applies, tuple(hashes)))
    return pins


def load_licences(path: Path = LICENCES) -> Licences:
    """Return the decisions on licences."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Licences(frozenset(table.pop("allowed")), **table)


def licence_of(pin: Pin, licences: Licences) -> str:
    """Return the SPDX expression of an installed package, '' if it tells none that we know."""
    if pin.name in licences.read:
        return licences.read[pin.name]
    told = importlib.metadata.metadata(pin.name)
    if expression := told.get("License-Expression"):
        return str(expression)
    words = " ".join((told.get("License") or "").split())
    if words in licences.spelled:
        return licences.spelled[words]
    if words and is_expression(words):
        return words
    classes = [c.split("::")[-1].strip() for c in told.get_all("Classifier") or ()]
    found = [licences.classified[c] for c in classes if c in licences.classified]
    return " AND ".join(sorted(set(found)))


def is_expression(text: str) -> bool:
    """Return whether the text is an SPDX expression of licences that are known."""
    return not _spdx().validate(text).errors


def is_allowed(expression: str, licences: Licences) -> bool:
    """Return whether one may ship under the licence: of `A OR B` one suffices, of `A AND B` both are needed."""
    if not expression:
        return False

    def holds(node: Any) -> bool:
        parts = getattr(node, "args", ())
        if not parts:
            return str(node) in licences.allowed
        return (any if type(node).__name__ == "OR" else all)(holds(p) for p in parts)

    return holds(_spdx().parse(expression))


@lru_cache(maxsize=1)
def _spdx() -> Any:
    import license_expression

    index = license_expression.get_license_index()
    known = license_expression.build_spdx_licensing(index)
    known.known_symbols.setdefault(
        "LicenseRef-Repoze", license_expression.LicenseSymbol("LicenseRef-Repoze")
    )
    return known


def problems(pins: list[Pin], licences: Licences) -> Iterator[str]:
    """Yield, for each package of this system, what keeps it from being shipped."""
    for pin in pins:
        if not pin.applies:
            continue
        try:
            installed = importlib.metadata.version(pin.name)
        except importlib.metadata.PackageNotFoundError:
            yield f"{pin.name}: not installed, expected {pin.version}: run ./run.sh install"
            continue
        if installed != pin.version:
            yield f"{pin.name}: {installed} is installed, expected {pin.version}"
        licence = licence_of(pin, licences)
        if not is_allowed(licence, licences):
            yield f"{pin.name}: licence {licence or 'not told'}, expected one of ops/licences.toml"


def bill(pins: list[Pin], licences: Licences) -> str:
    """Return the bill as CycloneDX JSON."""
    from cyclonedx.contrib.hash.factories import HashTypeFactory
    from cyclonedx.contrib.license.factories import LicenseFactory
    from cyclonedx.model.bom import Bom
    from cyclonedx.model.component import Component, ComponentType
    from cyclonedx.output.json import JsonV1Dot6
    from packageurl import PackageURL

    made, hashed = LicenseFactory(), HashTypeFactory()

    def component(name: str, version: str, licence: str, pin: Pin | None = None) -> Component:
        purl = PackageURL("pypi", None, name, version)
        return Component(
            name=name,
            version=version,
            type=ComponentType.APPLICATION if pin is None else ComponentType.LIBRARY,
            bom_ref=purl.to_string(),
            purl=purl,
            licenses=[made.make_from_string(licence)] if licence else [],
            hashes=[hashed.from_composite_str(f"{a}:{h}") for a, h in (pin.hashes if pin else ())],
        )

    here = [p for p in pins if p.applies]
    root = component("vigie", importlib.metadata.version("vigie"), "Apache-2.0")
    parts = {p.name: component(p.name, p.version, licence_of(p, licences), p) for p in here}
    bom = Bom(components=parts.values(), serial_number=_serial(here))
    bom.metadata.component, bom.metadata.timestamp = root, EPOCH
    for name, needed in _graph().items():
        part = root if name == "vigie" else parts.get(name)
        if part is not None:
            bom.register_dependency(part, [parts[n] for n in sorted(needed) if n in parts])
    return str(JsonV1Dot6(bom).output_as_string(indent=2)) + "\n"


def _serial(pins: list[Pin]) -> uuid.UUID:
    """Return a number that is the same for the same pins."""
    return uuid.uuid5(uuid.NAMESPACE_URL, "\n".join(sorted(p.purl for p in pins)))


def _graph() -> dict[str, set[str]]:
    """Return what each package needs on this system, beginning with what Vigie declares; extras are followed."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found: dict[str, set[str]] = {}
    asked: dict[str, set[str]] = {}
    queue = [("vigie", Requirement(line)) for line in declared["project"]["dependencies"]]
    while queue:
        by, requirement = queue.pop()
        name, extras = canonicalize_name(requirement.name), {"", *requirement.extras}
        found.setdefault(by, set()).add(name)
        for extra in extras - asked.setdefault(name, set()):
            asked[name].add(extra)
            queue += [(name, r) for r in _requires(name, extra)]
    return found


def _requires(name: str, extra: str) -> Iterator[Requirement]:
    """Yield what an installed package asks for with one of its extras, '' for none."""
    try:
        lines = importlib.metadata.requires(name) or ()
    except importlib.metadata.PackageNotFoundError:
        return
    for requirement in map(Requirement, lines):
        marker = requirement.marker
        if (marker is None and not extra) or (marker and marker.evaluate({"extra": extra})):
            yield requirement


def main(argv: list[str] | None = None) -> int:
    """Write the bill, or say what keeps a package from being shipped; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m ops.sbom", description=__doc__)
    parser.add_argument("--requirements", type=Path, default=REQUIREMENTS)
    parser.add_argument("--out", type=Path, help="default: standard output")
    parser.add_argument("--check", action="store_true", help="write nothing, only check")
    options = parser.parse_args(argv)
    try:
        pins, licences = load_pins(options.requirements), load_licences()
    except (VigieError, OSError) as e:
        sys.stderr.write(f"sbom: {e}\n")
        return 2
    if wrong := list(problems(pins, licences)):
        sys.stderr.write("".join(f"sbom: {line}\n" for line in wrong))
        return 1
    if options.check:
        sys.stdout.write(
            f"sbom: {sum(p.applies for p in pins)} packages, all pinned and licensed\n"
        )
        return 0
    text = bill(pins, licences)
    if options.out:
        options.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
