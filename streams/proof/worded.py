"""Rules about the texts themselves, as they came of each case.

Rules: each yields all it finds and assumes nothing of the others; a text is named once a
rule, by its worst case, or by the first where all are alike; what forces UCS-2 is named.
"""

from collections.abc import Iterator, Sequence

from schemas.reason import Reason, Refusal
from streams.catalog.catalog import DEFAULTS
from streams.catalog.shape import DefaultsShape
from streams.catalog.template import MAIN
from streams.proof.outcomes import Found, Outcome, Proof, Sent, is_wrong
from streams.proof.replies import asks_for_reply, names_one, words_of
from streams.text.measure import Measure, named

MOST_NAMED = 8
"""Characters that a message names; the table has them all."""


def not_rendered(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A case in which a text is due and none comes."""
    said: set[tuple[str, str, str]] = set()
    for outcome, refusal in _wrong(proof):
        this = (outcome.locale, outcome.variant, str(refusal))
        if refusal.reason is not Reason.TOO_LONG and this not in said:
            said.add(this)
            words = f"no text {outcome.trial.said}: {refusal.sentence}"
            yield proof.in_text(outcome.locale, outcome.variant, words, outcome.trial.variable)


def too_long(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A text that can exceed the limit."""
    last = {(o.locale, o.variant): (o, r) for o, r in _wrong(proof) if r.reason is Reason.TOO_LONG}
    for outcome, refusal in last.values():  # the last case has all at their longest
        words = f"too long {outcome.trial.said}: {refusal.detail}; shorten the text or `longest`"
        yield proof.in_text(outcome.locale, outcome.variant, words, outcome.trial.variable)


def _wrong(proof: Proof) -> Iterator[tuple[Outcome, Refusal]]:
    for outcome in proof.outcomes:
        came = outcome.came
        if isinstance(came, Refusal) and is_wrong(proof.template, outcome.trial, came):
            yield outcome, came


def unseen_branch(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """A branch of an `if` that no case takes, so that nobody has seen its text."""
    for (locale, variant), eyes in proof.watched.items():
        if variant not in proof.chosen[locale]:
            continue
        for branch in eyes.untaken():
            when = "holds" if branch.outcome else "does not hold"
            said = f"no test, example or longest value sees the text for when this `if` {when}"
            yield proof.in_text(locale, variant, f"{said}; add a test", line=branch.line)


def over_segments(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """More segments than the budget has."""
    budget = proof.template.budget.segments
    for locale, variant, cases in proof.texts():
        worst = max(cases, key=lambda sent: sent.measure.segments)
        if budget is not None and worst.measure.segments > budget:
            said = f"{_segments(worst.measure)} {worst.trial.said}, and budget.segments is {budget}"
            yield proof.in_text(locale, variant, said, worst.trial.variable)


def _segments(measure: Measure) -> str:
    if measure.encoding == "gsm7":
        return f"{measure.segments} segments ({measure.units} septets)"
    forced = f"{measure.units} UTF-16 code units: UCS-2 for {_characters(measure.forced_by)}"
    return f"{measure.segments} segments ({forced})"


def over_encoding(proof: Proof, _: DefaultsShape) -> Iterator[Found]:
    """UCS-2 where the budget says GSM."""
    if proof.template.budget.encoding != "gsm7":
        return
    for locale, variant, cases in proof.texts():
        if forced := [sent for sent in cases if sent.measure.encoding == "ucs2"]:
            chars = dict.fromkeys(char for sent in forced for char in sent.measure.forced_by)
            said = f"UCS-2 {forced[0].trial.said}, and budget.encoding is gsm7"
            said += f"; GSM has no {_characters(list(chars))}"
            yield proof.in_text(locale, variant, said, forced[0].trial.variable)


def _characters(chars: Sequence[str]) -> str:
    more = f" and {len(chars) - MOST_NAMED} more" if len(chars) > MOST_NAMED else ""
    return ", ".join(map(named, chars[:MOST_NAMED])) + more


def no_opt_out(proof: Proof, defaults: DefaultsShape) -> Iterator[Found]:
    """Marketing that does not say how to end it."""
    if proof.template.purpose != "marketing":
        return
    for locale, variant, cases in proof.texts():
        words = words_of(locale, defaults.opt_out)
        without = [sent for sent in cases if not names_one(sent.text, words)]
        if words and without:
            said = f"marketing, and no opt-out word {without[0].trial.said}"
            yield proof.in_text(locale, variant, f"{said}; name {' or '.join(words)}")
        elif not words and variant == MAIN:
            language = locale.partition("-")[0]
            said = f"marketing, and {DEFAULTS} has no opt-out words for {language}"
            yield proof.in_text(locale, variant, f"{said}; add opt_out: {{{language}: [STOP]}}")


def asks_reply(proof: Proof, defaults: DefaultsShape) -> Iterator[Found]:
    """A sender that is a name, and a text that asks for an answer: nobody can give it."""
    sender = proof.template.sender
    if sender.removeprefix("+").isdigit():
        return
    for locale, variant, cases in proof.texts():
        words = words_of(locale, defaults.opt_out)
        if asked := _first_asked(cases, locale, words):
            said = f'nobody can answer a sender that is a name ({sender}): "{asked}"'
            said += "; say which number to send it to, or give a link, or send from a number"
            yield proof.in_text(locale, variant, said)


def _first_asked(cases: Sequence[Sent], locale: str, words: Sequence[str]) -> str | None:
    texts = dict.fromkeys(sent.text for sent in cases)
    asked = (asks_for_reply(text, locale, words) for text in texts)
    return next((sentence for sentence in asked if sentence), None)
