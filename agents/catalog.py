"""Reads the catalog from its folder: the only place of the catalog that touches a disk.

Rules: UTF-8 only; what is in the folder is loaded or named as a fault, never passed
over in silence (hidden files excepted); folders inside it are left alone.
"""

from pathlib import Path

from streams.catalog.catalog import Catalog, CatalogError, Fault, Read, read_catalog, whole

SHIPPED = Path(__file__).resolve().parent.parent / "catalog"
"""Beside the packages, in the checkout and in the wheel."""


def load_catalog(folder: Path = SHIPPED) -> Catalog:
    """Raises CatalogError with every fault of the folder's files."""
    return whole(read_folder(folder))


def read_folder(folder: Path) -> Read:
    """What could be read of a folder, and every fault of the rest.

    A fault of the folder itself has the folder's path for a file.
    """
    if not folder.is_dir():
        return read_catalog({}, [_of(folder, "no such folder; set CHAPPE_CATALOG")])
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return read_catalog({}, [_of(folder, f"the folder can't be read: {error.strerror}")])
    unread = [
        Fault(path.name, 1, "", "not read: name it .yaml")
        for path in paths
        if path.suffix == ".yml"
    ]
    files: dict[str, str] = {}
    for path in paths:
        if path.suffix == ".yaml" and path.is_file():
            try:
                files[path.name] = _text(path)
            except CatalogError as error:
                unread += error.faults
    if not files and not unread:
        unread.append(
            _of(folder, "no *.yaml in this folder; `chappe init` writes some to start from")
        )
    return read_catalog(files, unread)


def _of(folder: Path, said: str) -> Fault:
    return Fault(str(folder), 0, "", said)


def _text(path: Path) -> str:
    """Without the mark that some editors put at the head of UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise CatalogError([Fault(path.name, 1, "", f"not read: {error.strerror}")]) from None
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        said = f"not UTF-8 (octet 0x{raw[error.start]:02X}); save the file as UTF-8"
        raise CatalogError([Fault(path.name, line, "", said)]) from None
