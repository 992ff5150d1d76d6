"""Replies as people write them: who wants to leave, and who only used the word."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.sending import optout
from streams.sending.optout import LANGUAGES, Intent, plain, read_intent

STOP, START, HELP = Intent.STOP, Intent.START, Intent.HELP

ROWS: list[tuple[str, Intent | None, str]] = [
    # CTIA, carriers, 47 CFR 64.1200(a)(10)
    ("STOP", STOP, "the word"),
    ("stop", STOP, "any case"),
    ("StOp", STOP, "any case at all"),
    ("STOPALL", STOP, "Twilio, CTIA"),
    ("STOP ALL", STOP, "Telnyx"),
    ("UNSUBSCRIBE", STOP, "CTIA"),
    ("CANCEL", STOP, "CTIA"),
    ("END", STOP, "CTIA"),
    ("QUIT", STOP, "CTIA"),
    ("REVOKE", STOP, "the FCC's list"),
    ("Opt out", STOP, "the FCC's list"),
    ("OPT-OUT", STOP, "with its hyphen"),
    ("OPTOUT", STOP, "AWS"),
    ("REMOVE", STOP, "AWS"),
    # how it is written
    ("  STOP  ", STOP, "spaces around"),
    ("\nStop\r\n", STOP, "line ends around"),
    ("STOP.", STOP, "a full stop"),
    ("STOP!!!", STOP, "carriers want punctuation ignored"),
    ("\"STOP\"", STOP, "quoted, as the text said it"),
    ("«STOP»", STOP, "in French quotation marks"),
    ("(stop)", STOP, "in brackets"),
    ("¡Stop!", STOP, "Spanish marks"),
    ("STOP@", STOP, "a NUL at the end, read as GSM"),
    ("STOP \U0001f621", STOP, "an angry face"),
    ("stop stop STOP", STOP, "said three times"),
    ("ＳＴＯＰ", STOP, "full-width letters of a Japanese keyboard"),
    ("\U0001d412\U0001d413\U0001d40e\U0001d40f", STOP, "bold letters of a styling app"),
    # courtesy, and what is to end
    ("please stop", STOP, "polite in front"),
    ("STOP PLEASE", STOP, "polite behind: a single-word rule would miss it"),
    ("Hi, please cancel, thank you", STOP, "courtesy is all that is left"),
    ("STOP SVP merci", STOP, "in French"),
    ("bitte abmelden, danke", STOP, "in German"),
    ("S'il vous plaît STOP", STOP, "a phrase with an apostrophe"),
    ("stop texting me", STOP, "what is to end"),
    ("Stop sending me these messages!", STOP, "the same, longer"),
    ("unsubscribe me from all texts please", STOP, "the same"),
    ("STOP 36111", STOP, "the short code of the French mention, copied"),
    ("STOP au 36111", STOP, "with its preposition"),
    ("STOP pub", STOP, "French for adverts"),
    ("Stop Werbung", STOP, "German for adverts"),
    # languages
    ("ARRET", STOP, "Canada: as carriers write it"),
    ("Arrêt", STOP, "with its accent"),
    ("arre\u0302t", STOP, "the accent as a character of its own"),
    ("désabonner", STOP, "French"),
    ("DESABONNER", STOP, "without accents"),
    ("Stopp", STOP, "German, Swedish, Norwegian"),
    ("ABMELDEN", STOP, "German"),
    ("AFMELDEN", STOP, "Dutch"),
    ("baja", STOP, "Spanish"),
    ("SAIR", STOP, "Portuguese"),
    ("REZYGNUJE", STOP, "Polish, typed without its ogonek"),
    ("СТОП", STOP, "Russian"),
    ("отписаться", STOP, "Russian"),
    ("ΣΤΟΠ", STOP, "Greek"),
    ("İPTAL", STOP, "Turkish, dotted capital"),
    ("ıptal", STOP, "Turkish, typed with a dotless i"),
    ("إيقاف", STOP, "Arabic"),
    ("ايقاف", STOP, "Arabic without its hamza"),
    ("הסר", STOP, "Hebrew: the word of Israeli law"),
    ("退订", STOP, "Chinese"),
    ("TD", STOP, "Chinese in Latin letters, AWS"),
    # START and HELP
    ("START", START, "the word"),
    ("Unstop", START, "carriers' own"),
    ("start please!", START, "with courtesy"),
    ("subscribe", START, "the word"),
    ("Help", HELP, "the word"),
    ("HELP!", HELP, "punctuation"),
    ("please help", HELP, "courtesy"),
    ("info", HELP, "carriers' other word for it"),
    ("Aide", HELP, "French"),
    ("hjälp", HELP, "Swedish"),
    ("ПОМОЩЬ", HELP, "Russian"),
    # not a keyword
    ("please don't stop", None, "the contrary"),
    ("Please dont stop", None, "the contrary, typed fast"),
    ("don’t stop", None, "with a typographic apostrophe"),
    ("do not stop", None, "the contrary"),
    ("never stop", None, "the contrary"),
    ("no stop", None, "who knows"),
    ("ne pas arrêter", None, "the contrary in French"),
    ("nicht abmelden", None, "the contrary in German"),
    ("no baja", None, "the contrary in Spanish"),
    ("Stop by at 5?", None, "a first-word rule would opt them out"),
    ("stop it, you're funny", None, "nor this"),
    ("Stop in 5 minutes please", None, "to a courier"),
    ("my stop", None, "a bus stop"),
    ("the stop", None, "a bus stop"),
    ("stop 7", None, "a bus stop"),
    ("nonstop", None, "another word"),
    ("stopped", None, "another word"),
    ("Cancel my order 4711", None, "an order, not a consent"),
    ("cancel all", None, "perhaps orders: a person should read it"),
    ("End of the week suits me", None, "a date"),
    ("quit calling the office", None, "a person should read it"),
    ("STOP or HELP?", None, "both"),
    ("STOP START", None, "both"),
    ("Reply STOP to opt out", None, "our own words sent back"),
    ("help me", None, "more than the keyword"),
    ("start sending me offers", None, "consent is the word alone"),
    ("start-up", None, "another word"),
    ("yes", None, "an answer to a question"),
    ("NO", None, "an answer to a question"),
    ("fine", None, "English for all right, Italian for the end"),
    ("ok", None, "an answer"),
    ("", None, "nothing"),
    ("   ", None, "nothing"),
    ("?!", None, "nothing"),
    ("please", None, "courtesy alone"),
    ("thank you", None, "courtesy alone"),
    ("sms", None, "what is to end, without the end"),
    ("36111", None, "a number alone"),
    ("STOP " * 50, None, "longer than any keyword"),
    ("53544f50", None, "a binary reply, as hexadecimal"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "intent", "why"), ROWS, ids=lambda value: repr(value)[:40])
def test_what_a_reply_asks_for(text: str, intent: Intent | None, why: str) -> None:
    assert read_intent(text) is intent, why


CHOSEN: list[tuple[str, set[str], Intent | None, str]] = [
    ("ARRET", {"fr"}, STOP, "French was chosen"),
    ("ARRET", {"de"}, None, "it was not"),
    ("STOP", {"de"}, STOP, "English always counts"),
    ("STOP", set(), STOP, "even alone"),
    ("RET", {"en"}, None, "a Turkish word"),
    ("STOP", {"xx"}, STOP, "a language nobody knows changes nothing"),
]


@pytest.mark.parametrize(("text", "languages", "intent", "why"), CHOSEN)
def test_languages_may_be_chosen(
    text: str, languages: set[str], intent: Intent | None, why: str
) -> None:
    assert read_intent(text, languages) is intent, why


TABLES = {"stop": (optout.STRONG, optout.WEAK), "start": (optout.START,), "help": (optout.HELP,)}
KEYWORDS = [
    (Intent(name), language, word.strip())
    for name, tables in TABLES.items()
    for table in tables
    for language, listed in table.items()
    for word in listed.split(",")
]


@pytest.mark.parametrize(("intent", "language", "word"), KEYWORDS)
def test_every_word_of_the_table_is_found(intent: Intent, language: str, word: str) -> None:
    """In all languages at once too: no word means two things, none is eaten as courtesy."""
    assert language in LANGUAGES
    for written in (word, word.lower(), f" {word.title()}! "):
        assert read_intent(written) is intent
        assert read_intent(written, {language}) is intent


CONTRARY = ["don't", "not", "no", "never", "ne", "pas", "nicht", "kein", "nie", "не", "non", "niet"]


@pytest.mark.parametrize("word", CONTRARY)
def test_no_word_that_turns_the_meaning_is_passed_over(word: str) -> None:
    passed_over = f"{optout.COURTESY}, {optout.ABOUT}"
    spoken = {plain_word for each in passed_over.split(",") for plain_word in plain(each).split()}
    assert not spoken & set(plain(word).split())
    assert read_intent(f"{word} stop") is None
    assert read_intent(f"stop {word}") is None


@given(st.text(max_size=120))
def test_nothing_is_an_error(text: str) -> None:
    assert read_intent(text) in (None, STOP, START, HELP)


@given(st.sampled_from(KEYWORDS), st.text(st.characters(categories=["Zs", "Po", "Sm"]), max_size=9))
def test_spaces_and_punctuation_around_change_nothing(
    keyword: tuple[Intent, str, str], around: str
) -> None:
    intent, _, word = keyword
    assert read_intent(f"{around}{word}{around}") is intent
