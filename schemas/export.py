"""Writes the JSON Schema of each record to schemas/json/; `--check` only says whether they are up to date."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from schemas.records import WIRE_RECORDS, json_schema

FOLDER = Path(__file__).parent / "json"


def documents() -> dict[str, str]:
    """Return the text of each schema file by its name."""
    found = {}
    for topic, kind in WIRE_RECORDS.items():
        schema = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": topic,
            **json_schema(kind),
        }
        found[f"{topic}.json"] = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    return found


def stale(folder: Path = FOLDER) -> list[str]:
    """Return the names of the files that differ from the code, are missing, or are left over."""
    wanted = documents()
    present = {p.name: p.read_text(encoding="utf-8") for p in folder.glob("*.json")}
    return sorted(
        name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name)
    )


def main(argv: list[str]) -> int:
    """Write the files, or with `--check` return 1 when one is not up to date."""
    if "--check" in argv:
        for name in stale():
            sys.stderr.write(f"schemas/json/{name}: differs from schemas/records.py\n")
        return 1 if stale() else 0
    FOLDER.mkdir(exist_ok=True)
    for name, text in documents().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
