"""Placing: the SMSC that a message waits for, of those that its route names.

Rules: the preferred one that is up; where one has a part of it already, that one and no
other; what waits for SMSCs that are down keeps nobody else's place, within a bound.
"""

from collections.abc import Iterable, Mapping

from agents.gateway.carrier import Carrier
from agents.gateway.item import Item
from agents.smpp.config import SmscConfig
from schemas.lane import LANES, Lane
from schemas.message import Message
from streams.sending.route import Routes
from streams.text.decode import DefaultAlphabet

HELD_UP = 1_000
"""Messages of one lane that may wait for SMSCs that are down, beyond what is open for the
others. They are open too: a gateway that is killed leaves them in doubt."""


class Placing:
    """`now` is monotonic seconds."""

    def __init__(self, carriers: Mapping[str, Carrier], routes: Routes) -> None:
        self.carriers, self.routes = carriers, routes

    def candidates(self, message: Message) -> tuple[str, ...]:
        """By route. Where an SMSC has a part of it, nobody else can send the rest; where that
        one left the settings, those can in whose alphabet it falls into the same segments.
        """
        if message.smsc is not None and message.smsc in self.carriers:
            return (message.smsc,)
        names = self.routes.candidates(message.phone, message.lane, message.sender)
        if not message.taken or not names:
            return names
        alphabet = self.carriers[names[0]].config.default_alphabet
        return tuple(
            name for name in names if self.carriers[name].config.default_alphabet == alphabet
        )

    def reaches(self, message: Message) -> list[SmscConfig]:
        """The SMSCs that any gateway with these settings may have submitted it to."""
        return [self.carriers[name].config for name in self.candidates(message)]

    def alphabet(self, message: Message) -> DefaultAlphabet:
        """What data_coding 0 is where it goes first, or where a part of it is already."""
        names = self.candidates(message)
        return self.carriers[names[0]].config.default_alphabet if names else "gsm7"

    def place(self, item: Item, now: float) -> None:
        """The first of its SMSCs that is up, rather one that did not send it on; else the first."""
        choices = [self.carriers[name] for name in item.candidates]
        up = [one for one in choices if one.up(now)]
        fresh = (one for one in up if one.name not in item.tried)
        next(fresh, (up or choices)[0]).put(item)

    def down(self, now: float) -> list[Carrier]:
        """The SMSCs that nothing can be submitted to."""
        return [carrier for carrier in self.carriers.values() if not carrier.up(now)]

    def held_up(self, lane: Lane, now: float) -> int:
        """How many of a lane wait for SMSCs that are down, or have been waiting since they were;
        none where all are down."""
        if self._none_up(now):
            return 0
        held_up = sum(carrier.held_up(lane, now) for carrier in self.carriers.values())
        return min(HELD_UP, held_up)

    def held_up_among(self, items: Iterable[Item], now: float) -> int:
        """As above, of these."""
        if self._none_up(now):
            return 0
        pairs = ((carrier, lane) for carrier in self.carriers.values() for lane in LANES)
        behind = {(carrier, lane) for carrier, lane in pairs if carrier.held_up(lane, now)}
        if not behind:
            return 0
        waiting = (item for item in items if item.queue is not None)
        held_up = sum((item.carrier, item.submission.message.lane) in behind for item in waiting)
        return min(HELD_UP, held_up)

    def _none_up(self, now: float) -> bool:
        """Then there is nobody to make room for."""
        return not any(carrier.up(now) for carrier in self.carriers.values())
