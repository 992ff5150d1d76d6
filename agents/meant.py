"""What is said of a name in the settings that nobody knows: the nearest, or all there are."""

from collections.abc import Iterable

from streams.nearest import ALIKE, nearest


def meant(name: str, known: Iterable[str], least: float = ALIKE) -> str:
    """`; did you mean window?`, or `; known are …`. `least`: how alike the nearest must be,
    from 0 to 1; more, where the names are alike among themselves.
    """
    words = {one.strip("[]"): one for one in known}
    if close := nearest(name, words, least):
        return f"; did you mean {words[close]}?"
    return f"; known are {', '.join(words.values())}"
