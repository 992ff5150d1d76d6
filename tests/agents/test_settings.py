"""The settings: what each takes, what a wrong one says, which source wins, and their page.

Run this file as a module to write the tables of docs/settings.md anew:
`python -m tests.agents.test_settings`.
"""

import dataclasses
import re
import tomllib
from contextlib import nullcontext
from pathlib import Path

import pytest

from agents import json_sources, settings_table
from agents.settings import (
    Settings,
    SettingsError,
    child_environment,
    load_settings,
    refuse_live_without_smsc,
)
from agents.settings_table import READERS
from schemas.lane import Lane

PAGE = Path(__file__).resolve().parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no chappe.toml is found by chance."""
    monkeypatch.chdir(tmp_path)


TAKEN = [
    ("KAFKA", "a:1, b:65535", "kafka", "a:1,b:65535", "several, with spaces"),
    ("KAFKA", "[::1]:9092", "kafka", "[::1]:9092", "an IPv6 address has colons of its own"),
    ("MODE", "live", "live", True, "said explicitly"),
    ("MODE", " test ", "live", False, "spaces around a value mean nothing"),
    ("START", "earliest", "start", "earliest", "the other one"),
    ("PARTITIONS", "1", "partitions", 1, "the lowest"),
    ("PARTITIONS", "1000", "partitions", 1000, "the highest"),
    ("REPLICATION", "-1", "replication", -1, "the broker's default"),
    ("METRICS_PORT", "65535", "metrics_port", 65535, "the highest port"),
    ("DRAIN_S", "0.5", "drain_s", 0.5, "a fraction"),
    ("LOG", "WARNING", "log", "warning", "in any case"),
    ("PUBLIC_PREFIX", "eu-1.sms_", "public_prefix", "eu-1.sms_", "all that Kafka takes"),
    ("DATA", "not/yet/there", "data", Path("not/yet/there"), "it is made when it is needed"),
    ("KAFKA_SECURITY", "security.protocol=SSL,sasl.password=a=b", "kafka_security",
     {"security.protocol": "SSL", "sasl.password": "a=b"}, "a password may hold a ="),
]  # fmt: skip


@pytest.mark.parametrize(("name", "raw", "attribute", "value", "why"), TAKEN)
def test_what_is_taken(name: str, raw: str, attribute: str, value: object, why: str) -> None:
    assert getattr(load_settings({f"CHAPPE_{name}": raw}), attribute) == value, why


REFUSED = [
    ("KAFKA", "localhost", "host:port", "no port"),
    ("KAFKA", ":9092", "host:port", "no host"),
    ("KAFKA", "a:0", "host:port", "port 0 is none"),
    ("KAFKA", "a:65536", "host:port", "above the highest port"),
    ("KAFKA", "a:1,", "host:port", "nothing behind the comma"),
    ("MODE", "Live", "test or live", "sending for real is not said by chance"),
    ("START", "now", "latest or earliest", "unknown word"),
    ("PARTITIONS", "0", "1 to 1000", "below"),
    ("PARTITIONS", "1001", "1 to 1000", "above"),
    ("PARTITIONS", "4.0", "1 to 1000", "not whole"),
    ("REPLICATION", "0", "1 to 10", "between -1 and 1"),
    ("METRICS_PORT", "-1", "0 to 65535", "below"),
    ("DRAIN_S", "0", "above 0", "no time at all"),
    ("DRAIN_S", "nan", "above 0", "a float that is no number"),
    ("DRAIN_S", "61", "up to 60", "above"),
    ("LOG", "loud", "debug, info", "unknown level"),
    ("CATALOG", "nowhere", "folder", "not there"),
    ("DATA", __file__, "is a file", "a file is no folder"),
    ("TEST_NUMBERS", "0612345678", "+33612345678", "no country"),
    ("TEST_NUMBERS", "*", "+3361234*", "everybody is called live"),
    ("SMSC", "http://u:hunter2@h:1", "smpp://", "another scheme"),
    ("PUBLIC_PREFIX", "sms/", "letters", "Kafka takes no slash"),
    ("KAFKA_SECURITY", "group.id=x", "security.*", "not about security"),
]


@pytest.mark.parametrize(("name", "raw", "takes", "why"), REFUSED)
def test_a_wrong_value_names_the_variable_and_what_it_takes(
    name: str, raw: str, takes: str, why: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load_settings({f"CHAPPE_{name}": raw})
    assert f"CHAPPE_{name}: " in str(caught.value), why
    assert takes in str(caught.value), why
    assert "hunter2" not in str(caught.value), "a password is in no error"


def test_defaults_text_nobody() -> None:
    settings = load_settings({})
    assert settings == Settings()
    assert not settings.live
    assert not settings.test_numbers.allow("+33612345678")


def test_an_empty_variable_is_as_if_not_set() -> None:
    assert load_settings({"CHAPPE_KAFKA": "", "CHAPPE_MODE": ""}) == Settings()


def test_a_misspelt_variable_is_refused() -> None:
    with pytest.raises(SettingsError, match="CHAPPE_KAFKAS is no setting"):
        load_settings({"CHAPPE_KAFKAS": "a:1"})


def test_the_environment_wins_over_the_file() -> None:
    Path("chappe.toml").write_text('partitions = 4\ntest_numbers = ["+33612345678"]\nlog="error"\n')
    settings = load_settings({"CHAPPE_LOG": "debug"})
    assert (settings.partitions, settings.log) == (4, "debug")
    assert settings.test_numbers.allow("+33612345678"), "a list is as good as commas"


FAULTS = [
    ("partitions = 0", "partitions: takes", "the value is read as from the environment"),
    ("partition = 4", "unknown setting 'partition'", "misspelt"),
    ("partitions = ", "chappe.toml", "no TOML"),
    ('[[source]]\ntopic="t"\ntype="k"', "format", "a source says its format"),
    ('[[source]]\ntopic="t"\nformat="avro"\ntype="k"', 'takes "json"', "only json"),
    ('[[source]]\ntopic="t"\nformat="json"', "type is missing", "without it nothing answers"),
    ('[[source]]\ntopic="t"\nformat="json"\ntype="k"\nkey="x"', "key", "unknown field"),
    ("source = 3", "[[source]] tables", "no table"),
    ("smsc = 3", "smsc must be a URL, or [[smsc]] tables", "neither"),
    ("smsc = {}", "smsc must be a URL, or [[smsc]] tables", "one table, with one bracket too few"),
    ("smsc = false", "smsc must be a URL, or [[smsc]] tables", "no is not the simulator"),
    ("smsc = []", "chappe.toml: smsc is an empty list: write a URL", "no silent simulator"),
    ('[[smsc]]\nname="a"', "chappe.toml: [[smsc]] 'a': url is missing", "file, name and key"),
    ('[[route]]\nto="a"', "chappe.toml: [[route]] 1 to: 'a' is no SMSC; known are smsc", "none"),
    ('smsc="smpp://u:p@h?name=b"\n[[route]]\nto="a"', "known are b", "a URL names one too"),
    ("route = 3", "[[route]] tables", "no table"),
]


@pytest.mark.parametrize(("text", "says", "why"), FAULTS)
def test_a_fault_in_the_file_is_named(text: str, says: str, why: str) -> None:
    Path("chappe.toml").write_text(text)
    with pytest.raises(SettingsError) as caught:
        load_settings({})
    assert says in str(caught.value), why


CARRIERS = """
[[smsc]]
name = "main"
url = "smpp://u:hunter2@h"
[[smsc]]
name = "spare"
url = "smpps://u:hunter2@h2"
[[route]]
to = ["main", "spare"]
[[route]]
prefix = "+33"
lane = "urgent"
to = ["spare", "main"]
"""


def test_several_smscs_and_their_routes() -> None:
    Path("chappe.toml").write_text(CARRIERS)
    settings = load_settings({})
    assert [smsc.label for smsc in settings.smscs] == ["main", "spare"]
    assert settings.routes.candidates("+33612345678", Lane.URGENT, "x") == ("spare", "main")
    assert settings.routes.candidates("+33612345678", Lane.BULK, "x") == ("main", "spare")
    assert "hunter2" not in repr(settings)


def test_one_smsc_by_its_url_serves_everything() -> None:
    settings = load_settings({"CHAPPE_SMSC": "smpp://u:p@h"})
    assert [smsc.label for smsc in settings.smscs] == ["smsc"]
    assert settings.routes.candidates("+33612345678", Lane.BULK, "x") == ("smsc",)


def test_without_an_smsc_the_simulator_has_the_name_of_one() -> None:
    assert load_settings({}).smscs == ()
    assert load_settings({}).routes.candidates("+33612345678", Lane.BULK, "x") == ("smsc",)


def test_tables_and_a_url_besides_are_refused() -> None:
    Path("chappe.toml").write_text(CARRIERS)
    with pytest.raises(SettingsError, match=r"\[\[smsc\]\] tables, and CHAPPE_SMSC besides"):
        load_settings({"CHAPPE_SMSC": "smpp://u:p@h"})


LIVE = [
    ({"CHAPPE_MODE": "live"}, "", True, "none at all: a simulator delivers nothing"),
    ({}, 'mode = "live"', True, "said in the file"),
    ({"CHAPPE_MODE": "test"}, "", False, "for trying out"),
    ({"CHAPPE_MODE": "live", "CHAPPE_SMSC": "smpp://u:p@h"}, "", False, "one by its URL"),
    ({"CHAPPE_MODE": "live"}, CARRIERS, False, "some by their tables"),
]


@pytest.mark.parametrize(("environment", "file", "refused", "why"), LIVE)
def test_live_takes_an_smsc(
    environment: dict[str, str], file: str, refused: bool, why: str
) -> None:
    Path("chappe.toml").write_text(file)
    settings = load_settings(environment)
    said = pytest.raises(SettingsError, match="live, and no SMSC is set: give CHAPPE_SMSC")
    with said if refused else nullcontext():
        refuse_live_without_smsc(settings)


def test_a_wrong_url_is_blamed_on_where_it_stands() -> None:
    Path("chappe.toml").write_text('[[route]]\nto = "smsc"\n')
    with pytest.raises(SettingsError, match=r"^CHAPPE_SMSC: there is no password"):
        load_settings({"CHAPPE_SMSC": "smpp://u@h"})


def test_a_file_that_is_named_must_be_there() -> None:
    with pytest.raises(SettingsError, match=r"CHAPPE_CONFIG: there is no file other\.toml"):
        load_settings({"CHAPPE_CONFIG": "other.toml"})


def test_secrets_are_in_no_repr() -> None:
    settings = load_settings(
        {
            "CHAPPE_SMSC": "smpp://u:hunter2@h:2775",
            "CHAPPE_KAFKA_SECURITY": "sasl.password=hunter2",
        }
    )
    assert "hunter2" not in repr(settings)


def test_a_child_gets_no_setting_of_ours_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAPPE_MODE", "live")
    assert "CHAPPE_MODE" not in child_environment({}, inherit=False)
    assert child_environment({}, inherit=True)["CHAPPE_MODE"] == "live"
    assert child_environment({"CHAPPE_MODE": "test"}, inherit=True)["CHAPPE_MODE"] == "test"


@pytest.mark.parametrize("name", READERS)
def test_the_example_of_each_is_taken(name: str) -> None:
    Path("texts").mkdir()
    setting = READERS[name]
    settings = load_settings({f"CHAPPE_{name}": setting.example})
    assert getattr(settings, setting.attribute) != getattr(Settings(), setting.attribute), (
        "an example that says something else than the default"
    )


def test_the_defaults_that_are_values_are_those_of_the_code() -> None:
    said = {it.attribute: it.default for it in READERS.values()}
    values = {"live": "test", "partitions": "12", "replication": "-1", "metrics_port": "0",
              "start": "latest", "public_prefix": "sms.", "internal_prefix": "chappe.",
              "drain_s": "5", "log": "info"}  # fmt: skip
    assert {name: said[name] for name in values} == values
    plain = {
        field.name: "test" if field.name == "live" else f"{field.default}".removesuffix(".0")
        for field in dataclasses.fields(Settings)
        if field.name in values
    }
    assert plain == values


def test_every_field_has_a_row() -> None:
    fields = {field.name for field in dataclasses.fields(Settings)}
    assert fields - {it.attribute for it in READERS.values()} == {"routes", "sources"}


NAMES = [
    ({"CHAPPE_SMCS": "x"}, "", "CHAPPE_SMCS is no setting of Chappe; did you mean CHAPPE_SMSC?"),
    ({"CHAPPE_TESTNUMBERS": "x"}, "", "did you mean CHAPPE_TEST_NUMBERS?"),
    ({"CHAPPE_X": "1"}, "", "known are CHAPPE_CATALOG, "),
    ({}, "test_number = 3", "unknown setting 'test_number'; did you mean test_numbers?"),
    ({}, '[[sources]]\ntopic="t"', "unknown setting 'sources'; did you mean [[source]]?"),
    ({}, '[[source]]\ntopik="t"', "[[source]] topik: there is no such key; did you mean topic?"),
]


@pytest.mark.parametrize(("environment", "file", "said"), NAMES)
def test_a_misspelt_name_is_told_the_right_one(
    environment: dict[str, str], file: str, said: str
) -> None:
    Path("chappe.toml").write_text(file)
    with pytest.raises(SettingsError, match=re.escape(said)):
        load_settings(environment)


def page() -> str:
    """As it is, with the tables of the code."""
    text = PAGE.read_text("utf-8")
    for mark, module in (("settings", settings_table), ("source", json_sources)):
        before, _, rest = text.partition(f"<!-- {mark} -->\n")
        after = rest.partition(f"<!-- {mark} end -->")[2]
        text = f"{before}<!-- {mark} -->\n\n{module.markdown()}\n<!-- {mark} end -->{after}"
    return text


def test_the_page_is_true() -> None:
    """Write it anew with `python -m tests.agents.test_settings`."""
    assert PAGE.read_text("utf-8") == page()


def test_the_files_in_the_page_are_read() -> None:
    Path("texts").mkdir()
    blocks = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    for block in blocks:
        Path("chappe.toml").write_text(block)
        assert load_settings({}) != Settings(), tomllib.loads(block)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
