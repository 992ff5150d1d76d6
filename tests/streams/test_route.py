"""Which SMSCs, in which order; and every route that could never be chosen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lane import LANES, Lane
from streams.sending.route import Route, Routes

NAMES = ("a", "b", "c")
U, N, B = LANES


def routes(*tables: dict[str, object]) -> Routes:
    return Routes.parse(list(tables), NAMES)


CHOSEN: list[tuple[str, list[dict[str, object]], tuple[str, Lane, str], tuple[str, ...]]] = [
    ("without routes: all, in order", [], ("+33612345678", U, "x"), ("a", "b", "c")),
    ("one text is a list of one", [{"to": "b"}], ("+33612345678", U, "x"), ("b",)),
    (
        "failover is the order of `to`",
        [{"to": ["c", "a"]}],
        ("+33612345678", B, "x"),
        ("c", "a"),
    ),
    (
        "the longest prefix wins, wherever it stands",
        [{"to": "a"}, {"to": "b", "prefix": "+33"}, {"to": "c", "prefix": "+336"}],
        ("+33612345678", N, "x"),
        ("c",),
    ),
    (
        "several prefixes",
        [{"to": "a"}, {"to": "b", "prefix": ["+44", "+336"]}],
        ("+33612345678", N, "x"),
        ("b",),
    ),
    (
        "a prefix is no part of another number",
        [{"to": "a"}, {"to": "b", "prefix": "+336"}],
        ("+37612345678", N, "x"),
        ("a",),
    ),
    (
        "a lane that does not fit leaves it to a shorter prefix",
        [{"to": "a"}, {"to": "b", "prefix": "+336", "lane": "urgent"}],
        ("+33612345678", B, "x"),
        ("a",),
    ),
    (
        "several lanes",
        [{"to": "b", "lane": ["normal", "bulk"]}, {"to": "a"}],
        ("+33612345678", B, "x"),
        ("b",),
    ),
    (
        "of equal prefixes the first in the file",
        [{"to": "b", "sender": "Chappe"}, {"to": "c", "lane": "bulk"}, {"to": "a"}],
        ("+33612345678", B, "Chappe"),
        ("b",),
    ),
    (
        "a sender that no route names",
        [{"to": "b", "sender": "Chappe"}, {"to": "c", "lane": "bulk"}, {"to": "a"}],
        ("+33612345678", B, "Other"),
        ("c",),
    ),
    (
        "no route takes it",
        [{"to": "b", "prefix": "+33"}],
        ("+447700900123", N, "x"),
        (),
    ),
    (
        "a number as long as the prefix",
        [{"to": "b", "prefix": "+33612345678"}, {"to": "a"}],
        ("+33612345678", N, "x"),
        ("b",),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "tables", "message", "names"), CHOSEN)
def test_candidates(
    why: str,
    tables: list[dict[str, object]],
    message: tuple[str, Lane, str],
    names: tuple[str, ...],
) -> None:
    assert routes(*tables).candidates(*message) == names


WRONG: list[tuple[str, object, str]] = [
    ("no tables", {"to": "a"}, r"\[\[route\]\] tables"),
    ("a list of texts", ["a"], r"\[\[route\]\] tables"),
    ("nowhere to", [{"prefix": "+33"}], r"\[\[route\]\] 1 to is missing"),
    ("an empty list", [{"to": []}], "1 to: takes a text"),
    ("an empty name", [{"to": ""}], "a text is empty"),
    ("twice the same", [{"to": ["a", "a"]}], "there twice"),
    ("nobody knows it", [{"to": "a"}, {"to": ["b", "x"]}], "2 to: 'x' is no SMSC; known are a"),
    ("misspelt", [{"to": "a", "prefixes": "+33"}], "unknown key 'prefixes'; known are to, prefix"),
    ("no plus", [{"to": "a", "prefix": "33"}], "prefix: takes"),
    ("other digits", [{"to": "a", "prefix": "+٣٣"}], "prefix: takes"),
    ("longer than any number", [{"to": "a", "prefix": "+" + "3" * 16}], "prefix: takes"),
    ("an empty prefix", [{"to": "a", "prefix": ""}], "leave the key out"),
    ("a number is no text", [{"to": "a", "prefix": 33}], "takes a text, or a list"),
    ("no lane", [{"to": "a", "lane": "fast"}], "lane: takes urgent, normal, bulk, got 'fast'"),
    ("an empty sender", [{"to": "a", "sender": ""}], "a text is empty"),
    ("a duplicate", [{"to": "a"}, {"to": "b"}], r"2 is never used for numbers without.*1 takes"),
    (
        "a duplicate among several prefixes",
        [{"to": "a", "prefix": "+33"}, {"to": "b", "prefix": ["+44", "+33"]}],
        r"2 is never used for numbers with \+33",
    ),
    (
        "a narrower one behind a wider one",
        [{"to": "a", "prefix": "+33"}, {"to": "b", "prefix": "+33", "sender": "x", "lane": "bulk"}],
        "put the narrower one first",
    ),
    (
        "three lanes are all lanes",
        [{"to": "a", "lane": "urgent"}, {"to": "b", "lane": ["normal", "bulk"]}, {"to": "c"}],
        "3 is never used.*1 and 2 takes",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("why", "tables", "says"), WRONG)
def test_wrong_routes(why: str, tables: object, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Routes.parse(tables, NAMES)


PREFIXES = st.sampled_from(["", "+3", "+33", "+336", "+3361", "+4", "+44"])
ROUTES = st.lists(
    st.builds(
        Route,
        to=st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True).map(tuple),
        prefixes=st.lists(PREFIXES, min_size=1, max_size=3, unique=True).map(tuple),
        lanes=st.lists(st.sampled_from(LANES), max_size=2, unique=True).map(tuple),
        senders=st.lists(st.sampled_from(["x", "y"]), max_size=2, unique=True).map(tuple),
    ),
    max_size=8,
)
MESSAGES = st.tuples(
    st.sampled_from(["+33612345678", "+33712345678", "+447700900123", "+15550100"]),
    st.sampled_from(LANES),
    st.sampled_from(["x", "y", "z"]),
)


def by_hand(given_routes: list[Route], phone: str, lane: Lane, sender: str) -> tuple[str, ...]:
    """The rule as the docs say it, slowly."""
    fitting = [
        (len(prefix), -number, route.to)
        for number, route in enumerate(given_routes)
        for prefix in route.prefixes
        if phone.startswith(prefix)
        and (not route.lanes or lane in route.lanes)
        and (not route.senders or sender in route.senders)
    ]
    return max(fitting)[2] if fitting else ()


@given(ROUTES, st.lists(MESSAGES, min_size=1))
def test_the_tables_say_what_the_rule_says(
    given_routes: list[Route], messages: list[tuple[str, Lane, str]]
) -> None:
    kept: list[Route] = []
    for route in given_routes:
        try:
            Routes(NAMES, (*kept, route))
        except ValueError:
            continue  # never used, for a prefix at least
        kept.append(route)
    chosen = Routes(NAMES, tuple(kept))
    for message in messages:
        assert chosen.candidates(*message) == (by_hand(kept, *message) if kept else NAMES)


def test_many_routes_cost_a_message_no_more() -> None:
    """A look-up for each length of prefix that there is, not one for each route."""
    many: list[dict[str, object]] = [
        {"to": "a", "prefix": f"+{number}"} for number in range(100_000, 110_000)
    ]
    chosen = routes({"to": "b"}, *many)
    assert chosen._tables[N, None].lengths == (7, 0)
    assert chosen.candidates("+10500012345", N, "x") == ("a",)
    assert chosen.candidates("+33612345678", N, "x") == ("b",)
