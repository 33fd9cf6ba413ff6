"""Build the plugin that gives the bare Elasticsearch core the language analyzers that a full one has.

The distribution used in tests has Lucene's analysis classes but not the module that names them. A stable plugin
with one small class per language does, so index templates work unchanged on both.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
import zipfile
from pathlib import Path

# Analyzer name in Elasticsearch -> Lucene class.
ANALYZERS = {
    "arabic": "ar.ArabicAnalyzer",
    "french": "fr.FrenchAnalyzer",
    "english": "en.EnglishAnalyzer",
    "spanish": "es.SpanishAnalyzer",
    "dutch": "nl.DutchAnalyzer",
    "german": "de.GermanAnalyzer",
    "italian": "it.ItalianAnalyzer",
}
PACKAGE = "vigie.analyzers"
INTERFACE = "org.elasticsearch.plugin.analysis.AnalyzerFactory"

_SOURCE = """package {package};
import org.elasticsearch.plugin.NamedComponent;
@NamedComponent("{name}")
public class {cls} implements {interface} {{
  public org.apache.lucene.analysis.Analyzer create() {{
    return new org.apache.lucene.analysis.{lucene}();
  }}
}}
"""


def build_plugin(home: Path, java: Path, version: str) -> None:
    """Compile and lay the plugin into an Elasticsearch home."""
    classes = {name: name.capitalize() for name in ANALYZERS}
    with tempfile.TemporaryDirectory() as tmp:
        work = Path(tmp)
        for name, cls in classes.items():
            source = _SOURCE.format(
                package=PACKAGE, name=name, cls=cls, interface=INTERFACE, lucene=ANALYZERS[name]
            )
            (work / f"{cls}.java").write_text(source)
        sources = sorted(str(p) for p in work.glob("*.java"))
        subprocess.run(
            [
                str(java / "bin" / "javac"),
                "--release",
                "21",
                "-cp",
                f"{home}/lib/*",
                "-d",
                str(work),
                *sources,
            ],
            check=True,
            capture_output=True,
            timeout=120,
        )
        plugin = home / "plugins" / "language-analyzers"
        plugin.mkdir(parents=True)
        with zipfile.ZipFile(plugin / "language-analyzers.jar", "w") as jar:
            for path in sorted(work.rglob("*.class")):
                jar.write(path, path.relative_to(work))
    (plugin / "stable-plugin-descriptor.properties").write_text(
        "name=language-analyzers\ndescription=the built-in language analyzers\nversion=1\n"
        f"elasticsearch.version={version}\njava.version=21\n"
    )
    named = {INTERFACE: {name: f"{PACKAGE}.{cls}" for name, cls in classes.items()}}
    (plugin / "named_components.json").write_text(json.dumps(named))
