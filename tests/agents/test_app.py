"""What a process refuses before it connects to anything."""

import asyncio
from pathlib import Path

import pytest

from agents.app import engine_main, gateway_main
from agents.settings import Settings, SettingsError
from streams.catalog.catalog import CatalogError
from tests.streams.catalogs import DEFAULTS, GOOD, swapped


async def test_the_engine_looks_no_contact_up_and_says_so(tmp_path: Path) -> None:
    contact = swapped("to: {phone: data.phone,", "to: {contact: subject,")
    for name, content in {"_defaults": DEFAULTS, "good": GOOD, "hello": contact}.items():
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    # nobody listens there: the catalog comes first
    settings = Settings(kafka="127.0.0.1:9", catalog=tmp_path)
    with pytest.raises(CatalogError) as caught:
        await engine_main(settings, asyncio.Event())
    assert str(caught.value) == (
        "hello.yaml:1: to.contact: template hello: this version looks no contact up; "
        "say phone: where the event has the number"
    )


async def test_a_live_gateway_takes_an_smsc() -> None:
    settings = Settings(kafka="127.0.0.1:9", live=True)
    with pytest.raises(SettingsError, match="CHAPPE_MODE is live, and no SMSC is set"):
        await gateway_main(settings, asyncio.Event())
