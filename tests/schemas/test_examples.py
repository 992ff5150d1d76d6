"""Every record has a committed example: read, written back, and true to its JSON Schema."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from schemas.dead_letter import DeadLetter
from streams.catalog.contract import RECORDS, record_schemas

FOLDER = Path(__file__).parents[2] / "schemas" / "examples"
EXAMPLES = sorted(FOLDER.glob("*.json"))


def record_of(path: Path) -> str:
    """`status-refused.json` is a second example of `status`."""
    return max((name for name in RECORDS if path.stem.startswith(name)), key=len)


def test_every_record_has_an_example() -> None:
    assert {path.stem for path in EXAMPLES} >= set(RECORDS)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_reads_and_writes_back_the_same(path: Path) -> None:
    record = RECORDS[record_of(path)].from_bytes(path.read_bytes())
    written = record.to_bytes()
    assert type(record).from_bytes(written) == record
    # what the file says is what is written: no field is dropped, none is made up
    wanted = json.loads(path.read_text(encoding="utf-8"))
    assert json.loads(written) == wanted


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_it_keeps_its_schema_and_loses_it_without_a_required_field(path: Path) -> None:
    schema = record_schemas()[record_of(path)]
    example = json.loads(path.read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    assert list(validator.iter_errors(example)) == []
    for field in schema.get("required", []):
        less = {key: value for key, value in example.items() if key != field}
        assert list(validator.iter_errors(less)), f"{field} is not required by the schema"


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_newer_writers_field_is_passed_over(path: Path) -> None:
    record = RECORDS[record_of(path)]
    newer = {**json.loads(path.read_text(encoding="utf-8")), "written_by_a_later_version": 1}
    assert record.from_bytes(json.dumps(newer).encode()) == record.from_bytes(path.read_bytes())


def test_another_records_bytes_are_refused() -> None:
    with pytest.raises(ValidationError):
        RECORDS["message"].from_bytes((FOLDER / "request.json").read_bytes())


def test_a_dead_letter_travels_as_headers() -> None:
    letter = DeadLetter.from_bytes((FOLDER / "dead-letter.json").read_bytes())
    headers = dict(letter.to_headers())
    assert headers["chappe-topic"] == b"domain.accounts"
    assert headers["chappe-reason"] == b"bad_data"
    assert headers["chappe-offset"] == b"77"
