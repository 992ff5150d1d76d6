"""uvloop's word for a connection that is gone, put into aiokafka's.

Rule: nothing else of aiokafka is touched. uvloop raises RuntimeError ("the handler is
closed") where asyncio's own transport says nothing or OSError; aiokafka knows OSError only,
and what keeps its group then ends for good, and with it the process.
"""

from typing import Any

from aiokafka.conn import AIOKafkaConnection, CloseReason
from aiokafka.errors import KafkaConnectionError


def teach_aiokafka() -> None:
    """For all connections of this process; once is enough, and twice does nothing more."""
    send = AIOKafkaConnection.send
    if getattr(send, "knows_uvloop", False):
        return

    def send_or_lost(self: Any, request: Any, expect_response: bool = True) -> Any:
        try:
            return send(self, request, expect_response)
        except RuntimeError as error:
            self.close(reason=CloseReason.CONNECTION_BROKEN)
            raise KafkaConnectionError(f"Connection at {self.host}:{self.port}: {error}") from error

    send_or_lost.knows_uvloop = True  # type: ignore[attr-defined]
    AIOKafkaConnection.send = send_or_lost
