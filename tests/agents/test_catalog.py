"""Reading the folder: what is in it is loaded, or named as a fault."""

from pathlib import Path

import pytest

from agents.catalog import SHIPPED, load_catalog
from streams.catalog.catalog import CatalogError
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


def test_the_shipped_catalog_loads() -> None:
    assert set(load_catalog().templates) == {
        "package-arrived", "balance-changed", "otp-requested", "private-sale",
    }  # fmt: skip
    assert load_catalog(SHIPPED).is_secret("domain.identity")


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
    assert str(missing) in faults(missing)
    assert "no *.yaml in this folder" in faults(tmp_path)


def test_a_fault_in_a_file_stops_the_whole(tmp_path: Path) -> None:
    folder = put(tmp_path, door_yaml=GOOD.encode(), window_yaml=b"owner: x\n")
    assert faults(folder).startswith("window.yaml:1: description: missing")
