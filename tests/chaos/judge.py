"""The judge: what was asked for, what the SMSC took, what Chappe said became of it.

Rules: pure; the SMSC's own log is the witness for lost and doubled, the statuses only say
what we claim; `delivered` and `undelivered` decide nothing, since receipts have their own way.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.message import InDoubt
from schemas.status import State

ENDS = frozenset(
    {State.SUBMITTED, State.REFUSED, State.FAILED, State.CANCELLED, State.IN_DOUBT}
)  # fmt: skip
NOT_SENT = frozenset({State.REFUSED, State.FAILED, State.CANCELLED})
SHOWN = 5
"""Messages named one by one in a fault."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A message that has to be sent. Its token stands in each of its segments."""

    token: str
    in_doubt: InDoubt
    segments: int = 1


@dataclass(frozen=True, slots=True)
class Submit:
    """A segment that the SMSC took, answered or not. `line` of its log, `at` epoch seconds."""

    line: int
    at: float
    token: str
    segment: int = 1


@dataclass(frozen=True, slots=True)
class Said:
    """One status of ours: `at` in epoch seconds, `why` as far as it says so."""

    state: State
    at: float = 0.0
    why: str = ""

    def __str__(self) -> str:
        return f"{self.state} ({self.at:.3f}{', ' if self.why else ''}{self.why})"


@dataclass(frozen=True, slots=True)
class Trouble:
    """What was done, from when on, and when nothing more could come of it (epoch seconds).

    `bound`: messages that may be doubled by it under `resend`.
    """

    name: str
    began: float
    ended: float
    bound: int

    def explains(self, first: float, second: float) -> bool:
        """Whether it lies between two copies of a segment."""
        return self.ended >= first and self.began <= second


@dataclass(slots=True)
class Judgement:
    """Tokens, by what is wrong with them or, in `in_doubt`, what is said of them.

    `doubled`: under `resend`, by the index of the trouble that explains it; a message may be
    doubled by several. `silent`: no outcome at all. `contradicted`: two outcomes that can't
    both be true, or one that the log denies.
    """

    messages: int
    lost: list[str] = field(default_factory=list)
    doubled_held: list[str] = field(default_factory=list)
    doubled: dict[int, set[str]] = field(default_factory=dict)
    unexplained: list[str] = field(default_factory=list)
    in_doubt: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)
    contradicted: list[str] = field(default_factory=list)
    beyond: list[str] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)

    @property
    def doubled_resent(self) -> int:
        """Copies too many, of messages that may be sent again."""
        return sum(map(len, self.doubled.values())) + len(self.unexplained)

    @property
    def worst(self) -> int:
        """Of one trouble."""
        return max(map(len, self.doubled.values()), default=0)

    def faults(self) -> list[str]:
        """A sentence for each promise that was broken, with the log lines of some messages."""
        broken = {
            "lost": self.lost,
            "taken twice, though in doubt means held": self.doubled_held,
            "taken twice, and nothing was done in between": self.unexplained,
            "without any outcome": self.silent,
            "with outcomes that can't be true": self.contradicted,
        }
        said = [
            f"{len(tokens)} {words}:\n  "
            + "\n  ".join(self.evidence.get(token, token) for token in tokens[:SHOWN])
            for words, tokens in broken.items() if tokens
        ]  # fmt: skip
        return said + self.beyond


def judge(
    asked: Sequence[Asked],
    submits: Iterable[Submit],
    said: Mapping[str, Sequence[Said]],
    troubles: Sequence[Trouble],
) -> Judgement:
    """`said`: the statuses of each token, in the order in which they were written."""
    found = Judgement(len(asked))
    taken: dict[str, list[Submit]] = defaultdict(list)
    for submit in submits:
        taken[submit.token].append(submit)
    for message in asked:
        outcomes = [one for one in said.get(message.token, ()) if one.state in ENDS]
        _judge_one(found, message, taken.get(message.token, []), outcomes, troubles)
    strangers = sorted(taken.keys() - {message.token for message in asked})
    if strangers:
        found.beyond.append(f"{len(strangers)} messages that nobody asked for: {strangers[:SHOWN]}")
    for index, tokens in found.doubled.items():
        trouble = troubles[index]
        if len(tokens) > trouble.bound:
            found.beyond.append(
                f"{trouble.name} (number {index + 1}) doubled {len(tokens)} messages under resend, "
                f"more than the {trouble.bound} published: {sorted(tokens)[:SHOWN]}"
            )
    return found


def _judge_one(
    found: Judgement,
    message: Asked,
    taken: list[Submit],
    said: list[Said],
    troubles: Sequence[Trouble],
) -> None:
    token, ends = message.token, [one.state for one in said]
    copies = Counter(submit.segment for submit in taken)
    whole = all(copies[number + 1] for number in range(message.segments))
    wrong = [
        (found.lost, not whole and not _excused(message, ends)),
        (found.silent, not ends),
        (found.contradicted, _contradicted(ends, whole)),
    ]
    if ends and ends[-1] is State.IN_DOUBT:
        found.in_doubt.append(token)
    if any(count > 1 for count in copies.values()):
        if message.in_doubt == "hold":
            wrong.append((found.doubled_held, True))
        else:
            wrong.append((found.unexplained, not _explained(found, token, taken, troubles)))
    for tokens, is_wrong in wrong:
        if is_wrong:
            tokens.append(token)
            found.evidence[token] = _evidence(message, taken, said)


def _excused(message: Asked, ends: list[State]) -> bool:
    """We say that it was not sent; or that nobody knows, where that is the policy."""
    if not ends:
        return False
    return ends[-1] in NOT_SENT or (ends[-1] is State.IN_DOUBT and message.in_doubt == "hold")


def _contradicted(ends: list[State], whole: bool) -> bool:
    """A doubt may be settled later; an outcome may not be taken back."""
    settled = {state for state in ends if state is not State.IN_DOUBT}
    denied = bool(settled & NOT_SENT) and whole
    undone = bool(settled) and ends[-1] is State.IN_DOUBT
    return len(settled) > 1 or denied or undone


def _explained(
    found: Judgement, token: str, taken: list[Submit], troubles: Sequence[Trouble]
) -> bool:
    """Counts each further copy for the first trouble since the copy before it."""
    by_segment: dict[int, list[float]] = defaultdict(list)
    for submit in taken:
        by_segment[submit.segment].append(submit.at)
    explained = True
    for times in by_segment.values():
        times.sort()
        for first, second in pairwise(times):
            index = next(
                (n for n, one in enumerate(troubles) if one.explains(first, second)), None
            )  # fmt: skip
            if index is None:
                explained = False
            else:
                found.doubled.setdefault(index, set()).add(token)
    return explained


def _evidence(message: Asked, taken: list[Submit], said: list[Said]) -> str:
    lines = ", ".join(f"line {one.line} (segment {one.segment}, {one.at:.3f})" for one in taken)
    words = ", ".join(map(str, said)) or "nothing"
    return (
        f"#{message.token} ({message.in_doubt}, {message.segments} segments): "
        f"taken in {lines or 'no line'} of the SMSC's log; we said {words}"
    )
