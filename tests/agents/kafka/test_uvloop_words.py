"""A connection that uvloop has closed is lost to aiokafka, too."""

import asyncio

import pytest
import uvloop
from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.metadata import MetadataRequest

from agents.kafka.uvloop_words import teach_aiokafka


async def _request_on_a_closed_transport() -> None:
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    connection = AIOKafkaConnection("127.0.0.1", port)
    connection._reader, connection._writer = await asyncio.open_connection("127.0.0.1", port)
    connection._read_task = asyncio.create_task(asyncio.Event().wait())
    connection._writer.transport.abort()
    await asyncio.sleep(0)  # the transport is closed in the next turn of the loop
    try:
        await connection.send(MetadataRequest([]))
    finally:
        server.close()


def test_a_closed_transport_is_a_lost_connection() -> None:
    teach_aiokafka()
    teach_aiokafka()
    with (
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        pytest.raises(KafkaConnectionError),
    ):
        runner.run(_request_on_a_closed_transport())
