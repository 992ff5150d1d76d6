"""What `chappe receipts` is told of a message that was taken or is in doubt.

Rules: only of segments that a receipt is to come for, by the setting `receipts`; where there
is an id, it is told, and our reference finds the others: those that are in doubt, and those
that were taken without an id. Nothing is written here.
"""

from collections.abc import Callable, Iterable, Sequence

from agents.gateway.item import Item
from agents.smpp.config import SmscConfig
from schemas.message import Message
from schemas.record import Millis
from schemas.status import Segment, State, Status
from schemas.tracking import Doubted, Expected, doubt_key, id_key
from streams.sending.gathering import Speaks, speakers
from streams.sending.submission import Submission
from streams.sending.submit import message_reference
from streams.text.default_alphabet import payloads_in

Records = list[Expected | Doubted]


def told_of(
    smsc: SmscConfig,
    segments: Sequence[Segment],
    partition: int,
    status: Status,
    at: Millis,
    *,
    copies: int = 1,
    several: bool = False,
) -> Records:
    """`segments` are all of the message, `status` what is said of it: submitted or in doubt.
    `copies`: how often it may have been taken; `several`: it was in doubt before.
    """
    of, bare, doubt = len(segments), _bare(status), status.state is State.IN_DOUBT
    single, found, unnamed = smsc.receipts != "every", Records(), list[int]()
    for number in speakers(of, Speaks(smsc.receipts)):
        one = segments[number - 1]
        smsc_id = one.smsc_id if one.state is State.SUBMITTED and one.smsc_id else ""
        if not (normal := smsc.id_rule.answer_key(smsc_id)):
            unnamed.append(number)
        elif not (doubt and single):  # its receipt says nothing of the others, in doubt
            found.append(Expected(
                key=id_key(smsc.label, normal), smsc=smsc.label, smsc_id=smsc_id,
                segment=number, segments=of, partition=partition, status=bare,
                several=several or copies > 1, at=at,
            ))  # fmt: skip
    if unnamed:
        key = doubt_key(smsc.label, status.phone, message_reference(status.id))
        found.append(Doubted(
            key=key, smsc=smsc.label, segments=len(unnamed), numbers=unnamed, of=of,
            copies=copies, taken=not doubt, single=single, partition=partition,
            status=status if doubt else bare, at=at,
        ))  # fmt: skip
    return found


def left_of(
    message: Message,
    reached: Iterable[SmscConfig],
    partition: int,
    status: Status,
    at: Millis,
    *,
    copies: int = 1,
) -> Records:
    """Of a message that a lost gateway had, or that went from one SMSC to another, at each SMSC
    that it may have been given to. In an alphabet of its own the text may fall into other
    segments."""
    found = Records()
    for smsc in reached:
        alphabet, bits = smsc.default_alphabet, message.reference_bits
        of = len(payloads_in(alphabet, message.text, message.reference, bits))
        segments = [_left(message, number) for number in range(1, of + 1)]
        found += told_of(smsc, segments, partition, status, at, copies=copies)
    return found


def follows(
    item: Item, reaches: Callable[[Message], Iterable[SmscConfig]], status: Status, at: Millis
) -> Records:
    """Of what ends as `status`, at its SMSC; of what is in doubt and was sent again, at the
    others too that `reaches` names: any may have a copy."""
    submission, here, found = item.submission, item.carrier, Records()
    doubt, copies = status.state is State.IN_DOUBT, copies_of(submission, status)
    if here is not None:
        found = told_of(
            here.config, status.segments or (), item.partition, status, at,
            copies=copies, several=item.moved is not None and not doubt,
        )  # fmt: skip
    if not (doubt and submission.unanswered):
        return found
    message = submission.message
    others = [one for one in reaches(message) if here is None or one.label != here.name]
    return found + left_of(message, others, item.partition, status, at, copies=copies)


def copies_of(submission: Submission, status: Status) -> int:
    """How often it may have been taken, at least 1, with the copy that `status` is said of."""
    message = submission.message
    if status.state is State.SUBMITTED:
        return submission.unanswered + 1
    silent = any(submission.may_have(index) for index in range(len(submission.payloads)))
    uncounted = silent and message.in_doubt == "hold"
    return max(1, submission.unanswered + uncounted)


def _left(message: Message, number: int) -> Segment:
    smsc_id = message.taken.get(number)
    state = State.IN_DOUBT if smsc_id is None else State.SUBMITTED
    return Segment(number=number, state=state, smsc_id=smsc_id or None)


def _bare(status: Status) -> Status:
    """The message was taken: what a final status is made of."""
    nothing = dict.fromkeys(("reason", "detail", "attempt", "segments"))
    return status.model_copy(update={**nothing, "state": State.SUBMITTED})
