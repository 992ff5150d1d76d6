"""One text: compiled once, when the catalog is loaded.

Rules: a text may print variables, choose with `if`, and use the filters named here,
nothing else, so that no text can loop or grow without bounds; what is wrong with it is
said with its line. Behind that stands Jinja's own sandbox.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from streams.nearest import nearest
from streams.text.filters import filters, misuse
from streams.text.formats import UNPRINTABLE, Value, printers

ALLOWED: frozenset[type[nodes.Node]] = frozenset({
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const,
    nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand,
    nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Filter, nodes.Keyword,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """`needs` are the variables it takes, in a fixed order; `render` wants each of them."""

    needs: tuple[str, ...]
    render: Callable[[Mapping[str, Value]], str]


class BadTextError(Exception):
    """`faults` are (line within the text, message)."""

    def __init__(self, faults: list[tuple[int, str]]) -> None:
        super().__init__(faults)
        self.faults = faults


def suggestion(word: str, words: list[str] | frozenset[str]) -> str:
    """`; did you mean ...?`, or what there is to choose from."""
    if close := nearest(word, words):
        return f"; did you mean `{close}`?"
    return f"; there is: {', '.join(sorted(words))}" if words else ""


def compile_text(locale: str, source: str, variables: frozenset[str]) -> Text:
    """Raises BadTextError with all that is wrong; `locale` must be one that Babel knows."""
    source = source.strip()
    environment = environment_of(locale)
    try:
        tree = environment.parse(source)
        used = {node.name for node in tree.find_all(nodes.Name)}
        if faults := list(dict.fromkeys(_faults(tree, source, variables, locale))):
            raise BadTextError(faults)
        code = environment.compile(tree)
    except jinja2.TemplateSyntaxError as error:
        said = f"{error.message or 'not a text'}; is each {{{{ closed by }}}}, each {{% by %}}?"
        raise BadTextError([(error.lineno, said)]) from error
    template = jinja2.Template.from_code(environment, code, {})
    return Text(tuple(sorted(used)), template.render)


def _faults(
    tree: nodes.Template, source: str, variables: frozenset[str], locale: str
) -> Iterator[tuple[int, str]]:
    if not source:
        yield 1, "the text is empty"
    if UNPRINTABLE.search(source):
        yield 1, "the text has a control character or a lone surrogate"
    for node in tree.find_all(nodes.Node):
        if (message := _fault(node, variables, locale)) is not None:
            yield node.lineno, message


def _fault(node: nodes.Node, variables: frozenset[str], locale: str) -> str | None:
    if type(node) not in ALLOWED:
        what = type(node).__name__.lower()
        return f"`{what}` is not for texts; use {{{{ variable }}}}, filters and if"
    if isinstance(node, nodes.Name) and node.name not in variables:
        return f"no variable `{node.name}`{suggestion(node.name, variables)}"
    if isinstance(node, nodes.Filter):
        return _filter_fault(node, locale)
    return None


def _filter_fault(node: nodes.Filter, locale: str) -> str | None:
    there = frozenset(environment_of(locale).filters)
    if node.name not in there:
        return f"no filter `{node.name}`{suggestion(node.name, there)}"
    args = [_constant(arg) for arg in node.args]
    named = {str(pair.key): _constant(pair.value) for pair in node.kwargs}
    wrong = misuse(node.name, args, named, locale)
    return f"filter `{node.name}` {wrong}" if wrong else None


def _constant(node: nodes.Expr) -> Any:
    return node.value if isinstance(node, nodes.Const) else None


@lru_cache(maxsize=256)
def environment_of(locale: str) -> ImmutableSandboxedEnvironment:
    """One a locale, never to be changed: values print themselves in it."""
    table = printers(locale)

    def printed(value: object) -> object:
        printer = table.get(type(value))
        return printer(value) if printer else value

    environment = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, autoescape=False, finalize=printed
    )
    environment.filters = filters(locale)
    environment.globals.clear()
    environment.tests.clear()
    return environment
