"""Writes docs/schemas anew: `python -m tests.streams.write_schemas` at the root."""

from pathlib import Path

from agents.catalog import load_catalog
from streams.catalog.contract import documents
from streams.catalog.editor_schema import printed

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"

if __name__ == "__main__":
    for name, schema in documents(load_catalog()).items():
        (FOLDER / f"{name}.json").write_text(f"{printed(schema)}\n", encoding="utf-8")
