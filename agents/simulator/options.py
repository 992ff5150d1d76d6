"""What the simulator does on purpose: every option, in groups, with what it means.

Rules: nothing is random without `seed`; a fault that is not asked for does not happen;
every option may be changed while it runs, but those of `Start`. The sentence below each
option is what docs/simulator.md prints.
"""

from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from agents.simulator.values import (
    Count,
    Keyed,
    Limit,
    Listed,
    Octet,
    Octets,
    Optional,
    Seconds,
    Share,
    Status,
    Tag,
    Together,
    Word,
    choice,
    wrong,
)
from agents.smpp import commands as c

IdFormat = Literal["opaque", "decimal", "hex", "empty"]
ReceiptId = Literal["same", "hex", "decimal", "padded", "capitals"]
ReceiptParts = Literal["both", "tlvs", "text"]
ReceiptDates = Annotated[Literal[10, 12, 14], BeforeValidator(choice)]
ReceiptField = Literal["id", "sub", "dlvrd", "submit date", "done date", "stat", "err", "text"]


class Group(BaseModel):
    """Options that belong together."""

    model_config = ConfigDict(
        extra="forbid",
        use_attribute_docstrings=True,
        validate_assignment=True,
        hide_input_in_errors=True,
    )


class Start(Group):
    """Where it listens and what it keeps. Read once, at the start."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """Port to listen on; 0 takes a free one."""
    tls_cert: Annotated[Path | None, Optional] = None
    """PEM file with the certificate: the port then speaks TLS only."""
    tls_key: Annotated[Path | None, Optional] = None
    """PEM file with its key, where `tls_cert` does not hold it too."""
    tls_client_ca: Annotated[Path | None, Optional] = None
    """PEM file: only clients with a certificate signed by it are let in."""
    inbox_limit: Annotated[Limit | None, Optional] = None
    """Messages kept in memory, the newest; 0 only counts them, none keeps all."""
    inbox_file: Annotated[Path | None, Optional] = None
    """File to which each message is appended, a JSON object a line."""
    submit_log: Annotated[Path | None, Optional] = None
    """File to which each submit is appended before its answer leaves, a JSON object a line."""
    seed: int = 0
    """Of all that is decided by chance: the same seed repeats it."""


class Binds(Group):
    """Who is let in."""

    system_id: Annotated[str | None, Optional] = None
    """Let in only this system_id; none lets in any."""
    password: Annotated[str | None, Optional] = Field(default=None, repr=False)
    """Let in only with this password; none lets in with any."""
    bind_status: Status = c.ESME_ROK
    """Refuse all binds with this command_status; 0 accepts them."""
    bind_delay_s: Seconds = 0.0
    """From a bind to its answer."""
    bind_limit: Annotated[Limit | None, Optional] = None
    """Binds that one system_id may have at once; more are refused with 0x05."""
    single_bind: bool = False
    """The same as `bind_limit` 1."""


class Links(Group):
    """How a connection behaves, whatever travels on it."""

    mute: bool = False
    """Read all and take submits, but send nothing: no answer, no receipt, no enquire_link_resp."""
    read_pause_s: Seconds = 0.0
    """Slow reader: after each read from a socket nothing is read from it for so long."""
    drop_after: Annotated[Count | None, Optional] = None
    """Cut a connection at its n-th submit, which is taken and not answered."""
    drop_once: bool = True
    """Only the first connection that gets so far; else every one."""
    window_limit: Annotated[Limit | None, Optional] = None
    """Unanswered submits on one bind beyond which more are answered 0x58."""


class Refusals(Group):
    """Submits that are refused, by command_status. What is refused is not taken."""

    throttle_share: Share = 0.0
    """Share of submits that are answered 0x58 (throttled)."""
    throttle_per_s: Annotated[Limit | None, Optional] = None
    """Submits a second beyond which more are answered 0x58."""
    queue_limit: Annotated[Limit | None, Optional] = None
    """Messages that may be queued for one destination; more are answered 0x14 (queue full)."""
    queue_s: Seconds = 60.0
    """How long a message counts for `queue_limit`."""
    refuse_prefixes: Annotated[dict[str, Status], Keyed] = Field(default_factory=dict)
    """Destination prefix to the command_status that its submits get."""
    refuse_share: Share = 0.0
    """Share of submits that are answered `refuse_status`."""
    refuse_status: Status = c.ESME_RSYSERR
    """The command_status of `refuse_share`; vendors' own (0x400 and above) too."""
    refuse_shares: Annotated[dict[Status, Share], Keyed, Together] = Field(default_factory=dict)
    """The same for several: command_status to share."""
    error_body: bool = False
    """Answers with an error have a body (an empty message_id), not the header alone."""


class Answers(Group):
    """When and how submits are answered. What is answered late was taken at once."""

    answer_delay_s: Seconds = 0.0
    """From a submit to its answer."""
    answer_jitter_s: Seconds = 0.0
    """Up to so much later, each by chance: answers come out of order."""
    late_share: Share = 0.0
    """Share of submits that are answered later still, by `late_s`."""
    late_s: Seconds = 30.0
    """How much later: longer than a client waits."""
    silent_share: Share = 0.0
    """Share of submits that are taken, with a receipt, and never answered."""
    silent_from: Annotated[Count | None, Optional] = None
    """The same for the n-th submit (from 1, over all connections) and all later ones."""
    id_format: IdFormat = "opaque"
    """How message ids look in answers: opaque, decimal, hex or empty."""
    header_only: bool = False
    """Positive answers are a header without a body, so without a message id."""
    answer_tlvs: Annotated[dict[Tag, Octets], Keyed] = Field(default_factory=dict)
    """TLVs behind the message id: tag to octets in hexadecimal."""


class Receipts(Group):
    """Which receipts there are, when, and on which connection."""

    receipt_delay_s: Annotated[Seconds | None, Optional] = 0.0
    """From an answer to its receipt; none sends no receipts."""
    receipt_first: bool = False
    """The receipt leaves before the answer, as soon as the submit was taken."""
    receipt_retry_s: Seconds = 5.0
    """A receipt or reply without an answer, or with an error, goes out again after so long."""
    receipt_route: Literal["any", "same", "other"] = "any"
    """Which bind of the account is preferred: any, the submit's own, or another one."""
    receipt_segments: Literal["all", "first", "last"] = "all"
    """Which segments of a long message get a receipt."""
    receipt_states: Annotated[dict[str, Word], Keyed] = Field(default_factory=dict)
    """Destination prefix to the final state of its messages."""
    receipt_shares: Annotated[dict[Word, Share], Keyed, Together] = Field(default_factory=dict)
    """Final state to its share of the other messages; the rest is DELIVRD."""
    receipt_steps: Annotated[list[Word], Listed] = Field(default_factory=list)
    """Intermediate receipts before the final one, spread evenly over `receipt_delay_s`."""
    receipt_copies: Annotated[Count, Field(le=100)] = 1
    """How often each receipt is sent."""
    receipt_lost_share: Share = 0.0
    """Share of messages whose final receipt is never sent."""


class Dialect(Group):
    """How receipts are written."""

    receipt_id: ReceiptId = "same"
    """The id in receipts: as in the answer, its number in hex or decimal, padded, in capitals."""
    receipt_parts: ReceiptParts = "both"
    """Text and TLVs, TLVs alone with an empty text, or the text alone."""
    receipt_dates: ReceiptDates = 10
    """Digits of the dates: 10 (to the minute), 12 (seconds), 14 (a year of four digits)."""
    receipt_omits: Annotated[list[ReceiptField], Listed] = Field(default_factory=list)
    """Fields that the text lacks."""
    receipt_err: Annotated[str, Field(max_length=20)] = ""
    """The text of `err`; empty is 000 where it was delivered, else 001."""
    receipt_layout: Literal["plain", "spaced", "capitals"] = "plain"
    """`id:1 sub:001`, `id: 1  sub: 001`, or `ID:1 SUB:001`."""
    receipt_command: Literal["deliver_sm", "data_sm"] = "deliver_sm"
    """The PDU that carries them; data_sm has its text in message_payload."""
    receipt_esm_class: Octet = c.ESM_RECEIPT
    """esm_class of a final receipt; 0 is an SMSC that forgets the flag."""
    receipt_step_esm_class: Octet = c.ESM_INTERMEDIATE
    """esm_class of an intermediate one; many SMSCs use 0x04 here too."""
    echo_reference: bool = True
    """Receipts repeat the user_message_reference of their submit, in whatever parts."""


class SimulatorOptions(Start, Binds, Links, Refusals, Answers, Receipts, Dialect):
    """Where to listen, whom to let in, and how badly to behave.

    Times are seconds, shares from 0 to 1, statuses SMPP's command_status. A wrong value
    raises pydantic's ValidationError, also when it is assigned.
    """

    def change(self, to: "SimulatorOptions") -> None:
        """Takes over what `to` was given, and nothing else of it."""
        for name in type(self).model_fields:
            if name in to.model_fields_set:
                setattr(self, name, getattr(to, name))

    def shown(self) -> dict[str, Any]:
        """As JSON, group by group, the password hidden."""
        values = self.model_dump(mode="json")
        shown = {name: values[name] for group in GROUPS for name in group.model_fields}
        return shown | {"password": "***"} if self.password else shown


GROUPS: Final = (Start, Binds, Links, Refusals, Answers, Receipts, Dialect)


def _at_run_time(options: SimulatorOptions) -> SimulatorOptions:
    fixed = [name for name in Start.model_fields if name in options.model_fields_set]
    if fixed:
        raise wrong(f"{', '.join(fixed)} can't change while it runs; give it at the start")
    return options


Changes = Annotated[SimulatorOptions, AfterValidator(_at_run_time)]
"""Some options, to be changed while it runs."""
