"""Rules about what a template declares, seen beside what comes of it.

Rules: each yields all it finds and assumes nothing of the others; a message says what is
wrong and what to do.
"""

from collections.abc import Iterator, Sequence

from schemas.lane import LANES
from streams.catalog.catalog import DEFAULTS, Fault
from streams.catalog.shape import DefaultsShape
from streams.proof.differences import difference
from streams.proof.outcomes import Found, Proof


def differing_test(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A test whose result differs."""
    for number, failure in proof.failures:
        refused = proof.template.tests[number].refused is not None
        said = difference(failure.expected, failure.got, refused=refused)
        if not refused and not failure.got.startswith("refused: "):
            said += "; where the text is right, `chappe catalog accept` writes the test anew"
        key = "refused" if refused else proof.expected(number, failure.locale)
        path = ("tests", number, "expect", key)
        yield proof.at(path, f"the test `{failure.test}`, {failure.locale}: {said}", failure.locale)


def no_test(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A template none of whose several tests matches it; of one alone the difference says all."""
    expecting = [
        (n, locale) for n, case in enumerate(proof.template.tests) for locale in case.texts
    ]
    failed = {(number, failure.locale) for number, failure in proof.failures}
    if not expecting:
        yield proof.at(("tests",), "no test expects a text; write one with the usual values")
    elif len({n for n, _ in expecting}) > 1 and failed.issuperset(expecting):
        yield proof.at(("tests",), "none of the tests matches; do they belong to another template?")


def unused_variable(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A variable that is declared and that no text needs."""
    compiled = proof.template.compiled.values()
    used = {name for texts in compiled for text in texts.values() for name in text.needs}
    for name in proof.template.variables:
        if name not in used:
            said = "declared, and no text uses it; take it out"
            yield proof.at(("variables", name), said, variable=name)


def unused_text(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A text beside `main` to which no missing variable leads."""
    for locale, variants in proof.template.texts.items():
        for variant in variants:
            if variant not in proof.chosen[locale]:
                said = f"never sent; a variable leads to it with missing: {{use: {variant}}}"
                yield proof.in_text(locale, variant, said)


def no_fallback(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A template without a text in the locale that ends every chain."""
    default, texts = proof.template.default_locale, proof.template.texts
    if default is not None and default not in texts:
        said = f"no text in {default}, the default_locale: who reads none of "
        yield proof.at(("texts",), f"{said}{', '.join(texts)} gets nothing; write one", default)


def secret_lookup(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A secret to a number that is looked up."""
    if proof.template.secret and proof.template.to_contact:
        said = "a secret goes to the number that its event names, never to one that is looked up"
        yield proof.at(("to", "contact"), f"{said}; say phone: instead")


def mixed_lanes(proofs: Sequence[Proof], _: DefaultsShape) -> Iterator[Found]:
    """A topic with templates in several lanes: it can't be put in order before it is read."""
    by_topic: dict[str, list[Proof]] = {}
    for proof in proofs:
        by_topic.setdefault(proof.template.topic, []).append(proof)
    for topic, several in by_topic.items():
        first = min((proof.template.lane for proof in several), key=LANES.index)
        urgent = ", ".join(p.template.name for p in several if p.template.lane is first)
        for proof in several:
            if (lane := proof.template.lane) is not first:
                said = f"{topic} mixes lanes: {first} for {urgent}, {lane} here, and the first "
                said += "waits behind the second; publish one of the two on a topic of its own"
                yield proof.at(("on_event", "topic"), said)


def no_default_locale(proofs: Sequence[Proof], defaults: DefaultsShape) -> Iterator[Found]:
    """A catalog in which nothing ends the chains of fallbacks."""
    if proofs and defaults.default_locale is None:
        said = (
            "missing: who reads none of a template's locales gets nothing; name one they all have"
        )
        yield Found(Fault(DEFAULTS, 1, "default_locale", said))
