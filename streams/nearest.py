"""Which word is meant by one that nobody knows: for every "did you mean".

Rules: one answer or none, since who reads it has one thing to mend; what is said around it is
the caller's. It imports little, since commands ask it before they load anything.
"""

from collections.abc import Iterable
from difflib import get_close_matches

ALIKE = 0.6
"""From 0 to 1, as difflib's ratio."""


def nearest(word: str, words: Iterable[str], least: float = ALIKE) -> str | None:
    """The one of `words` that is most like `word`; None where none is alike by `least`."""
    return next(iter(get_close_matches(word, list(words), n=1, cutoff=least)), None)
