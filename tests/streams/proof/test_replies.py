"""Asking for an answer, and naming a way out: one row a way of saying it."""

import pytest

from streams.proof.replies import VERBS, asks_for_reply, names_one, words_of

STOP = ["STOP", "ARRET"]
ASKS = [
    # locale, text, the sentence, why
    ("en", "Hello. Reply YES to keep it.", "Reply YES to keep it.", "a verb"),
    ("en-GB", "Please reply today", "Please reply today", "a region reads its language"),
    ("en", "STOP to end", "STOP to end", "an opt-out word, as declared"),
    ("en", "We stop at your door", None, "the same letters, and no command"),
    ("en", "STOPPED at the depot", None, "another word"),
    ("en", "Reply STOP to 36111", None, "there is a number"),
    ("en", "Reply to +33 6 12 34 56 78", None, "a number with spaces"),
    ("en", "Call 36111. Reply YES", "Reply YES", "a number in another sentence"),
    ("en", "Reply 1 for yes, 2 for no", "Reply 1 for yes, 2 for no", "no number to send it to"),
    ("en", "Reply at https://a.example/x", None, "a link"),
    ("en", "Do not reply.", None, "it asks for nothing"),
    ("en", "Please don’t reply to this", None, "nor with a curly quote"),
    ("en", "If you do not want it, reply NO", "If you do not want it, reply NO", "not that one"),
    ("fr", "Répondez STOP pour ne plus recevoir", "Répondez STOP pour ne plus recevoir", "`ne`"),
    ("fr", "Merci de ne pas répondre", None, "denied"),
    ("fr", "Ne pas répondre", None, "denied at the head"),
    ("fr", "Bonjour\nRépondez OUI", "Répondez OUI", "a line is a sentence"),
    ("de", "Bitte antworten Sie nicht", None, "the denial comes after"),
    ("de", "Bitte antworten Sie mit JA", "Bitte antworten Sie mit JA", "a verb"),
    ("es", "Responda NO para anular", "Responda NO para anular", "NO is what to answer"),
    ("es", "Por favor, no responda", None, "denied"),
    ("it", "Rispondi SI", "Rispondi SI", "a verb"),
    ("nl", "Antwoord JA", "Antwoord JA", "a verb"),
    ("pt", "Por favor não responda", None, "denied"),
    ("pt", "Responda SIM", "Responda SIM", "a verb"),
    ("ar", "رد بنعم", "رد بنعم", "a verb"),
    ("ar", "لا ترد، رد لاحقا", "لا ترد، رد لاحقا", "the second is no denial"),
    ("sv", "Svara JA", None, "a language the table lacks"),
    ("sv", "STOP", "STOP", "and its opt-out words"),
]  # fmt: skip


@pytest.mark.parametrize(("locale", "text", "sentence", "why"), ASKS)
def test_asking_for_an_answer(locale: str, text: str, sentence: str | None, why: str) -> None:
    assert asks_for_reply(text, locale, STOP) == sentence, why


def test_the_words_of_the_table_are_small() -> None:
    for verbs in VERBS.values():
        assert all(word == word.lower() for word in verbs.ask | verbs.deny)


@pytest.mark.parametrize(
    ("text", "found", "why"),
    [
        ("Reply STOP.", True, "whole"),
        ("reply stop", True, "any case"),
        ("Arret: 36111", True, "another word of the list"),
        ("STOPPED", False, "a part of a word"),
        ("Hello", False, "none"),
    ],
)
def test_naming_an_opt_out_word(text: str, found: bool, why: str) -> None:
    assert names_one(text, STOP) is found, why


@pytest.mark.parametrize(
    ("locale", "words", "why"),
    [
        ("fr", ["ARRET"], "its language"),
        ("fr-CA", ["ARRET"], "a region reads its language"),
        ("en-GB", ["END"], "its own, however it is written"),
        ("en", [], "another's are not its own"),
    ],
)
def test_the_words_of_a_locale(locale: str, words: list[str], why: str) -> None:
    assert list(words_of(locale, {"fr": ["ARRET"], "en_gb": ["END"]})) == words, why
