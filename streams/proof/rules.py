"""The rules that a catalog is checked against, beyond that it loads.

There are two levels of faults. Those of loading (`streams.catalog`) say that a file is not
what a catalog is made of, and they stop the engine too. Those here are seen by rendering:
the engine would run with them, and people would get what nobody meant to send.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from streams.catalog.shape import DefaultsShape
from streams.proof import declared, worded
from streams.proof.outcomes import Found, Proof

Rule = Callable[[Proof, DefaultsShape], Iterator[Found]]
CatalogRule = Callable[[Sequence[Proof], DefaultsShape], Iterator[Found]]

LOADS = "loads"
"""Of a fault of the first level."""
RULES: Mapping[str, Rule] = {
    "test-differs": declared.differing_test,
    "no-test": declared.no_test,
    "unused-variable": declared.unused_variable,
    "unused-text": declared.unused_text,
    "no-fallback": declared.no_fallback,
    "secret-lookup": declared.secret_lookup,
    "not-rendered": worded.not_rendered,
    "too-long": worded.too_long,
    "unseen-branch": worded.unseen_branch,
    "over-segments": worded.over_segments,
    "over-encoding": worded.over_encoding,
    "no-opt-out": worded.no_opt_out,
    "asks-reply": worded.asks_reply,
}
"""Of one template."""
CATALOG_RULES: Mapping[str, CatalogRule] = {
    "mixed-lanes": declared.mixed_lanes,
    "no-default-locale": declared.no_default_locale,
}
"""Of all templates together."""


def judge(proofs: Sequence[Proof], defaults: DefaultsShape) -> Iterator[Found]:
    """Every fault that rendering shows, with the name of its rule."""
    for name, rule in RULES.items():
        for proof in proofs:
            yield from (found._replace(rule=name) for found in rule(proof, defaults))
    for name, catalog_rule in CATALOG_RULES.items():
        yield from (found._replace(rule=name) for found in catalog_rule(proofs, defaults))
