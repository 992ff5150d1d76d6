"""Python's garbage collector, told to look rarely: for work that makes many objects at once."""

import gc


def rare_collections() -> None:
    """What is imported stays: it need not be looked through at each collection."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
