"""Writes docs/schemas anew: `python -m tests.streams.write_schemas` at the root."""

from pathlib import Path

from agents.catalog import load_catalog
from streams.catalog.contract import documents

FOLDER = Path(__file__).parents[2] / "docs" / "schemas"

if __name__ == "__main__":
    for name, text in documents(load_catalog()).items():
        (FOLDER / name).write_text(text, encoding="utf-8")
