from __future__ import annotations

import asyncio
import io

from bakureserve.server import lines
from bakureserve.server.lines import LineBuffer


async def test_lines_wait_for_company_and_are_written_in_order() -> None:
    stream = io.BytesIO()
    buffer = LineBuffer(stream)
    buffer.write(b"one\n")
    buffer.write(b"two\n")
    assert stream.getvalue() == b""
    await asyncio.sleep(lines.FLUSH_SECONDS * 2)
    assert stream.getvalue() == b"one\ntwo\n"


async def test_a_full_buffer_is_written_at_once() -> None:
    stream = io.BytesIO()
    LineBuffer(stream).write(b"x" * lines.FLUSH_BYTES)
    assert len(stream.getvalue()) == lines.FLUSH_BYTES


async def test_a_stream_that_fails_loses_lines_and_nothing_else() -> None:
    stream = io.BytesIO()
    buffer = LineBuffer(stream)
    stream.close()
    buffer.write(b"x" * lines.FLUSH_BYTES)
    buffer.flush()
