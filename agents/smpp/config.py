"""Where an SMSC is, how to bind to it, and what was agreed with its carrier: values only.

Rule: the password is in no repr. How they are read from settings: `smsc_settings`.
"""

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

from streams.sending.smsc_id import IdRule
from streams.sending.submit import SHORT_CODE
from streams.sending.verdict import Verdicts
from streams.text.decode import DefaultAlphabet

Kind = Literal["transceiver", "transmitter+receiver"]
"""Whether one bind does both, or a pair of them."""
Receipts = Literal["every", "first", "last"]
"""For which segments of a message the carrier sends receipts."""
Role = Literal["transceiver", "transmitter", "receiver"]
"""What one bind is for."""

ROLES: Final[dict[Kind, tuple[Role, ...]]] = {
    "transceiver": ("transceiver",),
    "transmitter+receiver": ("transmitter", "receiver"),
}

DEFAULT_LABEL: Final = "smsc"
"""The name of an SMSC that was given none."""


@dataclass(frozen=True, slots=True)
class BindConfig:
    """One bind, as agreed with the carrier.

    `window`: submits without an answer at any time. `enquire_link_s`: silence after which
    we ask whether the SMSC is there. `response_timeout_s`: how long any answer may take;
    a submit without one is in doubt then. 10 s, because a person waits for an OTP; a
    carrier whose SMSC is slower under load needs more, or messages go into doubt that
    the SMSC has taken. `session_init_s`: how long connecting may take, TLS included, and
    then the answer to the bind.
    """

    system_id: str
    password: str = field(repr=False)
    system_type: str = ""
    window: int = 10
    enquire_link_s: float = 30.0
    response_timeout_s: float = 10.0
    session_init_s: float = 10.0


@dataclass(frozen=True, slots=True)
class SmscConfig:
    """One SMSC. `tls` is None for plain TCP; `tls_server_name` where it is not `host`.

    `label` is its name in settings, metrics and statuses. `binds` links of `kind`, see
    `roles`. `rate_segments_per_s` is for all of them together, None without a limit.
    `receipts`: for which segments of a message the carrier sends them. `default_alphabet`:
    what its data_coding 0 means, both ways.
    """

    host: str
    port: int
    bind: BindConfig
    tls: ssl.SSLContext | None = field(default=None, repr=False)
    label: str = DEFAULT_LABEL
    kind: Kind = "transceiver"
    binds: int = 1
    rate_segments_per_s: float | None = None
    urgent_share: float = 0.0
    id_rule: IdRule = field(default_factory=IdRule)
    receipts: Receipts = "every"
    default_alphabet: DefaultAlphabet = "gsm7"
    short_code_ton: int = SHORT_CODE
    verdicts: Verdicts = field(default_factory=Verdicts)
    tls_server_name: str | None = None

    @property
    def name(self) -> str:
        """For logs: who binds where."""
        return f"{self.bind.system_id}@{self.host}:{self.port}"

    @property
    def roles(self) -> tuple[Role, ...]:
        """One for each link to be made."""
        return ROLES[self.kind] * self.binds
