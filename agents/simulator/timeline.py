"""When the steps of a rehearsal are due.

Rules: no clock, `now` is an argument, in seconds since the start; what is due is given
once, in the order of its time, then of the file; a repeated step that was missed several
times is given once, since nobody rehearses a burst of cuts.
"""

from collections.abc import Sequence
from typing import Annotated, Self

from pydantic import Field, model_validator

from agents.simulator.actions import Actions
from agents.simulator.values import Count, Seconds, Shape, wrong


class Repeat(Shape):
    """A step is done again and again."""

    every: Annotated[Seconds, Field(gt=0)]
    """From one time to the next."""
    times: Count | None = None
    """How often in all; without it, until the end."""


class Step(Actions):
    """What is done at one time."""

    at: Seconds
    """Since the simulator began to listen."""
    repeat: Repeat | None = None
    """Do it again."""

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        if not self.given():
            raise wrong(f"nothing to do; there is: {', '.join(_actions())}")
        return self


def _actions() -> list[str]:
    return [field.alias or name for name, field in Actions.model_fields.items()]


class Timeline:
    """Steps to come. Ask `due` whenever time has passed."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._next: dict[int, tuple[float, int]] = {
            place: (step.at, 1) for place, step in enumerate(steps)
        }

    @property
    def next_at(self) -> float | None:
        """When something is due next; None at the end."""
        return min((at for at, _ in self._next.values()), default=None)

    def due(self, now: float) -> list[Step]:
        """What is due by `now` and was not given before."""
        places = sorted((at, place) for place, (at, _) in self._next.items() if at <= now)
        for _, place in places:
            self._advance(place, now)
        return [self._steps[place] for _, place in places]

    def _advance(self, place: int, now: float) -> None:
        """To the first time after `now`, where the step has one."""
        repeat = self._steps[place].repeat
        at, nth = self._next.pop(place)
        if repeat is None:
            return
        missed = int((now - at) // repeat.every)
        nth += 1 + missed
        if repeat.times is None or nth <= repeat.times:
            self._next[place] = (at + (1 + missed) * repeat.every, nth)
