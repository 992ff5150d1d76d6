"""docs/simulator.md: its tables are written from the code, its examples are read by it.

Run this file as a module to write the tables anew.
"""

import re
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

from agents.simulator.actions import GARBAGE, Actions
from agents.simulator.options import GROUPS, Changes, SimulatorOptions
from agents.simulator.reply import Reply
from agents.simulator.scenario import Scenario, read_scenario
from agents.simulator.timeline import Repeat, Step
from agents.simulator.values import Octet, Octets, Seconds, Share, Status, Tag, Word

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulator.md"
COMMAND = "written by python -m tests.agents.simulator.test_page"

KINDS: list[tuple[Any, str]] = [
    (Share, "share"), (Seconds, "time"), (Status, "status"), (Octet, "octet"), (Tag, "tag"),
    (Octets, "octets"), (Word, "word"), (bool, "yes or no"), (str, "text"), (int, "number"),
    (Path, "file"), (bytes, "octets or a name"), (NoneType, "nothing"),
    (SimulatorOptions, "options"), (Reply, "see below"), (Repeat, "`every`, `times`"),
    (Step, "steps"),
]  # fmt: skip


def kind(annotation: Any) -> str:
    """What a value may be, in a word or two."""
    origin, inner = get_origin(annotation), get_args(annotation)
    for known, word in KINDS:
        known_inner = get_args(known)
        if annotation == known or (known_inner and inner[: len(known_inner)] == known_inner):
            return word
    if origin is Annotated:
        return kind(inner[0])
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in inner)
    if origin in (Union, UnionType):
        return " or ".join("none" if each is NoneType else kind(each) for each in inner)
    if origin is dict:
        return f"{kind(inner[0])} to {kind(inner[1])}"
    assert origin in (list, tuple), annotation
    listed = kind(inner[0])
    return listed if inner[0] is Step else f"list of {listed}"


def default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "required"
    if value is None or value == "" or isinstance(value, dict | list):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"`{value:g}`" if isinstance(value, float) else f"`{value}`"


def rows(model: type[BaseModel], *, defaults: bool = True, skip: Any = ()) -> Iterator[str]:
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        if name not in skip:
            middle = f" | {default(field)}" if defaults else ""
            said = field.alias or name
            yield f"| `{said}` | {kind(hints[name])}{middle} | {field.description} |"


def options() -> Iterator[str]:
    for group in GROUPS:
        yield from (f"### {group.__name__}", "", group.__doc__ or "", "")
        yield from ("| option | takes | default | |", "|---|---|---|---|", *rows(group), "")


def actions() -> Iterator[str]:
    yield from ("| action | takes | |", "|---|---|---|", *rows(Actions, defaults=False), "")


def reply() -> Iterator[str]:
    yield from ("| key | takes | default | |", "|---|---|---|---|", *rows(Reply), "")


def garbage() -> Iterator[str]:
    yield from ("| name | octets |", "|---|---|")
    yield from (f"| `{name}` | `{octets.hex(' ')}` |" for name, octets in GARBAGE.items())
    yield ""


def scenario() -> Iterator[str]:
    yield from ("| key | takes | |", "|---|---|---|", *rows(Scenario, defaults=False), "")
    yield from ("A step has its actions, and:", "")
    yield from ("| key | takes | |", "|---|---|---|")
    yield from (*rows(Step, defaults=False, skip=Actions.model_fields), "")
    yield from ("`repeat` has:", "", "| key | takes | |", "|---|---|---|")
    yield from (*rows(Repeat, defaults=False), "")


TABLES = {each.__name__: each for each in (options, actions, reply, garbage, scenario)}


def written(page: str) -> str:
    """The page with its tables as the code has them now."""
    for name, lines in TABLES.items():
        begin = f"<!-- {name}: {COMMAND} -->\n"
        before, found, rest = page.partition(begin)
        _, end, after = rest.partition("<!-- end -->\n")
        assert found and end, f"no place for {name}"
        page = f"{before}{found}\n" + "\n".join(lines()) + f"\n{end}{after}"
    return page


def test_the_tables_are_true() -> None:
    """Write them anew with `python -m tests.agents.simulator.test_page`."""
    assert PAGE.read_text("utf-8") == written(PAGE.read_text("utf-8"))


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.mark.parametrize("block", blocks("yaml"), ids=lambda block: block.splitlines()[0])
def test_every_scenario_on_the_page_is_read(block: str) -> None:
    assert read_scenario("docs/simulator.md", block).timeline


BODIES = re.findall(
    r"-X (PATCH|POST) localhost:2780(\S+)(?: \\\n)? +-d '(.*)'", "".join(blocks("sh"))
)


def test_the_bodies_are_found() -> None:
    assert len(BODIES) == PAGE.read_text("utf-8").count(" -d '")


@pytest.mark.parametrize(("method", "path", "body"), BODIES)
def test_every_request_on_the_page_is_right(method: str, path: str, body: str) -> None:
    shape: Any = {"/options": Changes, "/actions": Actions}[path]
    TypeAdapter(shape).validate_json(body)


def test_an_enum_would_be_told() -> None:
    """A kind of value that the page can't name ends the test, it is not left out."""
    with pytest.raises(AssertionError):
        kind(Enum)


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text("utf-8")), "utf-8")
