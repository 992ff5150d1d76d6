"""Is a reply STOP, START or HELP? The words by language, and the one rule that reads them.

Rule: a reply is a keyword where nothing else is left of it but courtesy; words for nothing
but leaving may also be followed by what is to end ("STOP SMS", "stop texting me", "STOP
36111"). Every word must be known, so one that is not ("don't", "by", "or") makes it a
person's sentence, which is left to people.

Why neither of the two usual rules. CTIA's Messaging Principles and the carriers want STOP,
END, CANCEL, UNSUBSCRIBE and QUIT taken in any case and with any punctuation; US law (47 CFR
64.1200(a)(10)) adds REVOKE and OPT OUT, and any reasonable way to say it. Whole-reply-only
(as Twilio does) misses "STOP please", which is a complaint to a regulator. First-word (as
AWS does for keywords) takes "Stop by at 5?" and "End of the week suits me" for an opt-out,
and a person loses OTPs.

Left out on purpose: NO and YES, which answer questions; FINE, the end in Italian and "all
right" in English; ALTA, ANMELDEN and the like, since a consent is not to be inferred.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Final


class Intent(StrEnum):
    """What a reply asks for, beyond what it says."""

    STOP = "stop"
    START = "start"
    HELP = "help"


STRONG: Final[dict[str, str]] = {
    "en": "STOP, STOPALL, UNSUBSCRIBE, OPT OUT, OPTOUT",
    "ar": "توقف, إيقاف, إلغاء الاشتراك",
    "cs": "ODHLÁSIT",
    "da": "AFMELD",
    "de": "STOPP, ABMELDEN, ABBESTELLEN",
    "el": "ΣΤΟΠ, ΔΙΑΓΡΑΦΗ",
    "es": "BAJA, DARME DE BAJA",
    "fr": "ARRÊT, ARRETT, ARRÊTE, ARRÊTER, ARRÊTEZ, DÉSABONNER, DÉSINSCRIRE, DÉSINSCRIPTION",
    "he": "הסר, הסרה, להסיר",
    "hu": "LEIRATKOZÁS",
    "it": "DISISCRIVI, CANCELLAMI, DISATTIVA",
    "nl": "AFMELDEN, UITSCHRIJVEN",
    "no": "STOPP, AVMELD",
    "pl": "REZYGNUJĘ, WYPISZ",
    "pt": "PARAR, DESCADASTRAR, CANCELAR SUBSCRIÇÃO",
    "ro": "DEZABONARE",
    "ru": "СТОП, ОТПИСАТЬСЯ, ОТПИСКА",
    "sv": "STOPP, AVREGISTRERA",
    "tr": "ABONELİKTEN ÇIK",
    "zh": "退订, 退訂, TD",
}
"""Words for nothing but leaving; what is to end may stand behind them."""

WEAK: Final[dict[str, str]] = {
    "en": "END, CANCEL, QUIT, REVOKE, REMOVE",
    "de": "ENDE, BEENDEN",
    "es": "ALTO, CANCELAR, FIN",
    "fi": "LOPETA, PERUUTA",
    "fr": "FIN, ANNULER, RÉSILIER",
    "it": "BASTA, ANNULLA",
    "nl": "EINDE",
    "pt": "CANCELAR, SAIR",
    "ro": "ANULARE",
    "sv": "AVSLUTA",
    "tr": "İPTAL, RET",
}
"""Words that mean leaving when they stand alone, and much else in a sentence."""

START: Final[dict[str, str]] = {
    "en": "START, UNSTOP, SUBSCRIBE, OPT IN, OPTIN",
    "ru": "СТАРТ",
}

HELP: Final[dict[str, str]] = {
    "en": "HELP, INFO",
    "de": "HILFE",
    "es": "AYUDA",
    "fr": "AIDE",
    "it": "AIUTO",
    "nl": "HULP",
    "pl": "POMOC",
    "pt": "AJUDA",
    "ru": "ПОМОЩЬ",
    "sv": "HJÄLP",
    "tr": "YARDIM",
}

COURTESY: Final = (
    "please, pls, plz, thanks, thank you, thx, hi, hello, svp, s'il vous plaît, s'il te plaît, "
    "stp, merci, bonjour, bitte, danke, hallo, por favor, gracias, hola, obrigado, obrigada, "
    "per favore, grazie, alsjeblieft, alstublieft, aub, bedankt, tack, takk, tak, proszę, dzięki, "
    "пожалуйста, спасибо, lütfen, teşekkürler"
)

ABOUT: Final = (
    "sms, text, texts, texting, message, messages, messaging, all, now, me, my, sending, these, "
    "this, the, from, ads, alerts, notifications, marketing, number, to, "
    "pub, pubs, publicité, publicités, au, les, vos, ces, envoi, envois, tout, tous, "
    "alle, werbung, nachrichten, mensajes, publicidad, mensagens, messaggi, "
    "berichten, reclame"
)
"""What is to end, behind the word; in front of it, "my stop" may be a bus stop. None of
these turns a sentence into its contrary."""

SHORT_CODE: Final = 4
"""Digits that a number behind STOP has at least ("STOP 36111"); "stop 7" is a bus stop."""

MOST_CHARACTERS: Final = 100
"""A longer reply is a letter, not a keyword."""


def plain(text: str) -> str:
    """Words only: no case, accents, punctuation; one space between them."""
    folded = unicodedata.normalize("NFKD", text).casefold().replace("ı", "i")
    apart = unicodedata.normalize("NFKD", folded)
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", bare))


def _words(listed: str) -> frozenset[str]:
    return frozenset(plain(each) for each in listed.split(","))


def _by_language(table: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {language: _words(listed) for language, listed in table.items()}


LANGUAGES: Final = frozenset(STRONG) | frozenset(WEAK) | frozenset(START) | frozenset(HELP)
_STRONG, _WEAK = _by_language(STRONG), _by_language(WEAK)
_START, _HELP = _by_language(START), _by_language(HELP)
_COURTESY, _ABOUT = _words(COURTESY), _words(ABOUT)


def read_intent(text: str, languages: Collection[str] = LANGUAGES) -> Intent | None:
    """What the reply asks for; None for anything a person should read.

    `languages` are those of the table (ISO 639-1); English always counts, since carriers
    want it everywhere, and an unknown one changes nothing. Never raises.
    """
    if len(text) > MOST_CHARACTERS:
        return None
    spoken = {"en", *languages}
    words = _without_repeats(plain(text).split())
    core = " ".join(_cut_end(_cut_start(words), _COURTESY))
    if _has(_STRONG, core, spoken) or _has(_WEAK, core, spoken):
        return Intent.STOP
    behind = _cut_end(_cut_start(words), _COURTESY | _ABOUT, numbers=True)
    if _has(_STRONG, " ".join(_without_repeats(behind)), spoken):
        return Intent.STOP
    if _has(_START, core, spoken):
        return Intent.START
    return Intent.HELP if _has(_HELP, core, spoken) else None


def _has(table: Mapping[str, frozenset[str]], core: str, languages: Collection[str]) -> bool:
    return any(core in words for language, words in table.items() if language in languages)


def _without_repeats(words: list[str]) -> list[str]:
    """STOP STOP STOP is one STOP."""
    return [word for at, word in enumerate(words) if at == 0 or word != words[at - 1]]


def _cut_start(words: list[str]) -> list[str]:
    """Without courtesy in front. A phrase has at most four words."""
    for count in range(1, min(4, len(words)) + 1):
        if " ".join(words[:count]) in _COURTESY:
            return _cut_start(words[count:])
    return words


def _cut_end(words: list[str], known: Collection[str], *, numbers: bool = False) -> list[str]:
    """Without the known words behind, and with `numbers` without those of a short code."""
    if numbers and words and words[-1].isdecimal() and len(words[-1]) >= SHORT_CODE:
        return _cut_end(words[:-1], known, numbers=True)
    for count in range(1, min(4, len(words)) + 1):
        if " ".join(words[-count:]) in known:
            return _cut_end(words[:-count], known, numbers=numbers)
    return words
