"""Parts in any order, over two partitions, and crashes at any point: nothing is lost or split."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.kafka.partition import partition_of
from schemas.inbound import Inbound
from tests.agents.receipts.running import AT, PARTITIONS, PATIENCE_S, Kafka, Worker, in_parts, part

REPLIES = [
    [part(b"STOP")],
    [part(b"ok", sender="44612345678")],
    in_parts([b"a", b"b"], 7),
    in_parts([b"c", b"d", b"e"], 8),
    in_parts([b"f", b"g"], 7, sender="44612345678"),
    in_parts([b"st", b"op"], 9, smsc="other"),
    [part(b"xxx")],
]
WHOLE = {0: "STOP", 1: "ok", 2: "ab", 3: "cde", 4: "fg", 5: "stop", 6: "xxx"}
STEPS = [
    "arrive",
    "arrive",
    "read",
    "read 0",
    "acknowledge",
    "commit",
    "settle",
    "tick",
    "move",
    "crash",
]


def story(data: st.DataObject, arrivals: list[int]) -> tuple[Kafka, int]:
    """Arrivals are numbers of deliver_sm; the steps between them, and then quiet. What is in
    Kafka in the end, and how often memory was lost. Nothing may be committed and not stored.
    """
    parts = [(number, each) for number, reply in enumerate(REPLIES) for each in reply]
    kafka, worker = Kafka(), None
    owners: list[list[int]] = [[] for _ in range(PARTITIONS)]
    losses, at, coming = 0, AT, list(arrivals)

    def append() -> None:
        nonlocal at
        if coming:
            at += 10
            owner, each = parts[coming.pop(0)]
            place = partition_of(each.sender, PARTITIONS)
            kafka.append(each.model_copy(update={"at": at}), place)
            owners[place].append(owner)

    for step in [*data.draw(st.lists(st.sampled_from(STEPS), min_size=20, max_size=60)), "end"]:
        if worker is None or step == "crash":
            losses += worker is not None
            worker = Worker(kafka)
        if step == "arrive":
            append()
            append()
        elif step == "read":
            worker.read_all()
        elif step == "read 0":
            worker.read(0)
        elif step == "acknowledge":
            worker.acknowledge()
        elif step == "commit":
            worker.commit()
        elif step == "settle":
            worker.acknowledge()
            worker.commit()
        elif step == "tick":
            worker.wait(0.01)
        elif step == "move":
            losses += 1
            worker.assign()
        stored = {inbound.text for inbound in kafka.inbound}
        for committed, known in zip(kafka.committed, owners, strict=True):
            assert {WHOLE[owner] for owner in known[:committed]} <= stored, "nothing is lost"
    while coming:
        append()
    assert worker is not None
    worker.read_all()
    worker.commit()
    worker.wait(PATIENCE_S)
    worker.commit()
    worker.commit()
    assert kafka.committed == [len(log) for log in kafka.log], "nothing waits for ever"
    return kafka, losses


ARRIVALS = range(sum(len(reply) for reply in REPLIES))


@settings(max_examples=300)
@given(st.data())
def test_every_reply_is_stored_with_one_id_whenever_it_crashes(data: st.DataObject) -> None:
    kafka, _ = story(data, data.draw(st.permutations(ARRIVALS)))
    ids = defaultdict(set)
    for inbound in kafka.inbound:
        assert inbound.parts == inbound.total, "no fragment, though parts lie across each other"
        ids[inbound.text].add(inbound.id)
    assert {text: len(found) for text, found in ids.items()} == dict.fromkeys(WHOLE.values(), 1)
    stops = {inbound.id for inbound in kafka.inbound if inbound.intent == "stop"}
    assert {consent.evidence_id for consent in kafka.consents} == stops


@settings(max_examples=300)
@given(st.data())
def test_sent_again_every_reply_is_stored_whole(data: st.DataObject) -> None:
    """What is re-sent on both sides of a crash may have a second id, or come as a fragment."""
    again = data.draw(st.lists(st.sampled_from(ARRIVALS), max_size=8))
    kafka, losses = story(data, data.draw(st.permutations([*ARRIVALS, *again])))
    records: dict[str, Inbound] = {}
    ids = defaultdict(set)
    for inbound in kafka.inbound:
        assert records.setdefault(inbound.id, inbound) == inbound, "equal ids, equal records"
        if inbound.parts == inbound.total:
            ids[inbound.text].add(inbound.id)
        else:
            assert losses, "a fragment only after memory was lost"
            assert inbound.intent is None
    assert set(ids) == set(WHOLE.values())
    assert all(len(found) <= 1 + losses for found in ids.values())
