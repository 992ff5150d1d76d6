"""The id in the answer to a submit × the id in its receipt → one key to join them by.

Rules: how the two relate is a setting of the SMSC, never a guess; ids are text of any
length, compared without case; no id is an error, one that does not fit stays text.

A guess can't be right: an id of digits only, "10", is as good a decimal as a hexadecimal
(16), and both may belong to messages on their way. `suspicion` therefore looks at many ids
and says in a sentence what it sees; a person changes the setting. Who has seen the receipt of
one message and the answer of another, as one of several workers, can only tell what ids look
like: `look_alike`. Source: SMPP 3.4, 5.2.23;
the relations are those of Kannel's msg-id-type and Jasmin's dlr_msgid.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from typing import Final

LONGEST_NUMBER: Final = 255
"""Digits. SMPP's ids have at most 64; what is longer is text, since reading it as a
number takes long (and Python refuses decimals of over 4,300 digits)."""

_DECIMAL: Final = re.compile(rf"[0-9]{{1,{LONGEST_NUMBER}}}")
_HEXADECIMAL: Final = re.compile(rf"[0-9a-f]{{1,{LONGEST_NUMBER}}}")


class IdForm(StrEnum):
    """How the receipt's id relates to the answer's."""

    SAME = "same"
    """The same text, up to case."""
    HEX_IN_RECEIPT = "hex_in_receipt"
    """The answer has a decimal number, the receipt the same number in hexadecimal."""
    DECIMAL_IN_RECEIPT = "decimal_in_receipt"
    """The answer has a hexadecimal number, the receipt the same number in decimal."""


@dataclass(frozen=True, slots=True)
class IdRule:
    """One SMSC's settings: `message_id` is the form; `message_id_zeros`, "kept" or "ignored",
    says whether zeros at the front of a text count.

    Numbers that change their base lose their zeros in any case. Under one rule two ids of
    one side have one key only where they are the same text up to case, the same number
    where the rule reads numbers, or the same but for zeros where those are ignored.
    """

    form: IdForm = IdForm.SAME
    ignore_zeros: bool = False

    def answer_key(self, message_id: str) -> str:
        """Of the message_id in submit_sm_resp. Empty for an empty id: it joins nothing."""
        return self._key(message_id, is_hex=self.form is IdForm.DECIMAL_IN_RECEIPT)

    def receipt_key(self, message_id: str) -> str:
        """Of the id in a receipt, from its TLV or its text. Empty for an empty id."""
        return self._key(message_id, is_hex=self.form is IdForm.HEX_IN_RECEIPT)

    def _key(self, message_id: str, *, is_hex: bool) -> str:
        text = message_id.strip(" \t\r\n\0").lower()
        if not text:
            return ""
        if self.form is not IdForm.SAME and (_HEXADECIMAL if is_hex else _DECIMAL).fullmatch(text):
            return f"number:{int(text, 16 if is_hex else 10):x}"
        if self.ignore_zeros:
            text = text.lstrip("0") or "0"
        return f"text:{text}"

    def __str__(self) -> str:
        zeros = ", message_id_zeros = ignored" if self.ignore_zeros else ""
        return f"message_id = {self.form}{zeros}"


FEWEST: Final = 3
"""Receipts that must agree before anything is said: one or two may do so by chance."""

FEWEST_LOOKS: Final = 10
"""Ids of each sort that must look alike: of short ones in hexadecimal a few have digits only."""

WORDS: Final = {
    IdForm.SAME: "the answers' ids as they are",
    IdForm.HEX_IN_RECEIPT: "the hexadecimal of the answers' decimal ids",
    IdForm.DECIMAL_IN_RECEIPT: "the decimal of the answers' hexadecimal ids",
}


@dataclass(frozen=True, slots=True)
class _Fit:
    """How many of the unmatched receipts a rule would match, and one of them."""

    rule: IdRule
    matched: int
    example: tuple[str, str]


def suspicion(rule: IdRule, answers: Iterable[str], unmatched: Iterable[str]) -> str | None:
    """What the ids of recent answers and of receipts that matched none look like.

    A sentence for a person where another rule than `rule` would match at least FEWEST of
    the receipts, and half of them; None where there is nothing to say. It names two rules
    where both match equally many.
    """
    answered, received = sorted(set(answers)), sorted(set(unmatched))
    now = len(_pairs(rule, answered, received))
    fits = [_fit(each, answered, received) for each in _RULES if each != rule]
    most = max(fit.matched for fit in fits)
    if most < FEWEST or most * 2 < len(received) or now >= most:
        return None
    best = [fit for fit in fits if fit.matched == most]
    first = best[0]
    other = next((fit for fit in best if fit.rule.form is not first.rule.form), None)
    words = WORDS[first.rule.form] + (" but for zeros" if first.rule.ignore_zeros else "")
    of_answer, of_receipt = first.example
    said = (
        f"{most} of {len(received)} unmatched receipts look like {words} "
        f"({of_answer!r} came back as {of_receipt!r}); set {first.rule}"
    )
    return said if other is None else f"{said}, or {other.rule}: these ids fit both"


def look_alike(rule: IdRule, answers: Iterable[str], unmatched: Iterable[str]) -> str | None:
    """What ids are written in, where answers and receipts differ in a way that `rule` does not
    say: for who has not seen both of one message. None where there is nothing to say.
    """
    answered, received = _written_in(answers), _written_in(unmatched)
    form = _LOOKS.get((answered, received))
    if form is None or form is rule.form:
        return None
    return (
        f"they look like {received} numbers, and the ids in answers like {answered} ones; if these "
        f"are receipts of ours, set message_id = {form}"
    )


_LOOKS: Final = {
    ("decimal", "hexadecimal"): IdForm.HEX_IN_RECEIPT,
    ("hexadecimal", "decimal"): IdForm.DECIMAL_IN_RECEIPT,
    ("hexadecimal", "hexadecimal"): IdForm.SAME,
}
"""Not two decimals: they may be the same, or one of them hexadecimal without a letter."""


def _written_in(ids: Iterable[str]) -> str:
    """ "decimal", "hexadecimal" (letters in half of them at least), or "" for neither."""
    texts = {text for each in ids if (text := each.strip(" \t\r\n\0").lower())}
    if len(texts) < FEWEST_LOOKS or not all(map(_HEXADECIMAL.fullmatch, texts)):
        return ""
    lettered = sum(not _DECIMAL.fullmatch(text) for text in texts)
    if not lettered:
        return "decimal"
    return "hexadecimal" if lettered * 2 >= len(texts) else ""


_RULES: Final = [IdRule(form, zeros) for zeros, form in product((False, True), IdForm)]


def _pairs(rule: IdRule, answers: list[str], receipts: list[str]) -> list[tuple[str, str, str]]:
    """(key, answer, receipt) of those that meet."""
    by_key = {rule.answer_key(answer): answer for answer in answers}
    by_key.pop("", None)
    keyed = [(rule.receipt_key(receipt), receipt) for receipt in receipts]
    return [(key, by_key[key], receipt) for key, receipt in keyed if key in by_key]


def _fit(rule: IdRule, answers: list[str], receipts: list[str]) -> _Fit:
    """A rule about numbers is borne out by numbers only, not by texts that it leaves alone."""
    is_telling = "number:" if rule.form is not IdForm.SAME else ""
    pairs = [pair for pair in _pairs(rule, answers, receipts) if pair[0].startswith(is_telling)]
    _, answer, receipt = pairs[0] if pairs else ("", "", "")
    return _Fit(rule, len(pairs), (answer, receipt))
