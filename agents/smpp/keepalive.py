"""Is anybody there? When to ask, and when to stop believing it. Time is passed in.

Rule: whatever is heard counts as life, not only the answer to the question: a busy SMSC
may answer enquire_link late, behind its other answers.
"""


class KeepAlive:
    """`idle_s` of silence before asking, `patience_s` of silence after it."""

    __slots__ = ("_asked", "_idle_s", "_patience_s", "due")

    def __init__(self, idle_s: float, patience_s: float) -> None:
        self._idle_s = idle_s
        self._patience_s = patience_s
        self._asked = False
        self.due = 0.0

    def heard(self, now: float) -> None:
        """A PDU came."""
        self._asked = False
        self.due = now + self._idle_s

    def ask(self, now: float) -> bool:
        """To be called when `due`. True: send enquire_link; False: nobody is there."""
        if self._asked:
            return False
        self._asked = True
        self.due = now + self._patience_s
        return True
