"""What a shell completes from the catalog: templates, their locales, the topics.

Rules: the catalog in force, or the one that the line names with --catalog; where it has
faults, or the settings have, nothing is offered and nothing is said.
"""

from collections.abc import Iterable
from pathlib import Path

import click

from agents.catalog import load_catalog
from agents.settings import SettingsError, load_settings
from streams.catalog.catalog import Catalog, CatalogError


def templates(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    catalog = _catalog(context)
    return _offered(catalog.templates, begun) if catalog else []


def locales(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Those of the template in the line, or of all where it has none yet."""
    if (catalog := _catalog(context)) is None:
        return []
    words = (context.params.get("template") or "", *context.args)  # click has it here or there
    named = [catalog.templates[word] for word in words if word in catalog.templates]
    several = named or catalog.templates.values()
    return _offered({locale for one in several for locale in one.texts}, begun)


def topics(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Those from which a template takes its events."""
    catalog = _catalog(context)
    return _offered(catalog.topics, begun) if catalog else []


def _catalog(context: click.Context) -> Catalog | None:
    folder: Path | None = context.params.get("folder")
    try:
        return load_catalog(folder or load_settings().catalog)
    except (SettingsError, CatalogError):
        return None


def _offered(names: Iterable[str], begun: str) -> list[str]:
    return sorted(name for name in names if name.startswith(begun))
