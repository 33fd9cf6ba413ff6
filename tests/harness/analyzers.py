"""Build the plugin that gives the bare Elasticsearch core the analysis parts that a full one has.

The distribution used in tests has Lucene's analysis classes but not the module that names them. A stable plugin
with one small class per part does, so index templates work unchanged on both. Besides the language analyzers it
names the three parts that Elasticsearch's own index of users and roles is made with.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

PACKAGE = "vigie.analysis"
_API = "org.elasticsearch.plugin.analysis"
_LUCENE = "org.apache.lucene.analysis"


@dataclass(frozen=True, slots=True)
class Part:
    """One named component: its name in Elasticsearch, the API interface, and the method that makes it."""

    name: str
    interface: str
    method: str

    @property
    def class_name(self) -> str:
        """The Java class."""
        return "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def source(self) -> str:
        """The Java source."""
        return (
            f"package {PACKAGE};\n"
            f'@org.elasticsearch.plugin.NamedComponent("{self.name}")\n'
            f"public class {self.class_name} implements {_API}.{self.interface} {{ {self.method} }}\n"
        )


def _language(name: str, code: str) -> Part:
    made = f"new {_LUCENE}.{code}.{name.capitalize()}Analyzer()"
    return Part(name, "AnalyzerFactory", f"public {_LUCENE}.Analyzer create() {{ return {made}; }}")


def _filter(name: str, made: str) -> Part:
    signature = f"public {_LUCENE}.TokenStream create({_LUCENE}.TokenStream in)"
    return Part(name, "TokenFilterFactory", f"{signature} {{ return new {_LUCENE}.{made}; }}")


LANGUAGES = {
    "arabic": "ar",
    "french": "fr",
    "english": "en",
    "spanish": "es",
    "dutch": "nl",
    "german": "de",
    "italian": "it",
}
PARTS = (
    *(_language(name, code) for name, code in LANGUAGES.items()),
    _filter(
        "pattern_capture",
        'pattern.PatternCaptureGroupTokenFilter(in, true, java.util.regex.Pattern.compile("([^@]+)"))',
    ),
    _filter("unique", "miscellaneous.RemoveDuplicatesTokenFilter(in)"),
    Part(
        "uax_url_email",
        "TokenizerFactory",
        f"public {_LUCENE}.Tokenizer create() {{ return new {_LUCENE}.email.UAX29URLEmailTokenizer(); }}",
    ),
)
# Part of the cached folder's name: a change here makes a new one.
REVISION = hashlib.sha256("".join(part.source for part in PARTS).encode()).hexdigest()[:8]


def build_plugin(home: Path, java: Path, version: str) -> None:
    """Compile and lay the plugin into an Elasticsearch home."""
    plugin = home / "plugins" / "analysis-parts"
    plugin.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as tmp:
        work = Path(tmp)
        sources = []
        for part in PARTS:
            source = work / f"{part.class_name}.java"
            source.write_text(part.source)
            sources.append(str(source))
        javac = [str(java / "bin" / "javac"), "--release", "21", "-cp", f"{home}/lib/*"]
        done = subprocess.run(
            [*javac, "-d", str(work), *sources],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"compile analysis plugin: {done.stderr}")
        with zipfile.ZipFile(plugin / "analysis-parts.jar", "w") as jar:
            for path in sorted(work.rglob("*.class")):
                jar.write(path, path.relative_to(work))
    (plugin / "stable-plugin-descriptor.properties").write_text(
        "name=analysis-parts\ndescription=analysis parts that the full distribution has\nversion=1\n"
        f"elasticsearch.version={version}\njava.version=21\n"
    )
    named: dict[str, dict[str, str]] = {}
    for part in PARTS:
        components = named.setdefault(f"{_API}.{part.interface}", {})
        components[part.name] = f"{PACKAGE}.{part.class_name}"
    (plugin / "named_components.json").write_text(json.dumps(named))
