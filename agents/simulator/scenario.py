"""A scenario file: the options at the start, and what is done when.

Rules: every fault is reported with its file, line and key; an unknown key is refused;
values are read as text and typed by their shape, as in the catalog.
"""

from pathlib import Path
from typing import Annotated, Final

from pydantic import Field, ValidationError

from agents.simulator.actions import KEYS
from agents.simulator.options import SimulatorOptions
from agents.simulator.timeline import Repeat, Step
from agents.simulator.values import Shape, faults
from streams.catalog.yaml_lines import Fault, line_at, plain, read_yaml


class Scenario(Shape):
    """One rehearsal."""

    description: str = ""
    """One line for people, printed at the start."""
    options: SimulatorOptions = SimulatorOptions()
    """Any options, at the start."""
    timeline: Annotated[tuple[Step, ...], Field(max_length=10_000)] = ()
    """Steps, in any order."""


class ScenarioError(Exception):
    """What is wrong with a file, a line for each fault."""


KNOWN: Final = {
    "": tuple(Scenario.model_fields),
    "options": tuple(SimulatorOptions.model_fields),
    "set": tuple(SimulatorOptions.model_fields),
    "timeline": ("at", "repeat", *KEYS["actions"]),
    "reply": KEYS["reply"],
    "repeat": tuple(Repeat.model_fields),
}


def read_scenario(file: str, content: str) -> Scenario:
    """Raises ScenarioError. `file` is its name in faults."""
    tree, found = read_yaml(file, content)
    if not found:
        try:
            return Scenario.model_validate(plain(tree))
        except ValidationError as error:
            found = [
                Fault(file, line_at(tree, path), key, words)
                for path, key, words in faults(error, KNOWN)
            ]
    raise ScenarioError("\n".join(map(str, sorted(found, key=lambda fault: fault.line))))


def load_scenario(path: Path) -> Scenario:
    """Raises ScenarioError, also where the file can't be read."""
    try:
        content = path.read_text("utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: not UTF-8; save it as UTF-8") from None
    return read_scenario(str(path), content)
