"""Texts for counters of segments: `python -m tests.vectors.texts` prints them as JSON, one a line.

Rules: the same texts everywhere, so all chance is `Random.random()`, whose sequence Python
keeps; every limit of TS 23.040 (9.2.3.24.1) has texts below, on and above it; no text is
longer than our limit, none holds half of a surrogate pair, none is there twice.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from random import Random

LIMIT = 1000
"""Characters, after NFC: what our encoder takes."""
GSM_LIMITS = (160, 153, 306, 459)
UCS2_LIMITS = (70, 67, 134, 201)

WORDS = "Your parcel is at the door, code 4821. Thanks & see you @ 6:30 (#5, 50%)!"
EXTENSION = "^{}\\[~]|€\f"
BREAKS = ("\r\n", "\n", "\r", "\f", "\r\n\r\n", "a", "b ")
IN_GSM = "éèàùÇ§ñøåäöüß¿¡ÆæÅÉÄÖÜÑØìòΔΦΓΛΩΠΨΣΘΞ¤¥£_$"
NOT_GSM = "çêôâîûœÀÈÊ«»’…–\u00a0\t`ëïÿáíóúőšžłΑω"
DECOMPOSED_GSM = ("e\u0301", "e\u0300", "a\u0300", "n\u0303", "o\u0308", "A\u030a", "C\u0327",
                  "\u212b", "\u2126", "\u037e")  # fmt: skip
DECOMPOSED = ("c\u0327", "E\u0302", "q\u0323\u0307", "e\u0301", "\u0344")
EMOJI = "😀🎉🚚📦💶🙂🔑"
FAMILY = "👨\u200d👩\u200d👧\u200d👦"
JOINED = (FAMILY, "👩\u200d❤\ufe0f\u200d💋\u200d👨", "🏳\ufe0f\u200d🌈", "👩\u200d🎓", "👍🏽",
          "1\ufe0f\u20e3", "☎\ufe0f")  # fmt: skip
FLAGS = ("🇫🇷", "🇩🇪", "🇧🇷", "🇯🇵")
MARKS = ("x\u0323", "q\u0307\u0323", "m\u20dd", "z\u0301\u0330\u0308", "A\u0332")
CJK = "包裹已到门口验证码你的订单価格は円です한국어소포"
ARABIC = ("رمز", "الدخول", " ", "مَ", "لًّ", "؟", "٤٨٢١")
INDIC = ("कि", "ष्ट्र", "न", "को", "ड", " ", "ได้", "รับ", "พัส")
JAMO = ("\u1112\u1161\u11ab", "\u1112\u1161\u11ab\u11ab", "\u1100\u1100\u1161", "\u1100")
ASTRAL = "𝒜𝔟𐌰𐍈𠮷𡨸"

Pools = tuple[Sequence[str], ...]
"""Each pool is drawn from as often as its neighbours."""
GSM_MIXES: tuple[Pools, ...] = (
    (WORDS,),
    (WORDS, IN_GSM),
    (WORDS, EXTENSION),
    (EXTENSION,),
    (WORDS, BREAKS),
    (WORDS, WORDS, DECOMPOSED_GSM, EXTENSION),
    (WORDS, IN_GSM, EXTENSION, BREAKS),
)
UCS2_MIXES: tuple[Pools, ...] = (
    (WORDS, WORDS, WORDS, IN_GSM, NOT_GSM),
    (WORDS, EXTENSION, EXTENSION, NOT_GSM),
    (WORDS, BREAKS, NOT_GSM),
    (WORDS, WORDS, DECOMPOSED),
    (WORDS, WORDS, EMOJI),
    (EMOJI,),
    (WORDS, WORDS, JOINED),
    (WORDS, WORDS, FLAGS),
    (WORDS, WORDS, MARKS),
    (CJK,),
    (CJK, WORDS, EMOJI),
    (ARABIC,),
    (INDIC,),
    (WORDS, JAMO),
    (WORDS, ASTRAL),
    (WORDS, WORDS, IN_GSM, EXTENSION, NOT_GSM, DECOMPOSED, EMOJI, JOINED, FLAGS, MARKS),
)


def texts() -> list[str]:
    """All of them, in order, each once."""
    rng = Random("segments")
    found = [*by_hand(), *single(), *on_the_limits(), *pairs_on_the_limits(), *clusters()]
    for mixes, limits in ((GSM_MIXES, GSM_LIMITS), (UCS2_MIXES, UCS2_LIMITS)):
        for pools in mixes:
            found += mixed(rng, pools, limits)
    return list(dict.fromkeys(found))


def by_hand() -> Iterator[str]:
    yield from ("", "\r\n", "\f", "`", "§", "a`b", "a§b", "\x1b", "[€]", "Ça va ?", "ça va ?")
    yield from ("a" * 152 + "{" + "b" * n for n in (152, 153, 154))
    yield from (char * LIMIT for char in ("a", "{", "ç", "e\u0301", "😀"))


def single() -> Iterator[str]:
    """One character each: ASCII, Latin, Greek, punctuation, currency, letter-like."""
    for first, last in ((0, 0x17F), (0x370, 0x3FF), (0x2000, 0x206F), (0x20A0, 0x214F)):
        yield from map(chr, range(first, last + 1))


def on_the_limits() -> Iterator[str]:
    """Up to two units to each side of each limit, of characters of one unit."""
    for limits, start in ((GSM_LIMITS, "a"), (GSM_LIMITS, "§"), (UCS2_LIMITS, "ç")):
        for limit in (*limits, 2 * limits[2]):
            yield from (start + "a" * (limit + by - 1) for by in range(-2, 3))


def pairs_on_the_limits() -> Iterator[str]:
    """A pair before, on and after each limit, with nothing, little or much behind it."""
    for limits, start, pairs in (
        (GSM_LIMITS, "a", ("{", "€", "\f", "\r\n", "e\u0301")),
        (UCS2_LIMITS, "ç", ("😀", "{", "\r\n", "x\u0323", "🇫🇷", "e\u0301")),
    ):
        for pair in pairs:
            for before in (limit - by for limit in limits for by in range(4)):
                head = start + "a" * (before - 1) + pair
                yield from (head + "b" * behind for behind in (0, 1, limits[1] - 1))
    for filler, pair, times in (("a" * 152, "{", 6), ("ç" + "a" * 65, "😀", 8)):
        yield from ((filler + pair) * n for n in range(2, times + 1))  # a unit lost at each cut


def clusters() -> Iterator[str]:
    """What a reader sees as one character, up to a segment long and longer."""
    for length in (20, 66, 67, 68, 70, 71, 134, 135, 200):
        for before in (0, 1, 60):
            yield from ("a" * before + cluster(length) + "b" * n for n in (0, 1, 60))
    for lengths in ((60, 10, 65), (50, 20, 60), (62, 8, 67), (66, 4, 64)):
        yield "".join(map(cluster, lengths))
    for before in range(46, 68):
        yield from ("a" * before + it + "b" * n for it in (FAMILY, "👍🏽") for n in (20, 60))


def cluster(length: int) -> str:
    """A letter with dots below: no composed form, so NFC leaves it as it is."""
    return "x" + "\u0323" * (length - 1)


def mixed(rng: Random, pools: Pools, limits: tuple[int, ...]) -> Iterator[str]:
    """On the limits, anywhere below them, and one of a thousand characters."""
    for limit in limits:
        yield from (grown(rng, pools, limit + by) for by in range(-2, 3))
    yield from (grown(rng, pools, 1 + int(rng.random() * limits[-1])) for _ in range(15))
    yield grown(rng, pools, 2 * LIMIT)[:LIMIT]


def grown(rng: Random, pools: Pools, units: int) -> str:
    """Of about so many UTF-16 units, or septets."""
    text, size = "", 0
    while size < units:
        pool = pools[int(rng.random() * len(pools))]
        item = pool[int(rng.random() * len(pool))]
        text += item
        size += 2 if item in EXTENSION else len(item.encode("utf-16-be")) // 2
    return text


if __name__ == "__main__":
    sys.stdout.writelines(json.dumps(text) + "\n" for text in texts())
