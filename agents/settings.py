"""The settings: environment (`CHAPPE_…`) over file (`chappe.toml`) over default.

Rules: the environment is read here and nowhere else; a wrong value names the variable and
what it takes; what is secret never shows in a repr.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from agents.catalog import SHIPPED
from agents.json_sources import parse_sources
from agents.meant import meant
from agents.settings_table import READERS
from agents.smpp.config import DEFAULT_LABEL, SmscConfig
from agents.smpp.smsc_settings import parse_smsc_tables
from schemas.topics import Topics
from streams.events.event import JsonSource
from streams.events.numbers import TestNumbers
from streams.sending.route import Routes

DEFAULT_FILE = Path("chappe.toml")
ALIKE = 0.8
"""The least for a slip of the pen, since all names that begin with CHAPPE_ are a little alike."""
_NOT_SETTINGS = {"CONFIG", "TEST_KAFKA", "CHAOS_SEED", "CHAOS_KILLS", "CHAOS_PAGE"}


class SettingsError(Exception):
    """A setting that can't be used; the text names it and what it takes."""


def _state_folder() -> Path:
    """Where XDG keeps a program's state. Not the folder for temporary files: that is memory on
    many machines, and what is here is on disk so as not to be in memory."""
    home = Path(os.environ.get("HOME") or "/")
    return Path(os.environ.get("XDG_STATE_HOME") or home / ".local" / "state") / "chappe"


def run_file_path() -> Path:
    """Where `agents/run_file.py` says which broker in memory there is: a folder of this user's
    that ends with the session, else the one for state."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    return (Path(runtime) / "chappe" if runtime else _state_folder()) / "run.json"


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a process is told from outside. `smscs` empty is the built-in simulator,
    in test mode only."""

    kafka: str | None = None
    catalog: Path = SHIPPED
    smscs: tuple[SmscConfig, ...] = ()
    routes: Routes = field(default_factory=lambda: Routes((DEFAULT_LABEL,)))
    live: bool = False
    test_numbers: TestNumbers = field(default_factory=lambda: TestNumbers(()))
    start: Literal["latest", "earliest"] = "latest"
    partitions: int = 12
    replication: int = -1
    metrics_port: int = 0
    public_prefix: str = "sms."
    internal_prefix: str = "chappe."
    drain_s: float = 5.0
    log: str = "info"
    data: Path = field(default_factory=_state_folder)
    sources: Mapping[str, JsonSource] = field(default_factory=dict)
    kafka_security: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def topics(self) -> Topics:
        """Chappe's own, under the two prefixes."""
        return Topics(self.public_prefix, self.internal_prefix)


def load_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Raises SettingsError. `environment` defaults to this process's own."""
    environment = os.environ if environment is None else environment
    table = _file(environment)
    smscs = None if isinstance(table.get("smsc", ""), str) else table.pop("smsc")
    routes, sources = table.pop("route", []), table.pop("source", [])
    known: dict[str, Any] = {}
    for name, setting in READERS.items():
        raw, where = _raw(name, environment, table)
        if raw is not None:
            known[setting.attribute] = _parsed(where, raw, setting.parse)
    if table:
        name = sorted(table)[0]
        known_names = [*sorted(n.lower() for n in READERS), "[[smsc]]", "[[route]]", "[[source]]"]
        raise SettingsError(
            f"{_path(environment)}: unknown setting {name!r}{meant(name, known_names, ALIKE)}"
        )
    _refuse_unknown(environment)
    try:
        known |= _carriers(smscs, routes, known.get("smscs", ()))
        return Settings(sources=parse_sources(sources), **known)
    except ValueError as error:
        raise SettingsError(f"{_path(environment)}: {error}") from None


def _carriers(tables: Any, routes: Any, one: tuple[SmscConfig, ...]) -> dict[str, Any]:
    """`[[smsc]]` (None: the file has none) and `[[route]]` tables. `one`: the SMSC given by its
    URL instead."""
    smscs = one if tables is None else parse_smsc_tables(tables)
    if tables is not None and one:
        raise ValueError("[[smsc]] tables, and CHAPPE_SMSC besides: one of the two")
    names = [smsc.label for smsc in smscs] or [DEFAULT_LABEL]
    return {"smscs": smscs, "routes": Routes.parse(routes, names)}


def refuse_live_without_smsc(settings: Settings) -> None:
    """Raises SettingsError: the built-in simulator would say of all that it was delivered."""
    if settings.live and not settings.smscs:
        raise SettingsError(
            "CHAPPE_MODE is live, and no SMSC is set: give CHAPPE_SMSC, as "
            "smpp://system_id:password@host:port, or [[smsc]] tables in chappe.toml; the built-in "
            "simulator, which has no phones behind it, is for CHAPPE_MODE=test"
        )


def child_environment(settings: Mapping[str, str], *, inherit: bool) -> dict[str, str]:
    """For a child process: this one's environment, with `settings` over it.

    Without `inherit` none of this process's own `CHAPPE_…` variables go along.
    """
    mine = {name: value for name, value in os.environ.items()
            if inherit or not name.startswith("CHAPPE_")}  # fmt: skip
    return {**mine, **settings}


def no_colour(environment: Mapping[str, str] | None = None) -> bool:
    """Whether NO_COLOR is set, by which people tell all programs (no-color.org)."""
    return bool((os.environ if environment is None else environment).get("NO_COLOR"))


def _raw(
    name: str, environment: Mapping[str, str], table: dict[str, Any]
) -> tuple[str | None, str]:
    in_file = table.pop(name.lower(), None)
    variable = f"CHAPPE_{name}"
    if environment.get(variable):
        return environment[variable], variable
    if in_file is None:
        return None, variable
    if isinstance(in_file, list):
        in_file = ",".join(str(item) for item in in_file)
    return str(in_file), f"{_path(environment)}: {name.lower()}"


def _parsed(where: str, raw: str, parse: Callable[[str], Any]) -> Any:
    try:
        return parse(raw.strip())
    except ValueError as error:
        raise SettingsError(f"{where}: {error}") from None


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    """A misspelt variable would otherwise be a setting that silently does nothing."""
    for variable in sorted(environment):
        name = variable.removeprefix("CHAPPE_")
        if name != variable and name not in READERS and name not in _NOT_SETTINGS:
            known = [f"CHAPPE_{name}" for name in sorted(READERS)]
            raise SettingsError(
                f"{variable} is no setting of Chappe{meant(variable, known, ALIKE)}"
            )


def _path(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("CHAPPE_CONFIG") or DEFAULT_FILE)


def _file(environment: Mapping[str, str]) -> dict[str, Any]:
    path = _path(environment)
    if not path.exists():
        if environment.get("CHAPPE_CONFIG"):
            raise SettingsError(f"CHAPPE_CONFIG: there is no file {path}")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} can't be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise SettingsError(f'{path} is not TOML: {error}. A line is: mode = "test"') from None
