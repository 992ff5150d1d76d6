"""Bad input, as a table of input → outcome, on one running system; good events go on.

Rules: every row ends where a person can find it, with a reason they can act on; nothing
upstream sends may stop a process or delay what comes after.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from agents.up import PROCESSES
from schemas.record import rfc3339
from schemas.status import State
from tests.integration.events import envelope, otp, parcel, written
from tests.integration.publishing import java, kcat
from tests.integration.system import System
from tests.kafka.java_producer import Compression

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

PLAIN = """
[[source]]
topic = "{name}.domain.plain"
format = "json"
id = "number"
type = "kind"
time = "at"
"""
DEEP = '{"specversion":"1.0","id":"deep","source":"/t","type":"package.arrived","data":'


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(kafka: Any, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """One for all rows."""
    folder: Path = tmp_path_factory.mktemp("bad-input")
    name = f"bad{folder.name.rpartition('-')[2]}{id(folder) % 99991}"
    config = folder / "chappe.toml"
    config.write_text(PLAIN.format(name=name))
    async with System(kafka.bootstrap, name, folder, CHAPPE_CONFIG=str(config)) as running:
        catalog = folder / "catalog"
        parcels = (catalog / "package-arrived.yaml").read_text()
        plain = parcels.replace("domain.parcels", "domain.plain")
        for field in ("parcel_id", "phone", "locale"):
            plain = plain.replace(f"data.{field}", f"data.parcel.{field}")
        (catalog / "package-plain.yaml").write_text(plain)
        await running.start()
        yield running


def changed(**data: Any) -> bytes:
    """A balance event with other data; None takes a field away."""
    usual = {"balance": "12.00", "currency": "EUR", "phone": "+33610000001", "locale": "en"}
    kept = {name: value for name, value in {**usual, **data}.items() if value is not None}
    return written(envelope("balance.changed", "changed", kept)).encode()


GOOD = parcel(1, name="row").value.encode()
AVRO = b"\x00\x00\x00\x01\x2a" + b"\x0e4X12345"


@dataclass(frozen=True)
class Row:
    """Why it is here, what is published where, and the reason it must end with."""

    why: str
    short: str
    value: bytes | None
    reason: str
    says: str = ""


DEAD = [
    Row("a producer died in the middle", "parcels", GOOD[:-20], "not_json"),
    Row("5 MB event", "parcels", b'{"pad":"' + b"x" * 5_000_000 + b'"}', "too_large", "5,000,010"),
    Row("null value, a tombstone", "parcels", None, "empty"),
    Row("no octets at all", "parcels", b"", "empty"),
    Row("Avro of a schema registry", "parcels", AVRO, "avro", "schema id 298"),
    Row("UTF-16", "parcels", GOOD.decode().encode("utf-16"), "not_json"),
    Row("Latin-1", "accounts", changed(note="é").decode().encode("latin-1"), "not_json"),
    Row("a list", "parcels", b"[1,2]", "not_an_event", "a list"),
    Row("a number", "parcels", b"12", "not_an_event", "a number"),
    Row("no id", "parcels", GOOD.replace(b'"id"', b'"ident"'), "not_an_event", "id"),
    Row("an id that is a number", "parcels", GOOD.replace(b'"row-1"', b"7"), "not_an_event", "id"),
    Row("another version", "parcels", GOOD.replace(b'"1.0"', b'"0.3"'), "not_an_event", "0.3"),
    Row("huge nesting", "parcels", (DEEP + "[" * 100_000).encode(), "not_json"),
    Row("huge nesting, closed", "parcels",
        (DEEP + "[" * 50_000 + "]" * 50_000 + "}").encode(), "not_json"),
    Row("NaN, which JSON has not", "accounts", changed(balance=float("nan")), "not_json"),
    Row("an amount in words", "accounts", changed(balance="plenty"), "bad_data", "balance"),
    Row("an amount with an exponent", "accounts", changed(balance="1e5"), "bad_data", "balance"),
    Row("an amount that is a list", "accounts", changed(balance=[1]), "bad_data", "balance"),
    Row("an amount that is true", "accounts", changed(balance=True), "bad_data", "balance"),
    Row("an amount with a comma", "accounts", changed(balance="12,50"), "bad_data", "balance"),
    Row("data that is a text", "accounts",
        written(envelope("balance.changed", "t", "text")).encode(),  # type: ignore[arg-type]
        "no_phone"),
    Row("no phone", "accounts", changed(phone=None), "no_phone"),
    Row("an empty phone", "accounts", changed(phone=""), "no_phone"),
    Row("a national number", "accounts", changed(phone="0612345678"), "bad_phone"),
    Row("a phone that is a number", "accounts", changed(phone=33612345678), "bad_phone"),
    Row("a time in words", "parcels",
        parcel(2, time="yesterday").value.encode(), "bad_time", "yesterday"),
    Row("a 30th of February", "parcels",
        parcel(3, time="2026-02-30T10:00:00Z").value.encode(), "bad_time"),
    Row("plain JSON without its type", "plain", b'{"number": 4}', "not_an_event", "kind"),
]  # fmt: skip


@pytest.mark.parametrize("row", DEAD, ids=lambda row: row.why)
async def test_dead_letter(system: System, row: Row) -> None:
    key = f"dead {row.why}".encode()
    system.producer.produce(system.domain(row.short), row.value, key=key)
    await system.until(
        lambda: key in [dead.key for dead in system.dead_letters], 10, f"dead letter: {row.why}"
    )
    (dead,) = [dead for dead in system.dead_letters if dead.key == key]
    assert dead.reason == row.reason
    assert row.says in dead.headers["detail"]
    assert dead.headers["topic"] == system.domain(row.short)
    assert int(dead.headers["length"]) == len(row.value or b"")
    assert dead.value == (row.value or b"")[: 256 * 1024]


async def test_the_dead_letter_of_a_secret_topic_has_no_value(system: System) -> None:
    value = otp(77).value.encode()[:-5]
    system.producer.produce(system.domain("identity"), value, key=b"secret")
    await system.until(
        lambda: b"secret" in [dead.key for dead in system.dead_letters], 10, "the dead letter"
    )
    (dead,) = [dead for dead in system.dead_letters if dead.key == b"secret"]
    assert dead.value is None
    assert int(dead.headers["length"]) == len(value)
    assert "0000077" not in str(dead.headers)


def at(**delta: float) -> str:
    return rfc3339(datetime.now(UTC) + timedelta(**delta))


def event(name: str, **changes: Any) -> bytes:
    """A balance event under its own id, changed."""
    usual = {"balance": "12.00", "currency": "EUR", "phone": "+33610000002", "locale": "en"}
    attributes = changes.pop("attributes", {})
    kept = {k: v for k, v in {**usual, **changes}.items() if v is not None}
    return written(envelope("balance.changed", name, kept, **attributes)).encode()


@dataclass(frozen=True)
class Ending:
    """`make` gives the event under an id; `reason` None: delivered with `text`."""

    why: str
    make: Callable[[str], bytes]
    reason: str | None = None
    text: str = "Your account balance: €12.00"
    short: str = "accounts"


ENDINGS = [
    Ending("event time in the future", lambda n: event(n, attributes={"time": at(days=400)})),
    Ending("long past", lambda n: event(n, attributes={"time": at(days=-2)}), "too_late"),
    Ending("in 1970", lambda n: event(n, attributes={"time": "1970-01-01T00:00:00Z"}), "too_late"),
    Ending("without a time: the record's", lambda n: event(n, attributes={"time": None})),
    Ending("an amount is missing", lambda n: event(n, balance=None), "missing_data"),
    Ending("an amount is null", lambda n: event(n).replace(b'"12.00"', b"null"), "missing_data"),
    Ending("an amount is blank", lambda n: event(n, balance="  "), "missing_data"),
    Ending("an amount as a JSON number", lambda n: event(n, balance=12.5),
           text="Your account balance: €12.50"),
    Ending("a locale that nobody has", lambda n: event(n, locale="xx-YY")),
    Ending("a locale that is a list", lambda n: event(n, locale=["en"])),
    Ending("a number with spaces", lambda n: event(n, phone="+33 6 10 00 00 02")),
    Ending("fields that nobody asked for", lambda n: event(n, more={"deep": [1, {"x": None}]})),
    Ending("plain JSON, declared in chappe.toml", lambda n: written({
        "number": n, "kind": "package.arrived", "at": at(seconds=-1),
        "parcel": {"parcel_id": "PLAIN1", "phone": "+33610000003", "locale": "en"},
    }).encode(), None, "Hello, your package PLAIN1 has arrived at your relay store.", "plain"),
]  # fmt: skip


@pytest.mark.parametrize("row", ENDINGS, ids=lambda row: row.why)
async def test_ending(system: System, row: Ending) -> None:
    name = f"ending {row.why}"
    before = system.simulator.inbox.total
    system.producer.produce(system.domain(row.short), row.make(name))
    wanted = State.REFUSED if row.reason else State.DELIVERED

    def ended() -> list[Any]:
        mine = [s for s in system.statuses if s.origin.event_id == name]
        return [s for s in mine if s.state is wanted]

    await system.until(ended, 10, f"{row.why}: {wanted}")
    (status,) = ended()
    assert status.reason == row.reason
    new = [one.text for one in list(system.simulator.inbox)[before:]]
    assert new == ([] if row.reason else [row.text])
    assert status.event_time <= status.at  # a deadline never counts from the future


@pytest.mark.parametrize("compression", ["none", "gzip", "lz4", "zstd", "snappy"])
async def test_compressed_batches(system: System, compression: Compression) -> None:
    samples = [parcel(100 + n, name=f"packed-{compression}") for n in range(5)]
    await asyncio.to_thread(java, system.bootstrap, system.domain("parcels"), samples, compression)
    wanted = {sample.id for sample in samples}

    def delivered() -> set[str]:
        return {s.origin.event_id for s in system.statuses if s.state is State.DELIVERED}

    await system.until(lambda: wanted <= delivered(), 15, f"{compression} batch is delivered")


async def test_an_event_of_an_unknown_type_is_counted(system: System) -> None:
    labels = ('outcome="no_template"', system.domain("parcels"))
    before = await system.metric("engine", "events_total", *labels)
    lost = written(envelope("package.lost", "unknown type", {})).encode()
    system.producer.produce(system.domain("parcels"), lost)
    await system.until_metric("engine", "events_total", *labels, at_least=before + 1, timeout_s=10)
    assert not [s for s in system.statuses if s.origin.event_id == "unknown type"]


async def test_after_all_that_a_good_event_gets_through(system: System) -> None:
    sample = parcel(500, name="after")
    await asyncio.to_thread(kcat, system.bootstrap, system.domain("parcels"), [sample])
    await system.until(
        lambda: sample.text in [one.text for one in system.simulator.inbox], 10, "the good event"
    )
    system.check_alive()  # nothing restarts a process here: alive is never having died
    assert set(system.processes) == set(PROCESSES)
    assert "Traceback" not in system.said()
