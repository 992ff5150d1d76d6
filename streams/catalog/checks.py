"""What the keys of a template's file must say about each other, before it is loaded.

Rules: each check yields all the faults it finds and assumes nothing of the others; the
shape of the file has been checked before. Lengths and costs are looked at elsewhere.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from schemas.reason import Reason
from streams.catalog.catalog_file import File
from streams.catalog.shape import TemplateShape
from streams.catalog.template import Default, Use, Variable
from streams.catalog.yaml_lines import Fault
from streams.text.formats import known, read
from streams.text.locales import normal
from streams.text.texts import suggestion

Loaded = File[TemplateShape]
Variables = Mapping[str, Variable]
REASONS = frozenset(str(reason) for reason in Reason)


def check(file: Loaded, variables: Variables) -> list[Fault]:
    """Every fault that can be seen without rendering."""
    return [fault for a_check in CHECKS for fault in a_check(file, variables)]


def _file_name(file: Loaded, _: Variables) -> Iterator[Fault]:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*\.yaml", file.name):
        yield file.fault((), "name the file <template>.yaml in small letters, digits and -")


def _secret(file: Loaded, variables: Variables) -> Iterator[Fault]:
    for at, name in enumerate(file.shape.secret):
        if name not in variables:
            said = f"no variable `{name}`{suggestion(name, frozenset(variables))}"
            yield file.fault(("secret", at), said)
    if file.shape.secret and file.shape.keep_text:
        yield file.fault(("keep_text",), "a text with a secret is never kept; leave this out")


def _currencies(file: Loaded, variables: Variables) -> Iterator[Fault]:
    for name, variable in variables.items():
        where = ("variables", name, "currency")
        if variable.type != "money":
            if variable.currency is not None:
                yield file.fault(where, "only a variable of type money has a currency")
        elif variable.currency is None:
            yield file.fault(where, "missing; name the variable (of type code) that has it")
        elif (other := variables.get(variable.currency)) is None or other.type != "code":
            yield file.fault(where, f"expected a variable of type code: `{variable.currency}`")


def _samples(file: Loaded, variables: Variables) -> Iterator[Fault]:
    for name, variable in variables.items():
        here = ("variables", name)
        samples: dict[tuple[str, ...], str] = {
            (*here, "example"): variable.example,
            (*here, "longest"): variable.longest,
        }
        if isinstance(variable.missing, Default):
            samples |= {
                (*here, "missing", "default", *([locale] if locale else [])): value
                for locale, value in variable.missing.by_locale.items()
            }
        for where, value in samples.items():
            try:
                read(variable.kind, value)
            except ValueError as error:
                yield file.fault(where, str(error).removesuffix(", got a text"))
            else:
                if not value.strip():
                    yield file.fault(where, "blank, and blank counts as missing")


def _locales(file: Loaded, _: Variables) -> Iterator[Fault]:
    said = Counter(normal(locale) for locale in file.shape.texts)
    for locale in file.shape.texts:
        try:
            known(normal(locale))
        except ValueError:
            yield file.fault(("texts", locale), "no such locale; write fr, en-GB or the like")
        if said[normal(locale)] > 1:
            yield file.fault(("texts", locale), f"{normal(locale)} is said twice; keep one")


def _missing(file: Loaded, variables: Variables) -> Iterator[Fault]:
    for name, variable in variables.items():
        where = ("variables", name, "missing")
        match variable.missing:
            case Default(by_locale) if "" not in by_locale:
                if lacking := {normal(key) for key in file.shape.texts} - by_locale.keys():
                    said = f"no default for {', '.join(sorted(lacking))}"
                    yield file.fault((*where, "default"), said)
            case Use(variant):
                for locale, variants in file.shape.texts.items():
                    if variant not in variants:
                        said = f"texts.{locale} has no `{variant}`"
                        yield file.fault((*where, "use"), said)


def _tests(file: Loaded, variables: Variables) -> Iterator[Fault]:
    locales = frozenset(normal(locale) for locale in file.shape.texts)
    for at, test in enumerate(file.shape.tests):
        for name in test.given.keys() - variables.keys():
            said = f"no variable `{name}`{suggestion(name, frozenset(variables))}"
            yield file.fault(("tests", at, "given", name), said)
        where = ("tests", at, "expect")
        if "refused" in test.expect:
            yield from _refusal(file, test.expect, where, variables)
            continue
        for locale in test.expect:
            if normal(locale) not in locales:
                yield file.fault((*where, locale), f"no text{suggestion(locale, locales)}")


def _refusal(
    file: Loaded, expect: Mapping[str, str], where: tuple[str | int, ...], variables: Variables
) -> Iterator[Fault]:
    choices = {"refused": REASONS, "variable": frozenset(variables)}
    for key, value in expect.items():
        if key not in choices:
            yield file.fault((*where, key), "beside refused there is only variable")
        elif value not in choices[key]:
            said = f"no {key} `{value}`{suggestion(value, choices[key])}"
            yield file.fault((*where, key), said)


CHECKS: tuple[Callable[[Loaded, Variables], Iterator[Fault]], ...] = (
    _file_name,
    _secret,
    _currencies,
    _samples,
    _locales,
    _missing,
    _tests,
)
