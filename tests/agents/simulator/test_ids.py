"""Message ids, and how receipts write them otherwise than answers."""

import pytest

from agents.simulator.ids import Ids
from agents.simulator.options import IdFormat, ReceiptId

STARTED = 1_700_000_000.5
NUMBER = 1_700_000_000_500_000_001

ROWS: list[tuple[str, IdFormat, str, ReceiptId, str]] = [
    ("as ever", "opaque", "18bcfe569f4-1", "same", "18bcfe569f4-1"),
    ("decimal", "decimal", str(NUMBER), "same", str(NUMBER)),
    ("hex is small letters", "hex", f"{NUMBER:x}", "same", f"{NUMBER:x}"),
    ("hex for decimal", "decimal", str(NUMBER), "hex", f"{NUMBER:x}"),
    ("decimal for hex", "hex", f"{NUMBER:x}", "decimal", str(NUMBER)),
    ("zeros in front", "decimal", str(NUMBER), "padded", f"0{NUMBER}"),
    ("another case", "hex", f"{NUMBER:x}", "capitals", f"{NUMBER:X}"),
    ("none in the answer", "empty", "", "same", "18bcfe569f4-1"),
]


@pytest.mark.parametrize(("why", "form", "answered", "style", "said"), ROWS)
def test_ids(why: str, form: IdFormat, answered: str, style: ReceiptId, said: str) -> None:
    message_id = Ids(STARTED).next(form)
    assert (message_id.answered, message_id.in_receipt(style)) == (answered, said)


def test_no_number_comes_again_after_a_restart() -> None:
    before, after = Ids(STARTED), Ids(STARTED + 0.001)
    assert not {before.next("decimal") for _ in range(1000)} & {
        after.next("decimal") for _ in range(1000)
    }
