"""What the simulator does on purpose. Every field may be changed while it runs.

Rule: nothing is random without `seed`; a fault that is not asked for does not happen.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from agents.smpp import commands as c


@dataclass(slots=True)
class SimulatorOptions:
    """Where to listen, whom to let in, and how badly to behave.

    Times are seconds, shares from 0 to 1, statuses SMPP's command_status.

    - `port` 0 takes a free one (`Simulator.start` says which).
    - `system_id`, `password`: None lets anybody in. `bind_status` other than 0 refuses all
      binds with it; `single_bind` refuses a second of one system_id (ESME_RALYBND).
    - `answer_delay_s`: from a submit to its answer. `receipt_delay_s`: from the answer to
      the receipt; None sends none. `receipt_retry_s`: an unanswered receipt goes out again.
      `receipt_states`: destination prefix to the word of its receipts (else DELIVRD).
    - `window_limit`: a submit beyond so many unanswered on one bind is throttled.
    - `throttle_share`, `throttle_per_s`: submits answered ESME_RTHROTTLED.
    - `refuse_share` with `refuse_status`; `refuse_prefixes`: destination prefix to status.
    - `silent_share`, `silent_from` (the n-th submit, from 1, and all later ones): taken,
      with a receipt, but never answered.
    - `drop_after`: the connection is cut at its n-th submit, which is taken and not
      answered; with `drop_once` the first time only, else on every connection.
    - `inbox_limit`: messages kept, the newest (None: all; 0: only counted).
    - `inbox_file`, `submit_log`: JSON lines, appended: messages, submits.
    """

    host: str = "127.0.0.1"
    port: int = 0
    system_id: str | None = None
    password: str | None = field(default=None, repr=False)
    bind_status: int = c.ESME_ROK
    single_bind: bool = False
    answer_delay_s: float = 0.0
    receipt_delay_s: float | None = 0.0
    receipt_retry_s: float = 5.0
    receipt_states: dict[str, str] = field(default_factory=dict)
    window_limit: int | None = None
    throttle_share: float = 0.0
    throttle_per_s: int | None = None
    refuse_share: float = 0.0
    refuse_status: int = c.ESME_RSYSERR
    refuse_prefixes: dict[str, int] = field(default_factory=dict)
    silent_share: float = 0.0
    silent_from: int | None = None
    drop_after: int | None = None
    drop_once: bool = True
    inbox_limit: int | None = None
    inbox_file: Path | None = None
    submit_log: Path | None = None
    seed: int = 0


Fate = Literal["take", "refuse", "silent", "drop"]
