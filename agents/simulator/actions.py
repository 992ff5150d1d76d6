"""What an operator can make happen: one table, served to the scenario and the admin port.

Rules: several actions given together are done in the order of `Actions`, so that a port
is closed and options are set before links are cut; nothing is done where one is wrong.
"""

from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from agents.simulator.answers import header
from agents.simulator.options import Changes, SimulatorOptions
from agents.simulator.reply import Reply
from agents.simulator.values import (
    Optional,
    Seconds,
    Shape,
    Status,
    nothing,
    octets,
    wrong,
)
from agents.smpp import commands as c
from agents.smpp import pdu as smpp

NEVER_USED: Final = 0x7FFFFFF0
"""A sequence number that no client gets to."""


def _longer(pdu: bytes, more: bytes) -> bytes:
    """With `more` behind its body, and counted by its command_length."""
    return (len(pdu) + len(more)).to_bytes(4, "big") + pdu[4:] + more


GARBAGE: Final[dict[str, bytes]] = {
    "bad_length": (15).to_bytes(4, "big") + bytes(11),
    "huge_length": (0x7FFFFFFF).to_bytes(4, "big") + bytes(12),
    "unknown_command": header(0x0000ABCD, NEVER_USED),
    "stray_answer": smpp.write(c.SUBMIT_SM_RESP, NEVER_USED, fields={"message_id": "nobody"}),
    "nack": header(c.GENERIC_NACK, 0, c.ESME_RINVCMDID),
    "bad_tlv": _longer(
        smpp.write(
            c.DELIVER_SM, NEVER_USED, 0, {"esm_class": c.ESM_RECEIPT}, [(c.MESSAGE_STATE, b"\x02")]
        ),
        smpp.TLV.pack(c.RECEIPTED_MESSAGE_ID, 0xFFFF) + b"lie",
    ),
    "no_smpp": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}
"""Octets that no SMSC should send, by name."""


def _target(value: object) -> object:
    """Nothing and `all` are every link."""
    return None if value == "all" else nothing(value)


def _bind_status(value: object) -> object:
    return c.ESME_RBINDFAIL if nothing(value) is None or value is True else value


def _garbage(value: object) -> object:
    if isinstance(value, str) and value in GARBAGE:
        return GARBAGE[value]
    try:
        found = octets(value)
    except ValueError:
        found = b""
    if not found:
        raise wrong(f"expected octets in hexadecimal, or one of {', '.join(GARBAGE)}")
    return found


def _nothing(value: object) -> None:
    if nothing(value) is not None:
        raise wrong("takes nothing; write nothing behind the colon (null in JSON)")


def _said(value: Reply | None) -> Reply | None:
    if value is None:
        raise wrong("expected from, to and text")
    return value


Target = Annotated[str | None, BeforeValidator(_target)]


class Actions(Shape):
    """One thing to do, or several at once."""

    say: Annotated[str, Field(min_length=1, max_length=500)] = ""
    """Print this line, for whoever rehearses."""
    set_: Annotated[Changes, Field(alias="set")] = SimulatorOptions()
    """Change these options."""
    accept: Annotated[None, BeforeValidator(_nothing)] = None
    """Let binds in again and speak again: `bind_status` 0, `mute` false. Takes nothing."""
    refuse_binds: Annotated[Status, BeforeValidator(_bind_status)] = c.ESME_RBINDFAIL
    """Refuse binds with this command_status (nothing: 0x0D). Links that are bound stay."""
    stop_listening: Seconds = 0.0
    """Close the port for so long. Links that are up stay; add `cut`."""
    silent: Annotated[Seconds | None, Optional] = None
    """Set `mute` for so long (nothing: until `accept`): all is read, nothing is answered."""
    stop_reading: Seconds = 0.0
    """Read nothing from the links for so long; what they wrote is answered then."""
    reply: Annotated[Reply | None, AfterValidator(_said)] = None
    """A phone writes a message."""
    garbage: Annotated[bytes, BeforeValidator(_garbage)] = b""
    """Send these octets to every link: hexadecimal, or the name of some that are known."""
    enquire: Target = None
    """Ask the links whether they are there: all, or those of a system_id (nothing: all)."""
    unbind: Target = None
    """Ask the links to leave: all, or those of a system_id (nothing: all)."""
    cut: Target = None
    """Cut the links, as when a cable is pulled: all, or those of a system_id (nothing: all)."""

    def given(self) -> list[str]:
        """The names of the actions that are to be done, in order."""
        return [
            field.alias or name
            for name, field in Actions.model_fields.items()
            if name in self.model_fields_set
        ]


KEYS: Final = {
    "reply": tuple(field.alias or name for name, field in Reply.model_fields.items()),
    "actions": tuple(field.alias or name for name, field in Actions.model_fields.items()),
}
"""The keys there are, for who misspells one."""
