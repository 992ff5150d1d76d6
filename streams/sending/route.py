"""Which SMSCs a message may go to, in order of preference: by number, lane and sender.

Rules: of the routes whose lane and sender fit, the longest prefix wins; of equally long
ones, the first in the file. Without routes every SMSC serves everything, in order. A route
that could never be chosen is an error, and so is an SMSC that nobody knows.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from schemas.lane import LANES, Lane

_Class = tuple[Lane, str | None]
"""A lane and a sender; None is any sender that no route names."""

KEYS: Final = ("to", "prefix", "lane", "sender")
MOST_PREFIX: Final = 15
"""Digits of an E.164 number."""


@dataclass(frozen=True, slots=True)
class Route:
    """One `[[route]]`: SMSCs by name. Empty `lanes` or `senders`: any; prefix "": any number."""

    to: tuple[str, ...]
    prefixes: tuple[str, ...] = ("",)
    lanes: tuple[Lane, ...] = ()
    senders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Table:
    """For one class: prefix → SMSCs, and the lengths of prefixes, longest first."""

    by_prefix: dict[str, tuple[str, ...]]
    lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """`names`: all SMSCs. Raises ValueError that names the route (counted from 1) and why."""

    names: tuple[str, ...] = ()
    routes: tuple[Route, ...] = ()
    _tables: dict[_Class, _Table] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _refuse_unknown(self.names, self.routes)
        object.__setattr__(self, "_tables", _tables(self.names, self.routes))

    @classmethod
    def parse(cls, tables: object, names: Iterable[str]) -> "Routes":
        """From `[[route]]` tables as TOML gives them. Raises ValueError as above."""
        if not isinstance(tables, list) or not all(isinstance(each, dict) for each in tables):
            raise ValueError("route must be [[route]] tables")
        routes = tuple(_route(number, table) for number, table in enumerate(tables, start=1))
        return cls(tuple(names), routes)

    def candidates(self, phone: str, lane: Lane, sender: str) -> tuple[str, ...]:
        """Names, the preferred first; empty where no route takes the message.

        `phone` is E.164 with "+". A few look-ups in a dict, whatever the number of routes.
        """
        table = self._tables.get((lane, sender)) or self._tables[lane, None]
        for length in table.lengths:
            found = table.by_prefix.get(phone[:length])
            if found is not None:
                return found
        return ()


def _refuse_unknown(names: Sequence[str], routes: Sequence[Route]) -> None:
    for number, route in enumerate(routes, start=1):
        for name in route.to:
            if name not in names:
                known = ", ".join(names) or "none"
                raise ValueError(f"[[route]] {number} to: {name!r} is no SMSC; known are {known}")


def _tables(names: tuple[str, ...], routes: tuple[Route, ...]) -> dict[_Class, _Table]:
    """Each class has every prefix that holds for it."""
    senders = (None, *dict.fromkeys(sender for route in routes for sender in route.senders))
    taken: dict[_Class, dict[str, tuple[int, Route]]] = {
        each: {} for each in product(LANES, senders)
    }
    for number, route in enumerate(routes or (Route(names),), start=1):
        classes = list(product(route.lanes or LANES, route.senders or senders))
        for prefix in route.prefixes:
            before = [taken[each][prefix][0] for each in classes if prefix in taken[each]]
            if len(before) == len(classes):
                raise ValueError(_unreachable(number, prefix, before))
            for each in classes:
                taken[each].setdefault(prefix, (number, route))
    return {each: _table(rows) for each, rows in taken.items()}


def _unreachable(number: int, prefix: str, before: list[int]) -> str:
    what = f"numbers with {prefix}" if prefix else "numbers without a longer prefix"
    earlier = " and ".join(str(each) for each in sorted(set(before)))
    return (
        f"[[route]] {number} is never used for {what}: [[route]] {earlier} takes them all; "
        "remove one, or put the narrower one first"
    )


def _table(rows: Mapping[str, tuple[int, Route]]) -> _Table:
    lengths = sorted({len(prefix) for prefix in rows}, reverse=True)
    return _Table({prefix: route.to for prefix, (_, route) in rows.items()}, tuple(lengths))


def _route(number: int, table: Mapping[str, object]) -> Route:
    where = f"[[route]] {number}"
    for key in table:
        if key not in KEYS:
            raise ValueError(f"{where} has an unknown key {key!r}; known are {', '.join(KEYS)}")
    if "to" not in table:
        raise ValueError(f'{where} to is missing; it takes names of [[smsc]], as ["a", "b"]')
    prefixes = _several(f"{where} prefix", table.get("prefix", ""))
    for prefix in prefixes:
        if prefix and not _is_prefix(prefix):
            raise ValueError(f'{where} prefix: takes "+" and up to 15 digits, got {prefix!r}')
    lanes = _several(f"{where} lane", table["lane"]) if "lane" in table else ()
    for lane in lanes:
        if lane not in LANES:
            raise ValueError(f"{where} lane: takes {', '.join(LANES)}, got {lane!r}")
    senders = _several(f"{where} sender", table["sender"]) if "sender" in table else ()
    to = _several(f"{where} to", table["to"])
    if "" in (*to, *senders) or ("prefix" in table and "" in prefixes):
        raise ValueError(f'{where}: a text is empty; leave the key out for "any"')
    return Route(to, prefixes, tuple(map(Lane, lanes)), senders)


def _several(where: str, value: object) -> tuple[str, ...]:
    """One text, or a list of texts without doubles."""
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise ValueError(f"{where}: takes a text, or a list of texts, got {value!r}")
    if len(set(texts)) != len(texts):
        raise ValueError(f"{where}: a text is there twice")
    return tuple(texts)


def _is_prefix(text: str) -> bool:
    digits = text[1:]
    return text[:1] == "+" and digits.isascii() and digits.isdigit() and len(digits) <= MOST_PREFIX
