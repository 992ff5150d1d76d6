"""All that follows from one record, counted until the last of it is done."""

from collections.abc import Callable


class Parts:
    """`finished` is called once: when all parts are done and no further will be added.

    Built open; call `close` after the last `add`. So a record from which nothing follows
    is finished by `close` itself.
    """

    __slots__ = ("_finished", "_open")

    def __init__(self, finished: Callable[[], object]) -> None:
        self._finished = finished
        self._open = 1

    def add(self) -> Callable[..., None]:
        """One more part; call what is returned when it is done."""
        self._open += 1
        return self.close

    def close(self, *_: object) -> None:
        """The part that was given out, or the building itself, is done."""
        self._open -= 1
        if self._open == 0:
            self._finished()
