"""What `chappe catalog check` has to say: a row for each template and locale, and the faults.

Rules: templates that load are checked even where others have faults; nothing is left out
of the report because something else is wrong.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from schemas.message import Encoding
from streams.catalog.catalog import Fault, Read
from streams.proof.outcomes import Came, Found, Proof, prove
from streams.proof.rules import LOADS, judge

_LOCALE = re.compile(r"(?:^texts|\.expect)\.([A-Za-z0-9_-]+)")
_VARIABLE = re.compile(r"(?:^variables|\.given)\.([a-z0-9_]+)")


class Row(NamedTuple):
    """One template in one locale, all its variants and cases together.

    `encodings`, and `segments` (smallest, largest): of what was rendered; None where nothing
    was. `forced_by`: the characters that made a text UCS-2. `changes`: what `prefer_gsm` made
    of it, (as written, as sent). `faults`: that touch it: its own, and those of the whole
    template.
    """

    template: str
    file: str
    locale: str
    encodings: tuple[Encoding, ...]
    segments: tuple[int, int] | None
    forced_by: tuple[str, ...]
    changes: tuple[tuple[str, str], ...]
    faults: int


class Report(NamedTuple):
    """`faults` in the order of the files and their lines."""

    rows: list[Row]
    faults: list[Found]


def report(read: Read) -> Report:
    """Renders and judges all that could be read."""
    proofs = [prove(template, read.files[template.name]) for template in read.templates]
    faults = [_loading(fault) for fault in read.faults]
    if read.defaults is not None:
        faults += judge(proofs, read.defaults)
    faults.sort(key=lambda found: (found.fault.file, found.fault.line))
    about: dict[str, list[Found]] = {}
    for found in faults:
        about.setdefault(found.fault.file, []).append(found)
    rows = [row for proof in proofs for row in _rows(proof, about.get(proof.file.name, []))]
    return Report(rows, faults)


def _loading(fault: Fault) -> Found:
    locale, variable = _LOCALE.search(fault.key), _VARIABLE.search(fault.key)
    return Found(fault, locale and locale[1], variable and variable[1], LOADS)


def _rows(proof: Proof, faults: list[Found]) -> Iterator[Row]:
    """`faults`: those of its file."""
    for locale in proof.template.texts:
        outcomes = (outcome for outcome in proof.outcomes if outcome.locale == locale)
        came = [outcome.came for outcome in outcomes if isinstance(outcome.came, Came)]
        segments = [one.measure.segments for one in came]
        forced = (char for one in came for char in one.measure.forced_by)
        changes = (change for one in came for change in one.rendered.changes)
        yield Row(
            proof.template.name,
            proof.file.name,
            locale,
            tuple(sorted({one.measure.encoding for one in came})),
            (min(segments), max(segments)) if segments else None,
            tuple(dict.fromkeys(forced)),
            tuple(dict.fromkeys(changes)),
            sum(found.locale in (None, locale) for found in faults),
        )
