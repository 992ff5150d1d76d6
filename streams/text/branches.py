"""Which branches of a text have been taken.

Rules: a watched text reads as the text does; one that has no `if` is not watched at all.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import jinja2
from jinja2 import nodes

from streams.text.formats import Value
from streams.text.texts import environment_of

_NOTE = "_note"
"""No variable begins with a low line."""


class Branch(NamedTuple):
    """What is printed where the condition of this number is `outcome`.

    `line`: of the branch, within the text.
    """

    condition: int
    outcome: bool
    line: int


class Watched(NamedTuple):
    """`seen` fills while `render` is called: the conditions and what they came to."""

    render: Callable[[Mapping[str, Value]], str]
    branches: tuple[Branch, ...]
    seen: set[tuple[int, bool]]

    def untaken(self) -> list[Branch]:
        """In the order of the text."""
        taken = self.seen
        return [each for each in self.branches if (each.condition, each.outcome) not in taken]


def watch(locale: str, source: str) -> Watched | None:
    """None where a text chooses nothing. `source` must be one that `compile_text` takes."""
    environment = environment_of(locale)
    tree = environment.parse(source.strip())
    branches = tuple(_marked(tree))
    if not branches:
        return None
    template = jinja2.Template.from_code(environment, environment.compile(tree), {})
    seen: set[tuple[int, bool]] = set()

    def note(value: object, condition: int) -> object:
        seen.add((condition, bool(value)))
        return value

    return Watched(lambda values: template.render(values, **{_NOTE: note}), branches, seen)


def _marked(tree: nodes.Template) -> Iterator[Branch]:
    """Every condition in `tree` is made to say what it came to."""
    conditions: list[nodes.If | nodes.CondExpr] = [
        node for node in tree.find_all(nodes.Node) if isinstance(node, nodes.If | nodes.CondExpr)
    ]
    numbers = {id(node): number for number, node in enumerate(conditions)}
    for number, node in enumerate(conditions):
        mark = nodes.Name(_NOTE, "load", lineno=node.lineno)
        args = [node.test, nodes.Const(number)]
        node.test = nodes.Call(mark, args, [], None, None, lineno=node.lineno)
        if isinstance(node, nodes.CondExpr):
            yield Branch(number, True, node.lineno)
            if node.expr2 is not None:
                yield Branch(number, False, node.lineno)
            continue
        if node.body:
            yield Branch(number, True, node.body[0].lineno)
        if node.else_:  # it is the last condition that decides
            last = numbers[id(node.elif_[-1])] if node.elif_ else number
            yield Branch(last, False, node.else_[0].lineno)
