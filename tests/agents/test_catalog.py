"""Reading the folder: what is in it is loaded, or named as a fault."""

from pathlib import Path

import pytest
from pydantic import JsonValue

from agents.catalog import SHIPPED, load_catalog
from streams.catalog.catalog import CatalogError
from streams.text.measure import measure
from streams.text.render import render
from tests.streams.catalogs import DEFAULTS, GOOD


def put(folder: Path, **files: bytes) -> Path:
    """`a_yaml` is the file a.yaml; the defaults are always there."""
    (folder / "_defaults.yaml").write_text(DEFAULTS, encoding="utf-8")
    for name, content in files.items():
        stem, _, suffix = name.rpartition("_")
        (folder / f"{stem}.{suffix}").write_bytes(content)
    return folder


def faults(folder: Path) -> str:
    with pytest.raises(CatalogError) as caught:
        load_catalog(folder)
    return str(caught.value)


USES = [
    ("promotion", "promotion", {"en", "fr"}),
    ("private-sale invitation", "private-sale", {"en", "fr"}),
    ("account balance", "balance-changed", {"en", "fr"}),
    ("low balance", "low-balance", {"en", "fr"}),
    ("one-time code", "otp-requested", {"en", "fr"}),
    ("package arrived", "package-arrived", {"en", "fr"}),
    ("delivery rescheduled", "delivery-rescheduled", {"en", "fr", "de", "ar"}),
    ("release code for equipment", "release-code", {"en", "fr"}),
    ("contact details sent on request", "contact-details", {"en", "fr"}),
    ("appointment reminder", "appointment-reminder", {"en", "fr", "de", "ar"}),
]


@pytest.mark.parametrize(("use", "name", "locales"), USES)
def test_the_shipped_catalog_has_each_use(use: str, name: str, locales: set[str]) -> None:
    assert set(load_catalog().templates[name].texts) == locales, use


def test_the_shipped_catalog_has_nothing_else() -> None:
    assert set(load_catalog().templates) == {name for _, name, _ in USES}


@pytest.mark.parametrize("name", [name for _, name, _ in USES])
def test_a_shipped_text_keeps_to_its_budget(name: str) -> None:
    template = load_catalog().templates[name]
    longest: dict[str, JsonValue] = {one.name: one.longest for one in template.variables.values()}
    for locale in template.texts:
        cost = measure(render(template, locale, longest).text, template.reference_bits)
        assert cost.segments <= (template.budget.segments or 0), (locale, cost)
        assert template.budget.encoding in (cost.encoding, "ucs2"), (locale, cost)


def test_texts_of_the_shipped_catalog_are_in_both_alphabets() -> None:
    reminder = load_catalog().templates["appointment-reminder"]
    values: dict[str, JsonValue] = {one.name: one.example for one in reminder.variables.values()}
    german, arabic = (render(reminder, locale, values).text for locale in ("de", "ar"))
    assert (measure(german).encoding, measure(arabic).encoding) == ("gsm7", "ucs2")
    assert {"ü", "€"} <= set(german), "in GSM, the euro sign behind an escape"


def test_marketing_comes_from_a_sender_that_can_be_answered() -> None:
    templates = load_catalog().templates.values()
    senders = {one.name: one.sender for one in templates if one.purpose == "marketing"}
    assert senders == {"promotion": "12345", "private-sale": "12345"}


def test_the_default_is_the_shipped_catalog() -> None:
    shipped = load_catalog(SHIPPED)
    assert shipped.templates == load_catalog().templates
    assert {topic for topic in shipped.topics if shipped.is_secret(topic)} == {
        "domain.identity", "domain.equipment",
    }  # fmt: skip


@pytest.mark.parametrize("topic", sorted(load_catalog().topics))
def test_a_shipped_topic_feeds_one_lane(topic: str) -> None:
    # else what is urgent waits behind what is not, before it is read
    templates = load_catalog().templates.values()
    assert len({one.lane for one in templates if one.topic == topic}) == 1


def test_a_folder_of_ones_own(tmp_path: Path) -> None:
    assert set(load_catalog(put(tmp_path, door_yaml=GOOD.encode())).templates) == {"door"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (GOOD.encode("utf-8-sig"), "an editor's mark at the head"),
        (GOOD.replace("\n", "\r\n").encode(), "line ends of Windows"),
    ],
)
def test_what_editors_do_to_a_file(tmp_path: Path, content: bytes, why: str) -> None:
    found = load_catalog(put(tmp_path, door_yaml=content)).templates["door"]
    clean = load_catalog(put(tmp_path, door_yaml=GOOD.encode())).templates["door"]
    assert found.version == clean.version, why


def test_what_is_no_template_is_left_alone(tmp_path: Path) -> None:
    folder = put(tmp_path, door_yaml=GOOD.encode(), notes_md=b"\xff")
    (folder / ".door.yaml").write_bytes(b"\xff")
    (folder / "old").mkdir()
    (folder / "..data.yaml").mkdir()
    assert set(load_catalog(folder).templates) == {"door"}


def test_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    latin = GOOD.replace("owner: doors", "owner: Zoë").encode("latin-1")
    said = faults(put(tmp_path, door_yaml=latin, other_yaml=GOOD.encode("utf-16")))
    assert "door.yaml:2: not UTF-8 (octet 0xEB); save the file as UTF-8" in said
    assert "other.yaml:1: not UTF-8 (octet 0xFF)" in said


def test_the_other_ending_is_named(tmp_path: Path) -> None:
    folder = put(tmp_path, door_yaml=GOOD.encode(), window_yml=GOOD.encode())
    assert faults(folder) == "window.yml:1: not read: name it .yaml"


def test_no_folder_and_an_empty_one(tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert "no such folder" in faults(missing)
    assert faults(missing).startswith(f"{missing}: no such"), "a folder has no lines"
    assert faults(tmp_path).startswith(f"{tmp_path}: no *.yaml in this folder")


def test_a_fault_in_a_file_stops_the_whole(tmp_path: Path) -> None:
    folder = put(tmp_path, door_yaml=GOOD.encode(), window_yaml=b"owner: x\n")
    assert faults(folder).startswith("window.yaml:1: description: missing")
