"""Parts from people → replies, as a phone would show them.

Rules: parts may come in any order, and again; every token that goes in comes out with the
reply it belongs to, so that its deliver_sm is answered once Kafka has that reply; nothing
waits for ever, and what is not whole comes out as what is there, and says so. Time is passed
in. Bounded: the message that waited longest makes room.

Who holds back the answers of parts must know two things. An SMSC that sends only so many
unanswered delivers (its window) may wait for us while we wait for part 2: `patience_s` ends
that. And parts may come over any bind of an account: those of one message must reach one
Reassembly.
"""

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from streams.sending.parts import Part, read_part
from streams.text.decode import Decoded, DefaultAlphabet, Piece, decode

PATIENCE_S: Final = 60.0
"""A phone sends the parts of a text within seconds of each other; networks try again within
a minute. Longer only holds back the answers to the SMSC."""

MOST_OPEN: Final = 10_000
"""Messages that lack a part; also how many finished ones are remembered."""


class Key(NamedTuple):
    """What the parts of one message have in common."""

    sender: str
    recipient: str
    kind: str
    reference: int
    total: int


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote.

    `text` is hexadecimal where `is_binary`. `tokens` are those given to `add`, of its parts
    in order and of their repetitions. `missing` has the numbers of the parts that did not
    come; `text` then goes on behind each gap. `is_repeat`: this reply came out before, and a
    part of it came once more; `tokens` are the new ones only. Store it again or wait until
    the first is stored, then answer.
    """

    sender: str
    recipient: str
    text: str
    is_binary: bool
    tokens: tuple[Any, ...]
    total: int = 1
    missing: tuple[int, ...] = ()
    reference: int | None = None
    is_repeat: bool = False

    @property
    def is_whole(self) -> bool:
        """No part is missing."""
        return not self.missing


@dataclass(slots=True)
class _Open:
    """Parts that wait for the others. `due` moves on with each part that is new."""

    due: float
    pieces: dict[int, Piece] = field(default_factory=dict)
    tokens: dict[int, list[Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Done:
    """A reply that came out, and until when a part of it may come again."""

    until: float
    pieces: dict[int, Piece]
    reply: Reply


class Reassembly:
    """Messages that lack a part. `default`: what the carrier writes under data_coding 0.

    Seconds are of any clock that does not go back. Not for threads.
    """

    def __init__(
        self,
        *,
        default: DefaultAlphabet = "gsm7",
        patience_s: float = PATIENCE_S,
        most_open: int = MOST_OPEN,
    ) -> None:
        self._default: DefaultAlphabet = default
        self._patience_s = patience_s
        self._most_open = most_open
        self._open: OrderedDict[Key, _Open] = OrderedDict()  # by due
        self._done: OrderedDict[Key, _Done] = OrderedDict()  # by until

    def __len__(self) -> int:
        return len(self._open)

    def add(
        self,
        token: Any,
        *,
        sender: str,
        recipient: str,
        esm_class: int,
        data_coding: int,
        message: bytes,
        tlvs: Mapping[int, bytes],
        now: float,
    ) -> Reply | None:
        """One deliver_sm that is no receipt; `message` wherever it travelled. Never raises.

        The reply that comes out by it is mostly the one it completes. It is another one,
        not whole, where this part shows that the others of that one will not come (its
        reference is used anew), or where there are too many.
        """
        part = read_part(esm_class, message, tlvs)
        piece = Piece(part.octets, data_coding)
        if part.total == 1:
            said = decode([piece], self._default)
            return Reply(sender, recipient, said.text, said.is_binary, (token,))
        key = Key(sender, recipient, part.kind, part.reference, part.total)
        again = self._again(key, part, piece, token, now)
        return again or self._collect(key, part, piece, token, now)

    def expire(self, now: float) -> list[Reply]:
        """What has waited long enough by `now`, as it is. A part that comes later still
        comes out alone, in its turn.
        """
        while self._done and next(iter(self._done.values())).until <= now:
            self._done.popitem(last=False)
        out = []
        while self._open and next(iter(self._open.values())).due <= now:
            out.append(self._close(next(iter(self._open)), now))
        return out

    def next_due(self) -> float | None:
        """When to call `expire` next; None while nothing waits."""
        return next(iter(self._open.values())).due if self._open else None

    # --- inside ---

    def _again(self, key: Key, part: Part, piece: Piece, token: Any, now: float) -> Reply | None:
        """A part of what came out already: the SMSC had no answer and sends it once more.

        Other words under the same reference are a new message, which goes first.
        """
        done, waiting = self._done.get(key), self._open.get(key)
        if done is None or now >= done.until or done.pieces.get(part.number) != piece:
            return None
        if waiting is not None and waiting.pieces.get(part.number, piece) == piece:
            return None
        return replace(done.reply, tokens=(token,), is_repeat=True)

    def _collect(self, key: Key, part: Part, piece: Piece, token: Any, now: float) -> Reply | None:
        out = None
        waiting = self._open.get(key)
        if waiting is not None and waiting.pieces.get(part.number, piece) != piece:
            out, waiting = self._close(key, now), None
        if waiting is None:
            waiting = self._open[key] = _Open(now + self._patience_s)
        if part.number not in waiting.pieces:
            waiting.pieces[part.number] = piece
            waiting.due = now + self._patience_s
            self._open.move_to_end(key)
        waiting.tokens.setdefault(part.number, []).append(token)
        if len(waiting.pieces) == key.total:
            return self._close(key, now)
        if len(self._open) > self._most_open:
            return self._close(next(iter(self._open)), now)
        return out

    def _close(self, key: Key, now: float) -> Reply:
        waiting = self._open.pop(key)
        pieces = dict(sorted(waiting.pieces.items()))
        said = self._read(pieces)
        reply = Reply(
            key.sender,
            key.recipient,
            said.text,
            said.is_binary,
            tokens=tuple(token for number in pieces for token in waiting.tokens[number]),
            total=key.total,
            missing=tuple(n for n in range(1, key.total + 1) if n not in pieces),
            reference=key.reference,
        )
        self._done.pop(key, None)
        self._done[key] = _Done(now + self._patience_s, pieces, reply)
        while len(self._done) > self._most_open:
            self._done.popitem(last=False)
        return reply

    def _read(self, pieces: dict[int, Piece]) -> Decoded:
        """Parts without a gap between them are read as one: a pair may lie across."""
        stretches: list[list[Piece]] = []
        last = 0
        for number, piece in pieces.items():
            if number != last + 1 or not stretches:
                stretches.append([])
            stretches[-1].append(piece)
            last = number
        read = [decode(stretch, self._default) for stretch in stretches]
        if any(said.is_binary for said in read):
            return Decoded(b"".join(piece.octets for piece in pieces.values()).hex(), True)
        return Decoded("".join(said.text for said in read), False)
