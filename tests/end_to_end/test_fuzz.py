"""The whole HTTP surface under requests made from its own schema, and under plain garbage.

Nothing a client can send makes the server fail, and every answer is as the schema says.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from bakureserve.settings import Settings
from tests.end_to_end.garbage import messages
from tests.kit.houses import CAY_EVI, SAHIL, furnish
from tests.kit.processes import Server, require_sound, serving

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(900)]

TIMES = int(os.environ.get("FUZZ_TIMES", "1"))
REQUESTS = 1_200 * TIMES
CASES = {GenerationMode.POSITIVE: 8 * TIMES, GenerationMode.NEGATIVE: 6 * TIMES}
"""How many of each kind are made for a call of the API."""
GARBAGE = 400 * TIMES
AT_ONCE = 16
LONGEST = 8_000
PATIENCE = 1.0
"""Seconds in which the server answers, unless it still waits for the rest of a request."""

CONFORMS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data_dir: Path = tmp_path_factory.mktemp("fuzz")
    furnish(Settings(data_dir=data_dir, seed=False), SAHIL, CAY_EVI)
    with serving(data_dir, PREP_NOTIFY_ENABLED="on") as running:
        yield running
        assert running.stop() == 0
    assert "request_failed" not in running.said
    require_sound(data_dir)


def test_every_answer_to_any_request_is_as_the_schema_says(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    operations = [found.ok() for found in schema.get_all_operations()]
    with requests.Session() as session:
        fuzzer = Fuzzer(session, _reservations(server, session))
        # What removes reservations comes last, so that there are some for the others.
        for operation in sorted(operations, key=lambda each: each.method.lower() == "delete"):
            for mode, cases in CASES.items():
                fuzzer.fuzz(operation, mode, cases)
    statuses = fuzzer.statuses
    record_property("requests", f"{statuses.total()}: {dict(sorted(statuses.items()))}")
    assert statuses.total() >= REQUESTS, statuses


class Fuzzer:
    """Sends calls of the API, and counts the answers by status."""

    def __init__(self, session: requests.Session, reservations: list[str]) -> None:
        self.statuses: Counter[int] = Counter()
        self._session = session
        self._there = st.fixed_dictionaries(
            {
                "restaurant": st.sampled_from([SAHIL.id, CAY_EVI.slug]),
                "reservation": st.sampled_from(reservations),
            }
        )

    def fuzz(self, operation: Any, mode: GenerationMode, cases: int) -> None:
        """Send each case as it is, and again about what is really there."""

        @settings(
            max_examples=cases,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
        @given(
            case=operation.as_strategy(generation_mode=mode), there=self._there, booking=_bookings()
        )
        def send(case: Any, there: dict[str, str], booking: dict[str, Any]) -> None:
            self._send(case)
            named = set(case.path_parameters or {}) & set(there)
            books = isinstance(case.body, dict) and "restaurant_id" in case.body
            if named or books:
                for name in named:
                    case.path_parameters[name] = there[name]
                if books:
                    case.body |= booking
                self._send(case)

        try:
            send()
        except Unsatisfiable:  # nothing it takes can be wrong
            assert mode is GenerationMode.NEGATIVE
        except BaseException as error:
            error.add_note(f"{operation.method.upper()} {operation.path}, {mode.value}")
            raise

    def _send(self, case: Any) -> None:
        answer = case.call(session=self._session, allow_redirects=False)
        if len(answer.request.path_url) < LONGEST:  # a longer one is refused by the parser
            case.validate_response(answer, checks=CONFORMS)
        self.statuses[answer.status_code] += 1


def _bookings() -> st.SearchStrategy[dict[str, Any]]:
    """What the rules offer, so that now and then a table is taken."""
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    return st.builds(
        lambda day, hour: {
            "restaurant_id": SAHIL.id,
            "start": f"{tomorrow + dt.timedelta(days=day)}T{hour}:00",
            "end": None,
            "party_size": 2,
            "table_id": None,
        },
        st.integers(0, 40),
        st.integers(12, 20),
    )


def _reservations(server: Server, session: requests.Session) -> list[str]:
    """Some reservations to be changed, moved and removed."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=50)
    answers = [
        session.post(
            f"{server.url}/v1/reservations",
            json={
                "restaurant_id": SAHIL.id,
                "party_size": 2,
                "start": f"{day}T{hour}:00",
                "guest_name": "Aysel",
            },
        )
        for hour in range(12, 20)
    ]
    assert {answer.status_code for answer in answers} == {201}
    return [answer.json()["id"] for answer in answers]


async def test_garbage_is_refused_and_never_an_error_of_the_server(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    statuses: Counter[int] = Counter()
    everything = messages(random.Random(20270301), GARBAGE)
    while some := list(islice(everything, AT_ONCE)):
        answers = await asyncio.gather(*(_answer(server, message) for message in some))
        for message, answer in zip(some, answers, strict=True):
            if answer is not None:
                statuses[answer[0]] += 1
                assert answer[0] < 500, (message[:2000], answer)
                _require_readable(*answer)
    record_property("requests", f"{statuses.total()}: {dict(sorted(statuses.items()))}")
    assert statuses.total() >= GARBAGE * 0.8, statuses
    assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200


def _require_readable(status: int, body: bytes) -> None:
    """Every refusal is a problem document, also of what is no HTTP at all."""
    if status < 400:
        return
    problem = json.loads(body)
    assert problem["status"] == status
    assert problem["detail"]
    assert problem["code"] != problem["detail"]


async def _answer(server: Server, message: bytes) -> tuple[int, bytes] | None:
    """Status and body of the answer to these bytes; None if the server waits for more of them, or
    hung up before it had read them all."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        writer.write(message)
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
        return int(head[9:12]), await reader.readexactly(int(length[1]) if length else 0)
    except (ConnectionError, asyncio.IncompleteReadError, TimeoutError):
        return None
    finally:
        writer.close()
