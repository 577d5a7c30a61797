"""Calls to one outside service, never awaited beyond a deadline.

Each question runs as its own task. Callers with the same question share it, and a caller that
cannot wait leaves it running: its answer is cached for the next. A question still open at its
first caller's deadline counts as a failure at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
import structlog

from bakureserve.domain.places.estimate import Outcome
from bakureserve.eta.breaker import Admission, Breaker
from bakureserve.limits.limiter import NANOSECONDS, Quota, take

log = structlog.get_logger(__name__)

T = TypeVar("T")

_MINUTE = 60.0


class HttpAnswer(NamedTuple):
    """Status and body of an answer, and the charset that its Content-Type names, if it does."""

    status: int
    body: bytes
    charset: str = ""


class NoAnswer(Exception):
    """A service gave no usable answer.

    `code` says what was wrong; it never quotes the service, which may repeat a secret.
    `at_fault` says whether the service failed. It did not if there is no route between two points.
    """

    def __init__(self, code: str, *, at_fault: bool = True) -> None:
        super().__init__(code)
        self.code = code
        self.at_fault = at_fault


class CallResult(NamedTuple, Generic[T]):
    """How a call ended; `ok` and `late` carry a value."""

    outcome: Outcome
    value: T | None = None
    detail: str = ""


class CallBudget:
    """Limits the calls that all callers without a token may cause together.

    At most `calls` at once, and as many again in every minute; 0 is no limit. A limit for each
    client is not enough: a client with many addresses would use up what a map service allows this
    server. `clock` is steady, in seconds.
    """

    def __init__(self, calls: int, clock: Callable[[], float]) -> None:
        self._quota = Quota(calls, _MINUTE) if calls else None
        self._clock = clock
        self._arrival = 0

    def take(self) -> bool:
        """Count one call; False when none is left."""
        if self._quota is None:
            return True
        verdict = take(self._quota, self._arrival, 1, round(self._clock() * NANOSECONDS))
        self._arrival = verdict.arrival
        return verdict.allowed


class UpstreamFigures(msgspec.Struct, frozen=True, kw_only=True):
    """An upstream's calls under way, and its counts since the start."""

    name: str
    running: int
    most: int
    calls: int
    shared: int
    crowded: int
    late: int


class Upstream:
    """A service with its breaker, and the calls to it that are under way, at most `most`.

    A call that is late may run on for `linger` seconds.
    """

    def __init__(self, breaker: Breaker, *, most: int, linger: float) -> None:
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

    def submit(
        self,
        key: Hashable,
        question: Callable[[], Awaitable[T]],
        *,
        until: float,
        budget: CallBudget | None = None,
    ) -> Pending[T]:
        """Start `question`, with its answer needed by `until`, a time of the event loop.

        Joins a running call with the same `key`, unless that is overdue: the service may have
        recovered since. A new call is not made when the `budget`, if any, is used up. Behind an
        open breaker nothing is waited for, not even what was asked before it opened. `question`
        raises NoAnswer.
        """
        call: _Call[T] | None = self._latest.get(key)
        if call is not None and not call.overdue and self.breaker.state != "open":
            self._shared += 1
            return Pending(call=call)
        admission = self.breaker.admit()
        if admission is None:
            return Pending(CallResult("circuit_open"))
        if len(self._running) >= self._most:
            admission.abandoned()
            self._crowded += 1
            return Pending(CallResult("error", detail="crowded"))
        if budget is not None and not budget.take():
            admission.abandoned()
            return Pending(CallResult("error", detail="over_budget"))
        return Pending(call=self._begin(key, question, admission, until))

    async def ask(
        self,
        key: Hashable,
        question: Callable[[], Awaitable[T]],
        *,
        until: float,
        budget: CallBudget | None = None,
    ) -> CallResult[T]:
        """Submit `question` and wait for the answer, or until `until`."""
        pending = self.submit(key, question, until=until, budget=budget)
        await wait_for_all((pending,), until=until)
        return pending.reply()

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

        def settle(_task: asyncio.Task[CallResult[T]]) -> None:
            due.cancel()
            call.ended_at = loop.time()
            self._running.discard(call)
            if self._latest.get(key) is call:
                del self._latest[key]

        call.task.add_done_callback(settle)
        return call

    async def _run(
        self, call: _Call[T], question: Callable[[], Awaitable[T]], until: float
    ) -> CallResult[T]:
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
            # Callers are promised an answer in time, whatever is wrong in here.
            log.exception("question_failed", service=self.name)
            return call.ended("error", good=False, detail="internal")
        if not call.overdue:
            return call.ended("ok", good=True, value=value)
        self._late += 1
        by = asyncio.get_running_loop().time() - until
        log.info("late_answer", service=self.name, late_ms=round(by * 1000))
        return call.ended("late", good=True, value=value)


class Pending(Generic[T]):
    """A submitted call: it has a reply already, or is still under way."""

    def __init__(self, reply: CallResult[T] | None = None, *, call: _Call[T] | None = None) -> None:
        self._reply = reply
        self._call = call

    @property
    def task(self) -> asyncio.Task[CallResult[T]] | None:
        """The call's task while it runs."""
        return None if self._call is None or self._call.task.done() else self._call.task

    @property
    def ended_at(self) -> float | None:
        """When its call ended, as a time of the event loop."""
        return None if self._call is None else self._call.ended_at

    def reply(self) -> CallResult[T]:
        """The result so far. An answer late for its first caller may be in time for another."""
        if self._call is None:
            return self._reply or CallResult("error")
        if not self._call.task.done():
            return CallResult("timeout")
        if self._call.task.cancelled():
            return CallResult("error", detail="closing")
        reply = self._call.task.result()
        return reply._replace(outcome="ok") if reply.outcome == "late" else reply


async def wait_for_all(pending: Iterable[Pending[Any]], *, until: float) -> None:
    """Wait until each has its reply, or until `until`.

    Cancelling this cancels no call, so that it neither counts against a service nor spoils the
    call for others.
    """
    tasks = {each.task for each in pending if each.task is not None}
    if tasks:
        patience = until - asyncio.get_running_loop().time()
        await asyncio.wait(tasks, timeout=max(patience, 0.0))


class _Call(Generic[T]):
    """One call that is under way."""

    task: asyncio.Task[CallResult[T]]

    def __init__(self, admission: Admission) -> None:
        self.admission = admission
        self.overdue = False
        self.ended_at: float | None = None

    def miss(self) -> None:
        """Mark the call as overdue, and count a failure."""
        self.overdue = True
        self.admission.failed()

    def ended(
        self, outcome: Outcome, *, good: bool, value: T | None = None, detail: str = ""
    ) -> CallResult[T]:
        if good:
            self.admission.succeeded()
        else:
            self.admission.failed()
        return CallResult(outcome, value, detail)
