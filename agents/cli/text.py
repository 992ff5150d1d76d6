"""`chappe text`: what a text costs, and why."""

import json
import sys
from typing import Any, BinaryIO

import click

from schemas.message import ReferenceBits
from schemas.reason import Refusal
from streams.text.measure import Measure, measure, named
from streams.text.segment import TEXT_LIMIT


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--jsonl", is_flag=True, help='A JSON text or {"text": …} a line in, an object out.')
@click.option("--reference-bits", type=click.Choice(["8", "16"]), default="8", show_default=True,
              help="Width of the reference that joins segments.")  # fmt: skip
def text(text: str | None, as_json: bool, jsonl: bool, reference_bits: str) -> None:
    """Count a text: encoding, characters, units, segments, and what forces UCS-2.

    TEXT, or stdin without it (less the line break at its end). A text over 1,000
    characters is counted, and ends with exit status 1: it would not be sent.

    \b
    Example:  chappe text "It’s here"
              chappe text --jsonl < texts.jsonl
    """
    bits: ReferenceBits = 16 if reference_bits == "16" else 8
    if jsonl:
        if text is not None:
            raise click.UsageError("--jsonl reads stdin; leave TEXT out")
        sys.exit(_lines(click.get_binary_stream("stdin"), bits))
    given = text if text is not None else _stdin(click.get_binary_stream("stdin"))
    try:
        counted = measure(given, bits)
    except Refusal as refusal:
        raise click.ClickException(refusal.detail) from None
    click.echo(json.dumps(_object(counted), ensure_ascii=False) if as_json else words(counted))
    if counted.characters > TEXT_LIMIT:
        raise click.ClickException(_too_long(counted))


def _stdin(stream: BinaryIO) -> str:
    try:
        read = stream.read().decode()
    except UnicodeDecodeError as error:
        said = f"stdin is not UTF-8 (octet {error.start + 1}); save it as UTF-8"
        raise click.ClickException(said) from None
    return read.removesuffix("\n").removesuffix("\r")


def _lines(stream: BinaryIO, bits: ReferenceBits) -> int:
    """One object a line, also for a line that can't be counted; 1 where there was one."""
    failed = 0
    for raw in stream:
        try:
            counted = measure(_text_in(raw), bits)
        except (ValueError, Refusal) as error:
            said = error.detail if isinstance(error, Refusal) else str(error)
            found: dict[str, Any] = {"error": said}
        else:
            found = _object(counted)
        failed |= "error" in found
        click.echo(json.dumps(found, ensure_ascii=False))
    return failed


def _text_in(raw: bytes) -> str:
    """Raises ValueError with what a line takes."""
    try:
        value = json.loads(raw)
    except ValueError:  # not JSON, or not UTF-8
        value = None
    if isinstance(value, dict):
        value = value.get("text")
    if not isinstance(value, str):
        raise ValueError('a line takes a JSON text, or {"text": "…"}')
    return value


def _object(counted: Measure) -> dict[str, Any]:
    found: dict[str, Any] = {**counted._asdict(), "forced_by": list(counted.forced_by)}
    return {**found, "error": _too_long(counted)} if counted.characters > TEXT_LIMIT else found


def _too_long(counted: Measure) -> str:
    return f"{counted.characters:,} characters; over {TEXT_LIMIT:,} a text is not sent"


def words(counted: Measure) -> str:
    """A line for each figure."""
    units = "septets" if counted.encoding == "gsm7" else "UTF-16 code units"
    lines = [
        f"encoding    {counted.encoding}",
        f"characters  {counted.characters:,}",
        f"units       {counted.units:,} {units}",
        f"segments    {counted.segments}",
    ]
    if counted.forced_by:
        lines.append(f"forced by   {'  '.join(map(named, counted.forced_by))}")
    return "\n".join(lines)
