"""The three lanes, most urgent first. Each is a topic of its own from requests on."""

from enum import StrEnum


class Lane(StrEnum):
    """How urgent a message is: authentication, transactional, campaign."""

    URGENT = "urgent"
    NORMAL = "normal"
    BULK = "bulk"


LANES: tuple[Lane, ...] = tuple(Lane)
"""Strict priority order, most urgent first."""
