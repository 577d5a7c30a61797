from __future__ import annotations

import asyncio
import io

from bakureserve.server import observers
from bakureserve.server.observers import LineBuffer


async def test_lines_wait_for_company_and_are_written_in_order() -> None:
    stream = io.BytesIO()
    buffer = LineBuffer(stream, b"".join)
    buffer.add(b"one\n")
    buffer.add(b"two\n")
    assert stream.getvalue() == b""
    await asyncio.sleep(observers.FLUSH_SECONDS * 2)
    assert stream.getvalue() == b"one\ntwo\n"


async def test_a_full_buffer_is_written_at_once() -> None:
    stream = io.BytesIO()
    buffer = LineBuffer(stream, b"".join)
    for _ in range(observers.FLUSH_LINES):
        buffer.add(b"x")
    assert len(stream.getvalue()) == observers.FLUSH_LINES


async def test_a_stream_that_fails_loses_lines_and_nothing_else() -> None:
    stream = io.BytesIO()
    buffer = LineBuffer(stream, b"".join)
    stream.close()
    buffer.add(b"x")
    buffer.flush()


async def test_nothing_is_written_where_nothing_was_collected() -> None:
    written: list[bytes] = []

    class Stream(io.BytesIO):
        def write(self, data: bytes, /) -> int:  # type: ignore[override]
            written.append(data)
            return len(data)

    LineBuffer(Stream(), b"".join).flush()

    assert written == []
