"""A carrier's own verdicts, as people write them in `[smsc.verdicts]`.

Rules: `parse(words(v)) == v` for whatever `parse` gives; what can't be understood, or would
hammer the SMSC, is an error that says what is taken.

    0x0400 = "retry 60s 2"                      two more tries, a minute apart
    0x0401 = "retry 60s-180s 5 elsewhere full"  five, further and further apart
    0x0402 = "failed alert"
    0x0403 = "slow"                             also: rebind, stop, sent, elsewhere 120s 5
"""

import re
from collections.abc import Mapping
from typing import Final

from streams.sending.verdict import FAILED, MANY, REBIND, SENT, SLOW, STOP, Then, Verdict, Verdicts

SHORT: Final[Mapping[str, Verdict]] = {
    "sent": SENT,
    "failed": FAILED,
    "slow": SLOW,
    "rebind": REBIND,
    "stop": STOP,
}
"""Verdicts that are one word."""

FLAGS: Final = ("elsewhere", "full", "breaker", "alert")
"""What may stand behind, in any order; behind `failed` only `alert`."""

MOST_S: Final = 86_400.0
MOST_RETRIES: Final = 100
TAKES: Final = (
    'takes "sent", "failed", "slow", "rebind", "stop", "retry 60s 2" or "elsewhere 120s 5" '
    f"(a wait from 1s to {MOST_S:g}s, as 60s, 2m or 60s-180s, and retries up to {MOST_RETRIES}, "
    f"or none: until the deadline), and behind it {', '.join(FLAGS)}"
)

_STATUS: Final = re.compile(r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}")
_WAIT: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)(s|m|h)")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600}


def parse_verdicts(table: Mapping[str, object]) -> Verdicts:
    """Raises ValueError that names the command_status and says what is taken."""
    own: dict[int, Verdict] = {}
    for key, text in table.items():
        status = _status(key)
        if status in own:
            raise ValueError(f"{key}: 0x{status:08X} is there twice")
        try:
            if not isinstance(text, str):
                raise ValueError(f"{TAKES}, got {text!r}")
            own[status] = parse(text)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    return Verdicts(own)


def parse(text: str) -> Verdict:
    """One verdict. Raises ValueError that says what is taken."""
    verb, *rest = text.split() or [""]
    if verb in ("retry", "elsewhere"):
        return _retry(text, rest, {"elsewhere"} if verb == "elsewhere" else set())
    if verb in SHORT:
        flags = _flags(text, rest, ("alert",) if verb == "failed" else ())
        return Verdict(Then.FAILED, alert=True) if flags else SHORT[verb]
    raise ValueError(f"{TAKES}, got {text!r}")


def words(verdict: Verdict) -> str:
    """The text that `parse` reads as `verdict`."""
    for text, known in SHORT.items():
        if known == verdict:
            return text
    if verdict.then is Then.FAILED:
        return "failed alert"
    wait = _seconds(verdict.delay_s)
    if verdict.most_s:
        wait += f"-{_seconds(verdict.most_s)}"
    retries = [] if verdict.retries == MANY else [str(verdict.retries)]
    return " ".join(["retry", wait, *retries, *(f for f in FLAGS if getattr(verdict, f))])


def _status(key: str) -> int:
    if not _STATUS.fullmatch(key):
        raise ValueError(f"{key!r} is no command_status, such as 0x0400")
    status = int(key, 16 if key[:2] in ("0x", "0X") else 10)
    if not 0 < status <= 0xFFFFFFFF:
        raise ValueError(f"{key}: takes a command_status from 0x01 to 0xFFFFFFFF (0 is sent)")
    return status


def _retry(text: str, rest: list[str], flags: set[str]) -> Verdict:
    if not rest or not rest[0][0].isdigit():
        raise ValueError(f"{text!r} says no wait; {TAKES}")
    least, most = _wait(text, rest.pop(0))
    retries = MANY
    if rest and rest[0].isascii() and rest[0].isdigit():
        retries = int(rest.pop(0)[:9])
        if not 1 <= retries <= MOST_RETRIES:
            raise ValueError(f"{text!r}: retries are from 1 to {MOST_RETRIES}")
    if most and retries == MANY:
        raise ValueError(f"{text!r}: a wait that grows needs a number of retries")
    chosen = flags | _flags(text, rest, FLAGS)
    return Verdict(
        Then.RETRY, delay_s=least, most_s=most, retries=retries, **dict.fromkeys(chosen, True)
    )


def _flags(text: str, rest: list[str], known: tuple[str, ...]) -> set[str]:
    for word in rest:
        if word not in known or rest.count(word) > 1:
            raise ValueError(f"{text!r}: {word!r} is not understood there; {TAKES}")
    return set(rest)


def _wait(text: str, word: str) -> tuple[float, float]:
    """Least and most seconds; most is 0 where it does not grow."""
    found = [_WAIT.fullmatch(each) for each in word.split("-")]
    seconds = [float(each[1]) * _UNITS[each[2]] for each in found if each]
    if len(seconds) != len(found) or not all(1 <= each <= MOST_S for each in seconds):
        raise ValueError(f"{text!r}: {word!r} is no wait; {TAKES}")
    if len(seconds) == 1:
        return seconds[0], 0.0
    if len(seconds) > 2 or seconds[0] >= seconds[1]:
        raise ValueError(f"{text!r}: {word!r} is no wait that grows, as 60s-180s")
    return seconds[0], seconds[1]


def _seconds(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".") + "s"
