"""What is said of a name in the settings that nobody knows: the nearest, or all there are."""

from collections.abc import Iterable
from difflib import get_close_matches


def meant(name: str, known: Iterable[str], least: float = 0.6) -> str:
    """`; did you mean window?`, or `; known are …`. `least`: how alike the nearest must be,
    from 0 to 1; more, where the names are alike among themselves.
    """
    words = {one.strip("[]"): one for one in known}
    if close := get_close_matches(name, words, n=1, cutoff=least):
        return f"; did you mean {words[close[0]]}?"
    return f"; known are {', '.join(words.values())}"
