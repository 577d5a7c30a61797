"""One outside service, asked without ever being waited for too long.

A question runs as a task of its own. Whoever asks the same at the same time shares it, whoever
cannot wait leaves it running: its answer is kept for the next one. Not being back when the first
asker had to leave counts as a failure there and then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from bakureserve.domain.estimate import Outcome
from bakureserve.eta.breaker import Admission, Breaker

log = structlog.get_logger(__name__)

T = TypeVar("T")


class NoAnswer(Exception):
    """A service said nothing that can be used.

    `code` says what was wrong; it never holds what the service said, which may repeat a secret.
    `at_fault` is whether the service failed. It did not if it found no route between two points.
    """

    def __init__(self, code: str, *, at_fault: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.at_fault = at_fault


class Reply(NamedTuple, Generic[T]):
    """What became of a question; a value comes with `ok`, and late with `late`."""

    outcome: Outcome
    value: T | None = None
    detail: str = ""


class UpstreamFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A service at one moment: calls under way, and counts since the start."""

    name: str
    running: int
    most: int
    calls: int
    shared: int
    crowded: int
    late: int


class Upstream:
    """A service with its breaker, and the calls to it that are under way, at most `most`.

    A call that has not come back in time may run on for `linger` seconds.
    """

    def __init__(self, breaker: Breaker, *, most: int = 64, linger: float = 10.0) -> None:
        self.name = breaker.name
        self.breaker = breaker
        self._most = most
        self._linger = linger
        self._running: set[_Call[Any]] = set()
        self._latest: dict[Hashable, _Call[Any]] = {}
        self._calls = 0
        self._shared = 0
        self._crowded = 0
        self._late = 0

    async def ask(
        self, key: Hashable, question: Callable[[], Awaitable[T]], *, until: float
    ) -> Reply[T]:
        """The answer to `question`, or why there is none at `until`, a time of the event loop.

        `question` raises NoAnswer; questions of the same `key` are the same. One that is overdue is
        not waited for again: the service may have recovered since. Cancelling this does not cancel
        the question, so that it neither counts against the service nor spoils it for others.
        """
        call: _Call[T] | None = self._latest.get(key)
        if call is not None and not call.overdue:
            self._shared += 1
        elif len(self._running) >= self._most:
            self._crowded += 1
            return Reply("error", detail="crowded")
        elif (admission := self.breaker.admit()) is None:
            return Reply("circuit_open")
        else:
            call = self._begin(key, question, admission, until)
        patience = until - asyncio.get_running_loop().time()
        await asyncio.wait({call.task}, timeout=max(patience, 0.0))
        return _in_time(call.task)

    async def close(self) -> None:
        """Give up every call that is under way."""
        tasks = [call.task for call in self._running]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def figures(self) -> UpstreamFigures:
        return UpstreamFigures(
            name=self.name,
            running=len(self._running),
            most=self._most,
            calls=self._calls,
            shared=self._shared,
            crowded=self._crowded,
            late=self._late,
        )

    def _begin(
        self,
        key: Hashable,
        question: Callable[[], Awaitable[T]],
        admission: Admission,
        until: float,
    ) -> _Call[T]:
        call: _Call[T] = _Call(admission)
        self._running.add(call)
        self._latest[key] = call
        self._calls += 1
        loop = asyncio.get_running_loop()
        due = loop.call_at(until, call.miss)
        call.task = loop.create_task(self._run(call, question, until), name=f"ask {self.name}")

        def landed(_task: asyncio.Task[Reply[T]]) -> None:
            due.cancel()
            self._running.discard(call)
            if self._latest.get(key) is call:
                del self._latest[key]

        call.task.add_done_callback(landed)
        return call

    async def _run(
        self, call: _Call[T], question: Callable[[], Awaitable[T]], until: float
    ) -> Reply[T]:
        try:
            async with asyncio.timeout_at(until + self._linger):
                value = await question()
        except NoAnswer as no:
            return call.ended("error", good=not no.at_fault, detail=no.code)
        except TimeoutError:
            return call.ended("timeout", good=False)
        except asyncio.CancelledError:
            call.admission.abandoned()
            raise
        except Exception:
            # The promise to whoever asks is an answer in time, whatever is wrong in here.
            log.exception("question_failed", service=self.name)
            return call.ended("error", good=False, detail="internal")
        self._late += call.overdue
        return call.ended("late" if call.overdue else "ok", good=True, value=value)


def _in_time(task: asyncio.Task[Reply[T]]) -> Reply[T]:
    """What a task has brought by now; what is late for one may be in time for who joined it."""
    if not task.done():
        return Reply("timeout")
    if task.cancelled():
        return Reply("error", detail="closing")
    reply = task.result()
    return reply._replace(outcome="ok") if reply.outcome == "late" else reply


class _Call(Generic[T]):
    """One call that is under way."""

    task: asyncio.Task[Reply[T]]

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.overdue = False

    def miss(self) -> None:
        """It is not back in time."""
        self.overdue = True
        self.admission.failed()

    def ended(
        self, outcome: Outcome, *, good: bool, value: T | None = None, detail: str = ""
    ) -> Reply[T]:
        if good:
            self.admission.succeeded()
        else:
            self.admission.failed()
        return Reply(outcome, value, detail)
