"""Which locale's text a person gets.

Rules: a wish is tidied, never refused (`fr_FR`, `FR-fr` and `fr-FR` are one); a region
falls back to its language before anything else; the default ends every chain.
"""

from collections.abc import Mapping
from functools import lru_cache

LONGEST_TAG = 35
"""Characters of a wished locale that are looked at (RFC 5646, section 4.4.1)."""


@lru_cache(maxsize=1024)
def normal(locale: str) -> str:
    """`fr_fr`, `FR-FR`, `fr_FR.UTF-8` as `fr-FR` (RFC 5646, section 2.1.1)."""
    # Tags are ASCII; anything else would change its length with its case.
    ascii_only = locale.encode("ascii", "ignore").decode()
    tag = ascii_only.partition(".")[0].partition("@")[0].strip()
    language, *rest = tag.replace("_", "-").split("-")
    return "-".join([language.lower(), *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    return part.title() if len(part) == 4 else part.upper()


def chain(
    wished: str | None, fallbacks: Mapping[str, tuple[str, ...]], default: str | None
) -> list[str]:
    """Every locale to try, best first: the wish, its parents, their fallbacks and so on."""
    tried: list[str] = []
    waiting = [normal(wished[:LONGEST_TAG])] if wished else []
    while waiting:
        locale = waiting.pop(0)
        while locale and locale not in tried:
            tried.append(locale)
            waiting.extend(fallbacks.get(locale, ()))
            locale = locale.rpartition("-")[0]
    return [*tried, default] if default else tried
