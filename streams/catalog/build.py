"""From the shape of a file and the defaults to a Template.

Rules: what the file says wins over the defaults; all faults are found before any is
reported; the version is a hash of the content as merged, so that a comment or the order
of keys does not change it and a new default does.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace

from schemas.lane import Lane
from schemas.message import InDoubt, ReferenceBits
from schemas.reason import Reason
from streams.catalog.checks import Loaded, Variables, check
from streams.catalog.shape import (
    DefaultsShape,
    MissingShape,
    PurposeShape,
    TemplateShape,
    TestShape,
    Transliteration,
)
from streams.catalog.template import Budget, Case, Default, Refuse, Template, Use, Variable
from streams.catalog.yaml_lines import Fault, plain
from streams.text.locales import normal
from streams.text.texts import BadTextError, Text, compile_text

Compiled = dict[str, dict[str, Text]]


@dataclass(frozen=True, slots=True)
class _Merged:
    """What the defaults say, or say in the template's place."""

    sender: str
    lane: Lane
    deliver_within: int
    in_doubt: InDoubt
    transliteration: Transliteration
    reference_bits: ReferenceBits
    fallbacks: dict[str, tuple[str, ...]]
    default_locale: str | None


def build(file: Loaded, defaults: DefaultsShape) -> tuple[Template | None, list[Fault]]:
    """The template, or None and every fault."""
    variables = variables_of(file.shape)
    merged, faults = _merge(file, defaults)
    faults += check(file, variables)
    compiled: Compiled = {}
    if not any(fault.key.startswith("texts") for fault in faults):  # a locale we know
        compiled, bad = _compile(file, variables)
        faults += bad or _circular(file, variables, compiled)
    if merged is None or faults:
        return None, faults
    return _template(file, merged, variables, compiled), []


def variables_of(shape: TemplateShape) -> dict[str, Variable]:
    """In the order of the file."""
    currencies = {variable.currency for variable in shape.variables.values()}
    return {
        name: Variable(
            name,
            variable.from_,
            variable.type,
            variable.example,
            variable.longest,
            _missing(variable.missing),
            variable.currency,
            name in currencies,
        )
        for name, variable in shape.variables.items()
    }


def _missing(shape: MissingShape) -> Refuse | Default | Use:
    if shape.use is not None:
        return Use(shape.use)
    if isinstance(shape.default, str):
        return Default({"": shape.default})
    if shape.default is not None:
        return Default({normal(locale): value for locale, value in shape.default.items()})
    return Refuse()


def _merge(file: Loaded, defaults: DefaultsShape) -> tuple[_Merged | None, list[Fault]]:
    shape = file.shape
    purpose = defaults.purposes.get(shape.purpose, PurposeShape())
    sender = shape.sender or purpose.sender or defaults.sender
    lane = shape.lane or purpose.lane
    within = shape.deliver_within or purpose.deliver_within
    of = f"purposes.{shape.purpose}"
    places = {"sender": "sender", "lane": f"{of}.lane", "deliver_within": f"{of}.deliver_within"}
    faults = [
        file.fault((key,), f"missing; say it here or in _defaults.yaml ({places[key]})")
        for key, value in zip(places, (sender, lane, within), strict=True)
        if value is None
    ]
    if shape.secret and lane not in (None, Lane.URGENT):
        # the topics of the other lanes are kept for days, these for one
        faults.append(file.fault(("secret",), "a secret travels in lane: urgent only"))
    if sender is None or lane is None or within is None:
        return None, faults
    in_doubt = shape.in_doubt or ("resend" if lane is Lane.URGENT else "hold")
    default = normal(defaults.default_locale) if defaults.default_locale else None
    fallbacks = {normal(k): tuple(map(normal, v)) for k, v in defaults.fallbacks.items()}
    return _Merged(
        sender,
        lane,
        within,
        in_doubt,
        shape.transliteration or defaults.transliteration,
        defaults.reference_bits,
        fallbacks,
        default,
    ), faults


def _compile(file: Loaded, variables: Variables) -> tuple[Compiled, list[Fault]]:
    compiled: Compiled = {}
    faults: list[Fault] = []
    for locale, variants in file.shape.texts.items():
        texts = compiled.setdefault(normal(locale), {})
        for variant, source in variants.items():
            try:
                text = compile_text(normal(locale), source, frozenset(variables))
            except BadTextError as bad:
                key = ("texts", locale, variant)
                faults += [file.fault_within(key, line, said) for line, said in bad.faults]
            else:
                texts[variant] = replace(text, needs=_needs(text, variables))
    return compiled, faults


def _needs(text: Text, variables: Variables) -> tuple[str, ...]:
    """In the order of the file, with the currencies of the amounts."""
    currencies = {variables[name].currency for name in text.needs}
    return tuple(name for name in variables if name in text.needs or name in currencies)


def _circular(file: Loaded, variables: Variables, compiled: Compiled) -> Iterator[Fault]:
    for locale in file.shape.texts:
        for name, variable in variables.items():
            if not isinstance(variable.missing, Use):
                continue
            variant = variable.missing.variant
            if variant in (texts := compiled[normal(locale)]) and name in texts[variant].needs:
                said = f"this text is for when `{name}` is missing, and uses it"
                yield file.fault(("texts", locale, variant), said)


def _template(file: Loaded, merged: _Merged, variables: Variables, compiled: Compiled) -> Template:
    shape = file.shape
    return Template(
        name=file.name.removesuffix(".yaml"),
        version=_version(file, merged),
        description=shape.description,
        owner=shape.owner,
        topic=shape.on_event.topic,
        type=shape.on_event.type,
        to_phone=shape.to.phone,
        to_contact=shape.to.contact,
        to_locale=shape.to.locale,
        to_opted_in=shape.to.opted_in,
        purpose=shape.purpose,
        lane=merged.lane,
        deliver_within_ms=merged.deliver_within,
        in_doubt=merged.in_doubt,
        secret=frozenset(shape.secret),
        keep_text=shape.keep_text,
        sender=merged.sender,
        transliteration=merged.transliteration,
        reference_bits=merged.reference_bits,
        budget=Budget(shape.budget.segments, shape.budget.encoding),
        variables=variables,
        texts={normal(locale): texts for locale, texts in shape.texts.items()},
        tests=tuple(_case(test) for test in shape.tests),
        fallbacks=merged.fallbacks,
        default_locale=merged.default_locale,
        compiled=compiled,
    )


def _case(test: TestShape) -> Case:
    if (refused := test.expect.get("refused")) is not None:
        reason, variable = Reason(refused), test.expect.get("variable")
        return Case(test.name, test.given, refused=reason, variable=variable)
    texts = {normal(locale): text for locale, text in test.expect.items()}
    return Case(test.name, test.given, texts)


def _version(file: Loaded, merged: _Merged) -> str:
    said = plain(file.tree)
    assert isinstance(said, dict)
    canonical = json.dumps({**said, **asdict(merged)}, sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]
