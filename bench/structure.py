"""How far a request travels through the code, and how the code is cut.

Run with `python -m bench.structure`, or with another checkout first on PYTHONPATH to measure that
one. A cancel, a booking and a location ping are sent to the whole program in this process, over
HTTP, with the sample restaurants and its own tokens, several times once warm. Reported are the
modules of the package that have a frame, and the functions called, between the first line of the
program that sees the request and its answer, in every run: what appears only sometimes is
background work. Then the frames from the handler to the first SQL.
Then: files, their median lines, the 90th percentile of a function's lines, class names that stand
twice, and words that plain English rarely needs, in the package and in docs.
"""

from __future__ import annotations

import ast
import asyncio
import datetime as dt
import re
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from types import FrameType
from typing import Any

from aiohttp.test_utils import TestClient, TestServer

import bakureserve
from bakureserve.runtime import open_runtime, prepare_store
from bakureserve.server.serving import application
from bakureserve.settings import load_settings

PACKAGE = Path(bakureserve.__file__).resolve().parent
ODD_WORDS = re.compile(r"\b(nobody|somebody|whoever|whom|whose)\b", re.IGNORECASE)
NOW = dt.datetime(2027, 3, 5, 12, tzinfo=dt.UTC)
"""Four on a Friday afternoon in Baku: every sample restaurant takes bookings for the evening."""
SETTINGS = {
    "osrm_base_url": "http://127.0.0.1:9",  # refuses at once, so that the fallback answers
    "location_ping_min_interval_seconds": 0,
    "location_ping_min_distance_meters": 0,
    "backup_interval": "off",
}
ROUNDS = 12
EMAIL, PASSWORD = "leyla@example.az", "correct horse battery"


class Journey:
    """What one request calls, as the profiler sees it."""

    def __init__(self) -> None:
        self.functions: set[tuple[str, str, int]] = set()
        self.frames_to_sql: int | None = None

    @property
    def modules(self) -> set[str]:
        return {module for module, _, _ in self.functions}

    def note(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            if (module := _module_of(frame)) and _serves_the_request(frame):
                code = frame.f_code
                self.functions.add((module, code.co_qualname, code.co_firstlineno))
        elif event == "c_call" and self.frames_to_sql is None and _is_sql(argument):
            self.frames_to_sql = _frames_to_handler(frame)


def _module_of(frame: FrameType) -> str | None:
    path = Path(frame.f_code.co_filename)
    return str(path.relative_to(PACKAGE)) if path.is_relative_to(PACKAGE) else None


def _serves_the_request(frame: FrameType | None) -> bool:
    """Whether it runs under the request's own task or the database's writer, not in upkeep."""
    while frame is not None:
        if frame.f_code.co_name == "_handle_request" or _module_of(frame) == "store/writer.py":
            return True
        frame = frame.f_back
    return False


def _is_sql(function: Any) -> bool:
    owner = type(getattr(function, "__self__", None)).__module__
    return owner == "sqlite3" and function.__name__ == "execute"


def _frames_to_handler(frame: FrameType | None) -> int | None:
    """The package's frames below the handler's, or None where no handler is on the stack."""
    count = 0
    while frame is not None:
        module = _module_of(frame)
        if module and module.startswith(("server/handlers/", "server/api/")):
            return count
        count += module is not None
        frame = frame.f_back
    return None


async def journeys() -> dict[str, Journey]:
    """The journey of each request, on a temporary database."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(SETTINGS | {"data_dir": Path(folder)}, {}, None).settings
        prepare_store(settings)
        async with (
            open_runtime(settings, clock=lambda: NOW) as runtime,
            TestClient(TestServer(application(runtime))) as client,
        ):
            return await _travel(Guest(client))


class Guest:
    """A client with a token, and a profiler around the calls that are measured."""

    def __init__(self, client: TestClient[Any, Any]) -> None:
        self._client = client
        self._headers: dict[str, str] = {}

    async def sign_up(self) -> None:
        body = {"name": "Leyla", "email": EMAIL, "password": PASSWORD, "phone": "+994505550100"}
        made = await self.call("POST", "/v1/auth/signup", body)
        self._headers = {"Authorization": f"Bearer {made['access_token']}"}

    async def call(self, method: str, path: str, body: object = None) -> Any:
        async with self._client.request(method, path, json=body, headers=self._headers) as answer:
            told = await answer.json()
            if answer.status >= 300:
                raise SystemExit(f"{method} {path}: {answer.status} {told}")
            return told

    async def measured(self, method: str, path: str, body: object = None) -> tuple[Journey, Any]:
        journey = Journey()
        sys.setprofile(journey.note)
        try:
            told = await self.call(method, path, body)
        finally:
            sys.setprofile(None)
        return journey, told


async def _travel(guest: Guest) -> dict[str, Journey]:
    await guest.sign_up()
    restaurant = (await guest.call("GET", "/v1/restaurants"))[0]["id"]
    rounds: list[dict[str, Journey]] = []
    for _ in range(1 + ROUNDS):  # the first round is the warm-up
        found: dict[str, Journey] = {}
        start = await _first_start(guest, restaurant)
        booking = {
            "restaurant_id": restaurant,
            "party_size": 2,
            "start": start,
            "guest_name": "Leyla",
            "guest_phone": "+994505550100",
        }
        found["booking"], booked = await guest.measured("POST", "/v1/reservations", booking)
        path = f"/v1/reservations/{booked['id']}"
        intent = {"lead_minutes": 30, "share_location": True, "eta_source": "location"}
        await guest.call("POST", f"{path}/arrival_intent", intent)
        place = {"latitude": 40.41, "longitude": 49.85}
        await guest.call("POST", f"{path}/arrival_intent/location", place)
        place = {"latitude": 40.40, "longitude": 49.85}
        found["ping"], _ = await guest.measured("POST", f"{path}/arrival_intent/location", place)
        await guest.call("POST", f"{path}/cancel")
        await guest.call("POST", f"{path}/confirm")
        found["cancel"], _ = await guest.measured("POST", f"{path}/cancel")
        rounds.append(found)
    return {name: _in_each([each[name] for each in rounds[1:]]) for name in rounds[0]}


def _in_each(journeys: list[Journey]) -> Journey:
    common = Journey()
    common.functions = set.intersection(*(journey.functions for journey in journeys))
    frames = [each.frames_to_sql for each in journeys if each.frames_to_sql is not None]
    common.frames_to_sql = max(frames, default=None)
    return common


async def _first_start(guest: Guest, restaurant: str) -> str:
    asked = f"/v1/restaurants/{restaurant}/availability?date={NOW.date()}&party_size=2"
    slots = (await guest.call("GET", asked))["slots"]
    return next(str(slot["start"]) for slot in slots if slot["count"] > 1)


def sources(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.rglob(pattern) if "migrations" not in path.parts)


def function_lengths(tree: ast.AST) -> Iterator[int]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield (node.end_lineno or node.lineno) - node.lineno + 1


def repeated_classes(trees: list[ast.Module]) -> Counter[str]:
    """Names of public classes that more than one module defines."""
    names = Counter(
        node.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_")
    )
    return Counter({name: count for name, count in names.items() if count > 1})


def report(print_: Callable[[str], None] = print) -> None:
    for name, journey in sorted(asyncio.run(journeys()).items()):
        print_(
            f"{name}: {len(journey.modules)} modules, {len(journey.functions)} functions,"
            f" {journey.frames_to_sql} frames from the handler to the first SQL"
        )
        if "-v" in sys.argv:
            print_("  " + " ".join(sorted(journey.modules)))
    files = sources(PACKAGE, "*.py")
    texts = [path.read_text() for path in files]
    trees = [ast.parse(text) for text in texts]
    lengths = [length for tree in trees for length in function_lengths(tree)]
    repeated = repeated_classes(trees)
    docs = [path.read_text() for path in sources(PACKAGE.parent / "docs", "*.md")]
    odd = sum(len(ODD_WORDS.findall(text)) for text in (*texts, *docs))
    print_(
        f"{len(files)} files, {median(text.count(chr(10)) for text in texts):g} lines in the median"
    )
    print_(f"functions: {quantiles(lengths, n=10)[-1]:g} lines at the 90th percentile")
    print_(f"{len(repeated)} class names stand twice: {', '.join(sorted(repeated))}")
    print_(f"{odd} odd words")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    report()
