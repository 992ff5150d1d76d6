"""What comes of a template when it is rendered with the values of its cases.

Rules: rendered and counted by what renders and counts messages, never by a likeness of it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from pydantic import JsonValue

from schemas.reason import Reason, Refusal
from streams.catalog.catalog import Fault
from streams.catalog.catalog_tests import Failure, run_tests
from streams.catalog.checks import Loaded
from streams.catalog.template import MAIN, Refuse, Template, checked
from streams.proof.cases import Trial, roads, trials
from streams.text.branches import Watched, watch
from streams.text.locales import normal
from streams.text.measure import Measure, measure
from streams.text.render import Rendered, choose_variant, render

Path = tuple[str | int, ...]


class Found(NamedTuple):
    """A fault, and what of a template it is about. `rule` is what found it."""

    fault: Fault
    locale: str | None = None
    variable: str | None = None
    rule: str = ""


class Came(NamedTuple):
    """A text, as it would be sent."""

    rendered: Rendered
    measure: Measure


class Outcome(NamedTuple):
    """Of one case in one locale: the text and what it costs, or why there is none."""

    trial: Trial
    locale: str
    variant: str
    came: Came | Refusal


class Sent(NamedTuple):
    """A case of which a text came."""

    trial: Trial
    text: str
    measure: Measure


@dataclass(frozen=True, slots=True)
class Proof:
    """A template with all that came of it.

    `failures`: of its tests, with the test's number in the file. `chosen`: the variants of a
    locale that can be sent. `watched`: the texts that choose, by locale and variant.
    """

    template: Template
    file: Loaded
    outcomes: tuple[Outcome, ...]
    failures: tuple[tuple[int, Failure], ...]
    chosen: Mapping[str, frozenset[str]]
    watched: Mapping[tuple[str, str], Watched]

    def texts(self) -> Iterator[tuple[str, str, list[Sent]]]:
        """Each text that can be sent and its cases, by locale and variant."""
        by_text: dict[tuple[str, str], list[Sent]] = {}
        for trial, locale, variant, came in self.outcomes:
            if isinstance(came, Came):
                sent = Sent(trial, came.rendered.text, came.measure)
                by_text.setdefault((locale, variant), []).append(sent)
        for (locale, variant), cases in by_text.items():
            yield locale, variant, cases

    def at(
        self, path: Path, said: str, locale: str | None = None, variable: str | None = None
    ) -> Found:
        """A fault at a key."""
        return Found(self.file.fault(path, said), locale, variable)

    def in_text(
        self, locale: str, variant: str, said: str, variable: str | None = None, line: int = 1
    ) -> Found:
        """A fault in line `line` (from 1) of a text."""
        path = ("texts", self.written(locale), variant)
        return Found(self.file.fault_within(path, line, said), locale, variable)

    def written(self, locale: str) -> str:
        """A locale of its texts as the file spells it."""
        return next(key for key in self.file.shape.texts if normal(key) == locale)

    def expected(self, test: int, locale: str) -> str:
        """The same for a locale that a test expects a text in."""
        return next(key for key in self.file.shape.tests[test].expect if normal(key) == locale)


def prove(template: Template, file: Loaded) -> Proof:
    """Renders all there is to render."""
    template, watched = _watched(template)
    outcomes = tuple(
        outcome for locale in template.texts for outcome in _outcomes(template, locale)
    )
    failures = tuple(
        (number, failure)
        for number, case in enumerate(template.tests)
        for failure in run_tests(replace(template, tests=(case,)))
    )
    chosen = {locale: frozenset(roads(template, locale)) for locale in template.texts}
    return Proof(template, file, outcomes, failures, chosen, watched)


def _watched(template: Template) -> tuple[Template, dict[tuple[str, str], Watched]]:
    """The same template with eyes on each text that chooses."""
    watched = {
        (locale, variant): eyes
        for locale, texts in template.texts.items()
        for variant, source in texts.items()
        if "if" in source and (eyes := watch(locale, source)) is not None
    }
    compiled = {locale: dict(texts) for locale, texts in template.compiled.items()}
    for (locale, variant), eyes in watched.items():
        compiled[locale][variant] = replace(compiled[locale][variant], render=eyes.render)
    return replace(template, compiled=compiled), watched


def _outcomes(template: Template, locale: str) -> Iterator[Outcome]:
    """What comes of the same values is the same, and rendered once."""
    known: dict[str, tuple[str, Came | Refusal]] = {}
    for trial in trials(template, locale):
        values = repr(sorted(trial.given.items()))
        if values not in known:
            known[values] = _came(template, locale, trial.given)
        yield Outcome(trial, locale, *known[values])


def _came(
    template: Template, locale: str, values: Mapping[str, JsonValue]
) -> tuple[str, Came | Refusal]:
    variant = MAIN
    try:
        given = checked(template, values)
        variant = choose_variant(template, locale, given)
        rendered = render(template, locale, given)
        return variant, Came(rendered, measure(rendered.text, template.reference_bits))
    except Refusal as refusal:
        return variant, refusal


def is_wrong(template: Template, trial: Trial, refusal: Refusal) -> bool:
    """Whether a text was due where this came.

    Not where a variable is missing that the text can't do without. A test judges for itself
    in the locales it names; in the others, a text that can't be made is wrong all the same,
    unless the test is about a refusal.
    """
    if trial.test is not None:
        about_refusal = template.tests[trial.test].refused is not None
        return not about_refusal and refusal.reason in (Reason.RENDER_FAILED, Reason.TOO_LONG)
    if trial.kind != "missing" or refusal.reason is not Reason.MISSING_DATA:
        return True
    return not any(
        isinstance(variable.missing, Refuse) and name not in trial.given
        for name, variable in template.variables.items()
    )
