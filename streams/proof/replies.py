"""Whether a text asks for an answer, and whether it names an opt-out word.

Rules: a table of verbs by language and the opt-out words that the catalog declares, no
grammar; where it is unsure it says no, since a linter that cries wolf is switched off.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from streams.text.locales import normal

# A point inside a link or a number ends no sentence.
_SENTENCE_END = re.compile(r"(?<=[.!?…؟。])\s+|[\n\f]+")
_WORD = re.compile(r"[\w'’]+")
_WHERE_TO = re.compile(r"\d(?:[ .-]?\d){3}|https?://|www\.")
"""Four digits or more, as short codes and telephone numbers have; or a link."""


class _Verbs(NamedTuple):
    """`ask` in small letters; `deny`: the words that turn such a sentence round."""

    ask: frozenset[str]
    deny: frozenset[str]


def _verbs(ask: str, deny: str) -> _Verbs:
    return _Verbs(frozenset(ask.split()), frozenset(deny.split()))


VERBS: Mapping[str, _Verbs] = {
    "ar": _verbs("رد ردوا أجب أجيبوا بالرد", "لا"),
    "de": _verbs("antworte antworten antwortet rückantwort", "nicht kein keine"),
    "en": _verbs("reply respond", "not don't can't cannot never"),
    "es": _verbs("responda responde responder respondan conteste contesta contestar", "no"),
    "fr": _verbs("répondez répondre réponds répondant", "ne pas"),
    "it": _verbs("rispondi rispondere risponda rispondete", "non"),
    "nl": _verbs("antwoord antwoorden beantwoord beantwoorden reageer", "niet geen"),
    "pt": _verbs("responda responde responder respondam", "não"),
}


def words_of(locale: str, declared: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """The opt-out words for a locale: its own, else those of its language; empty where none."""
    by_locale = {normal(key): words for key, words in declared.items()}
    while locale:
        if locale in by_locale:
            return by_locale[locale]
        locale = locale.rpartition("-")[0]
    return ()


def names_one(text: str, words: Sequence[str]) -> bool:
    """Whole words, in any case."""
    return any(_is_in(word, text, re.IGNORECASE) for word in words)


def asks_for_reply(text: str, locale: str, opt_out: Sequence[str]) -> str | None:
    """The first sentence that asks for an answer and does not say where to send it.

    It asks who names a verb of replying with no denial beside it, or an opt-out word as
    it is declared: `STOP` is a command, and "we stop at your door" is not. It says where
    to who names a number of four digits or a link in the same sentence, since "Reply STOP
    to 36111" reaches somebody, whoever the sender is.
    """
    verbs = VERBS.get(locale.partition("-")[0])
    for sentence in _SENTENCE_END.split(text):
        asks = any(_is_in(word, sentence) for word in opt_out) or _has_verb(sentence, verbs)
        if asks and not _WHERE_TO.search(sentence):
            return sentence.strip()
    return None


def _has_verb(sentence: str, verbs: _Verbs | None) -> bool:
    """`do not reply` and `antworten Sie nicht` ask for nothing; `Responda NO` does."""
    if verbs is None:
        return False
    words = [word.replace("’", "'") for word in _WORD.findall(sentence)]
    return any(
        word.lower() in verbs.ask and not verbs.deny & {*words[max(at - 1, 0) : at + 3]}
        for at, word in enumerate(words)
    )


def _is_in(word: str, text: str, flags: int = 0) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text, flags) is not None
