"""With which values a template is rendered before anybody is sent anything.

Rules: the values are those of its file (examples, longest values, tests), nothing is made
up; every text that can be chosen is rendered with examples and with longest values.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from pydantic import JsonValue

from streams.catalog.template import MAIN, Case, Refuse, Template, Use

Kind = Literal["example", "test", "missing", "longest"]


class Trial(NamedTuple):
    """`said` ends a sentence about it: "2 segments with `code` at its longest".

    `variable`: the one it is about, where it is about one. `test`: its number in the file.
    """

    kind: Kind
    said: str
    given: Mapping[str, JsonValue]
    variable: str | None = None
    test: int | None = None


def trials(template: Template, locale: str) -> Iterator[Trial]:
    """Variables that no text of `locale` needs are left at their example."""
    texts = template.compiled[locale].values()
    used = [name for name in template.variables if any(name in text.needs for text in texts)]
    example: dict[str, JsonValue] = {v.name: v.example for v in template.variables.values()}
    longest: dict[str, JsonValue] = {v.name: v.longest for v in template.variables.values()}
    yield Trial("example", "with the examples", example)
    yield from (_test(number, case) for number, case in enumerate(template.tests))
    for name in used:
        yield from _missing(template, (name,), example, longest)
    for missing in roads(template, locale).values():
        if len(missing) > 1:
            yield from _missing(template, missing, example, longest)
    for name in used:
        given = {**example, name: longest[name]}
        yield Trial("longest", f"with `{name}` at its longest", given, name)
    yield Trial("longest", "with all at their longest", longest)


def _test(number: int, case: Case) -> Trial:
    return Trial("test", f"in the test `{case.name}`", case.given, test=number)


def _missing(
    template: Template,
    names: tuple[str, ...],
    example: Mapping[str, JsonValue],
    longest: Mapping[str, JsonValue],
) -> Iterator[Trial]:
    """With the others at their longest, too, where something stands in for what is missing."""
    said = f"without {' and '.join(f'`{name}`' for name in names)}"
    about = names[0] if len(names) == 1 else None
    yield Trial("missing", said, _without(example, names), about)
    if not any(isinstance(template.variables[name].missing, Refuse) for name in names):
        said += " and with the others at their longest"
        yield Trial("missing", said, _without(longest, names), about)


def _without(given: Mapping[str, JsonValue], names: tuple[str, ...]) -> dict[str, JsonValue]:
    return {name: value for name, value in given.items() if name not in names}


def roads(template: Template, locale: str) -> dict[str, tuple[str, ...]]:
    """Each variant that can be chosen, and what must be missing for it; the fewest first."""
    found: dict[str, tuple[str, ...]] = {MAIN: ()}
    waiting = [MAIN]
    while waiting:
        variant = waiting.pop(0)
        for name in template.compiled[locale][variant].needs:
            missing = template.variables[name].missing
            if isinstance(missing, Use) and missing.variant not in found:
                found[missing.variant] = (*found[variant], name)
                waiting.append(missing.variant)
    return found
