"""The log's way out: whatever reads it, or stops reading, nothing waits for it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from bakureserve.server.log_pipe import LogPipe
from tests.kit.ports import free_port
from tests.kit.processes import die_with_the_tests
from tests.kit.program import COMMAND, environment

ROOM = 1000
PIPE_BYTES = 65536


class Reader:
    """What reads the log, when it is asked to; it has stopped for now, and the pipe is full."""

    def __init__(self) -> None:
        self._end, other = os.pipe()
        os.set_blocking(self._end, False)
        os.set_blocking(other, False)
        with suppress(BlockingIOError):
            while True:
                os.write(other, b"." * 512)
        os.set_blocking(other, True)
        self.told: list[int] = []
        self.pipe = LogPipe(other, self.told.append, room=ROOM)

    def read(self) -> bytes:
        """All that can be had, less what filled the pipe before."""
        try:
            return os.read(self._end, 10 * PIPE_BYTES).replace(b".", b"")
        except BlockingIOError:
            return b""


@pytest.fixture
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.pipe.close()


def test_lines_come_out_in_their_order(reader: Reader) -> None:
    reader.pipe.write("one\n")
    reader.pipe.write(b"two\n")

    assert reader.read() == b""
    reader.pipe.close()
    assert reader.read() == b"one\ntwo\n"


def test_a_write_of_nothing_holds_up_none_of_the_next_lines(reader: Reader) -> None:
    reader.read()

    reader.pipe.write(b"")
    reader.pipe.write("one\n")

    assert reader.read() == b"one\n"


def test_what_finds_no_room_is_dropped_counted_and_told_of_once_lines_are_read(
    reader: Reader,
) -> None:
    for number in range(13):
        reader.pipe.write(f"{number:99}\n")

    assert (reader.pipe.dropped, reader.told) == (3, [])
    reader.read()
    reader.pipe.close()
    assert [int(line) for line in reader.read().splitlines()] == [*range(10)]
    assert reader.told == [3]


@pytest.mark.parametrize(
    ("form", "streams"),
    [("json", "0<&- 1>&- 2>&-"), ("human", "2>/dev/full")],
    ids=["closed", "on a full disk"],
)
def test_a_server_that_cannot_log_starts_answers_and_stops(
    tmp_path: Path, streams: str, form: str
) -> None:
    port = free_port()
    with subprocess.Popen(
        [
            *("sh", "-c", f'exec "$@" {streams}', "sh"),
            *(*COMMAND, "serve", "--port", str(port), "--data-dir", str(tmp_path), "--dev"),
        ],
        cwd=tmp_path,
        env=environment(SEED="off", LOG_FORMAT=form),
        start_new_session=True,
        preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
    ) as server:
        while server.poll() is None:
            with suppress(requests.ConnectionError):
                assert requests.get(f"http://127.0.0.1:{port}/livez", timeout=10).ok
                break
            time.sleep(0.1)
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
