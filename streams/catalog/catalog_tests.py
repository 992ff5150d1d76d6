"""Runs the tests that authors write beside their texts.

Rules: a test goes through the same checks and the same rendering as an event does.
"""

from collections.abc import Iterator
from typing import NamedTuple

from schemas.reason import Refusal
from streams.catalog.template import Case, Template, checked
from streams.text.render import render


class Failure(NamedTuple):
    """What one test expected in one locale, and what came instead."""

    template: str
    test: str
    locale: str
    expected: str
    got: str


def run_tests(template: Template) -> list[Failure]:
    """Empty where every test passes. A refusal is expected in every locale."""
    return [failure for case in template.tests for failure in _run(template, case)]


def _run(template: Template, case: Case) -> Iterator[Failure]:
    if case.refused is None:
        wanted = dict(case.texts)
    else:
        refusal = f"refused: {case.refused}"
        refusal += f", variable {case.variable}" if case.variable else ""
        wanted = dict.fromkeys(template.texts, refusal)
    for locale, expected in wanted.items():
        found = outcome(template, case, locale)
        named = case.variable is not None
        got = found if isinstance(found, str) else _said(found, named=named)
        if got != expected:
            yield Failure(template.name, case.name, locale, expected, got)


def outcome(template: Template, case: Case, locale: str) -> str | Refusal:
    """The text that a test's values give, or why there is none."""
    try:
        return render(template, locale, checked(template, case.given)).text
    except Refusal as refusal:
        return refusal


def _said(refusal: Refusal, *, named: bool) -> str:
    """`variable code (data.code): expected ...` names code: its first two words."""
    variable = " ".join(refusal.detail.split()[:2]) if named else ""
    return f"refused: {refusal.reason}" + (f", {variable}" if variable else "")
