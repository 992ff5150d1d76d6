"""Texts that must arrive as written: each a place where gateways cut, count or map wrongly."""

from streams.text.gsm import BASIC, EXTENSION

FAMILY = "👨‍👩‍👧‍👦"
EVERY_GSM = BASIC.replace("\x1b", "") + "".join(EXTENSION.values())

ARRIVING: list[tuple[str, str, str]] = [
    # encoding, text, why
    ("gsm7", "Hello @ you: €5 [£4] é", "@ is octet 0, nothing may be NUL-terminated"),
    ("gsm7", EVERY_GSM, "every character of the alphabet and its extension"),
    ("gsm7", "a" * 160, "the longest that is one segment"),
    ("gsm7", "a" * 161, "the shortest that is two"),
    ("gsm7", "a" * 152 + "{" + "b" * 152, "an escape pair at the first cut"),
    ("gsm7", "€" * 153, "nothing but pairs"),
    ("gsm7", "Z" * 1000, "the longest text there is"),
    ("ucs2", "It’s “here” – ç", "what keyboards put into a plain text"),
    ("ucs2", "ç" * 70, "the longest that is one segment"),
    ("ucs2", "ç" * 71, "the shortest that is two"),
    ("ucs2", "ç" * 66 + "😀" + "b" * 66, "a surrogate pair at the first cut"),
    ("ucs2", "ç" * 60 + FAMILY + "b" * 40, "a family at the first cut"),
    ("ucs2", "😀" * 1000, "the longest text, in 30 segments"),
    ("ucs2", "وصل طردك. " * 20 + "٣٥٠", "Arabic"),
    ("ucs2", "您的包裹已到达。" * 20, "Chinese"),
    ("ucs2", "e\u0323\u0302x\u0302 `tick` \t", "marks that NFC orders, a backtick, a tab"),
]
