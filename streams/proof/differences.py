"""How an expected text and the one that came differ, in words.

Rule: what the eye can't see (a no-break space, a lookalike) is said by its code point.
"""

from itertools import zip_longest

from streams.text.measure import named


def difference(expected: str, got: str, *, refused: bool) -> str:
    """`refused`: a refusal was expected, so `expected` is no text."""
    came_refused = got.startswith("refused: ")
    wanted = expected if refused else f'"{expected}"'
    came = got if came_refused else f'"{got}"'
    said = f"expected {wanted}, got {came}"
    return said if refused or came_refused else f"{said}; {_parting(expected, got)}"


def _parting(expected: str, got: str) -> str:
    pairs = enumerate(zip_longest(expected, got), start=1)
    at, (wanted, came) = next(pair for pair in pairs if pair[1][0] != pair[1][1])
    if wanted is None:
        return f"it goes on after character {at - 1}"
    if came is None:
        return f"it ends after character {at - 1}"
    plain = wanted.isascii() and came.isascii()
    words = "" if plain else f" ({named(wanted)} expected, got {named(came)})"
    return f"they part at character {at}{words}"
