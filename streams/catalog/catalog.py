"""The catalog: every template there is, and which events each answers.

Rules: it loads whole or not at all; it never changes; files come in as text, so that
nothing here knows a disk.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from schemas.lane import LANES, Lane
from streams.catalog.build import build
from streams.catalog.catalog_file import File, read_file
from streams.catalog.shape import DEFAULTS_SHAPES, SHAPES, DefaultsShape, TemplateShape
from streams.catalog.template import Template
from streams.catalog.yaml_lines import Fault
from streams.text.formats import known
from streams.text.locales import normal

__all__ = [
    "DEFAULTS",
    "Catalog",
    "CatalogError",
    "Fault",
    "Read",
    "parse_catalog",
    "read_catalog",
    "whole",
]

DEFAULTS = "_defaults.yaml"
UNREAD_DEFAULTS = "_defaults."
"""How the name of a file begins without which templates can't be judged: `.yml` too."""


class CatalogError(Exception):
    """The catalog has faults and was not loaded; one line each."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line))
        super().__init__("\n".join(map(str, self.faults)))


class Catalog:
    """The templates by name, and by the topic and type of the events they answer."""

    def __init__(self, templates: Iterable[Template]) -> None:
        ordered = sorted(templates, key=lambda template: template.name)
        self.templates: Mapping[str, Template] = MappingProxyType(
            {template.name: template for template in ordered}
        )
        self._by_topic: dict[str, list[Template]] = {}
        by_event: dict[tuple[str, str], list[Template]] = {}
        for template in ordered:
            self._by_topic.setdefault(template.topic, []).append(template)
            by_event.setdefault((template.topic, template.type), []).append(template)
        self._by_event = {event: tuple(found) for event, found in by_event.items()}

    @property
    def topics(self) -> frozenset[str]:
        """The domain topics that are read."""
        return frozenset(self._by_topic)

    def answering(self, topic: str, type: str) -> tuple[Template, ...]:  # noqa: A002
        """By name; empty where no template asks for such an event."""
        return self._by_event.get((topic, type), ())

    def lane_of(self, topic: str) -> Lane:
        """The most urgent lane it feeds. Raises KeyError for a topic that is not read."""
        return min((template.lane for template in self._by_topic[topic]), key=LANES.index)

    def is_secret(self, topic: str) -> bool:
        """True where its events may carry a secret, so that none of them may be kept."""
        return any(template.secret for template in self._by_topic.get(topic, ()))


class Read(NamedTuple):
    """What could be read of a folder: `defaults` is None where they have faults.

    `files`: of each template in `templates`, by its name; they know the lines.
    """

    templates: list[Template]
    defaults: DefaultsShape | None
    faults: list[Fault]
    files: dict[str, File[TemplateShape]]


def parse_catalog(files: Mapping[str, str]) -> Catalog:
    """File name (without folders) to content. Raises CatalogError with every fault."""
    return whole(read_catalog(files))


def whole(read: Read) -> Catalog:
    """The catalog, where all of it could be read. Raises CatalogError with every fault."""
    if read.faults:
        raise CatalogError(read.faults)
    return Catalog(read.templates)


def read_catalog(files: Mapping[str, str], unread: Iterable[Fault] = ()) -> Read:
    """The templates that are right, and every fault of the others.

    `unread`: the faults of files whose content is not in `files`.
    """
    faults = list(unread)
    defaults: DefaultsShape | None = None
    if not any(fault.file.startswith(UNREAD_DEFAULTS) for fault in faults):
        defaults, found = _defaults(files.get(DEFAULTS, ""))
        faults += found
    templates: list[Template] = []
    right: dict[str, File[TemplateShape]] = {}
    for name in sorted(files.keys() - {DEFAULTS}):
        file, found = read_file(name, files[name], SHAPES, TemplateShape)
        if file is not None and defaults is not None:
            template, found = build(file, defaults)
            if template is not None:
                templates.append(template)
                right[template.name] = file
        faults += found
    if not faults and not templates:
        faults = [Fault(DEFAULTS, 1, "", "no template beside it: there is nothing to say")]
    return Read(templates, defaults, faults, right)


def _defaults(content: str) -> tuple[DefaultsShape | None, list[Fault]]:
    """None where they have faults: then what templates lack is not their fault."""
    if not content.strip():
        return DefaultsShape(), []
    file, faults = read_file(DEFAULTS, content, DEFAULTS_SHAPES, DefaultsShape)
    if file is None:
        return None, faults
    faults = _unknown_locales(file)
    return (None if faults else file.shape), faults


def _unknown_locales(file: File[DefaultsShape]) -> list[Fault]:
    shape = file.shape
    said: list[tuple[tuple[str | int, ...], str]] = [
        *((("default_locale",), locale) for locale in [shape.default_locale] if locale),
        *((("fallbacks", key), key) for key in shape.fallbacks),
        *((("opt_out", key), key) for key in shape.opt_out),
        *(
            (("fallbacks", key, at), locale)
            for key, locales in shape.fallbacks.items()
            for at, locale in enumerate(locales)
        ),
    ]
    return [file.fault(path, f"no such locale: {loc}") for path, loc in said if not _is_known(loc)]


def _is_known(locale: str) -> bool:
    try:
        known(normal(locale))
    except ValueError:
        return False
    return True
