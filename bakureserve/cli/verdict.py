"""The verdict on a server, from its health report and its figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from bakureserve.cli.output import counted, span
from bakureserve.settings import Settings, pasteable

_IN_WORDS = ("message", "effect", "reason")

Report = dict[str, Any]
Check = Mapping[str, Any]

Json = Mapping[str, Any]
State = Literal["healthy", "degraded", "unhealthy"]
# The thresholds of the alert rules in docs/observability/, where there are any.
SLOW_MS = 1500.0
LOOP_LATE_MS = 100.0
"""On average: a single measurement may be far off on a busy machine."""
WAITING_UNITS = 200
BUSY_SHARE = 0.9
"""Of a core: the event loop has one."""
NEARLY_ALL = 0.8
FEW_REQUESTS = 20
"""Among fewer, one slow request says nothing about the others."""


class CheckInWords(NamedTuple):
    """A check in words: what is wrong, its effect and reason; figures of a check that passed."""

    message: str
    effect: str
    reason: str
    figures: str


def headline(report: Report) -> str:
    """A server's state, name, version and uptime."""
    told = f"{report['status']}: {report['server']}"
    return f"{told}, {since}" if (since := running_since(report, ", ")) else told


def running_since(report: Report, between: str) -> str:
    """The version and the uptime; empty for a server that does not answer."""
    if not report.get("uptime_seconds"):
        return ""
    return f"version {report['version']}{between}up for {span(report['uptime_seconds'])}"


def check_in_words(found: Check) -> CheckInWords:
    """A check in words. Its figures are left out next to a message, and so is a reason that repeats
    it."""
    message, effect, reason = (found.get(part) or "" for part in _IN_WORDS)
    news = reason.removeprefix(message).lstrip()
    return CheckInWords(
        message, effect, news, "" if message else ", ".join(_figures_of_check(found))
    )


def with_pasteable_advice(report: Report, settings: Settings) -> Report:
    """The report with commands that find the data of these settings."""
    checks = {
        name: found
        | {part: pasteable(found[part], settings) for part in _IN_WORDS if found.get(part)}
        for name, found in report["checks"].items()
    }
    return report | {"checks": checks}


def _figures_of_check(found: Check) -> Iterator[str]:
    for name, value in found.get("details", {}).items():
        figure = ("no", "yes")[value] if isinstance(value, bool) else value
        yield f"{name.replace('_', ' ')} {figure}"


class ServerReport(NamedTuple):
    """A server's status page and health; or why it gave none (`silence`)."""

    name: str
    figures: Json | None = None
    health: Json | None = None
    silence: str = ""


class ServerProblem(NamedTuple):
    """A part and what is wrong with it. `state` is that of a health check."""

    state: Literal["degraded", "error"]
    part: str
    sentence: str


class ServerVerdict(NamedTuple):
    """A server's state and its problems, the worst first."""

    state: State
    problems: tuple[ServerProblem, ...]

    @property
    def sentence(self) -> str:
        """`fine`, or the parts that are not."""
        if self.state == "healthy":
            return "fine"
        parts = ", ".join(problem.part for problem in self.problems)
        return f"{'in trouble' if self.state == 'unhealthy' else 'needs a look'}: {parts}"


def verdict_on(told: ServerReport) -> ServerVerdict:
    """The verdict on one server."""
    if told.figures is None or told.health is None:
        return ServerVerdict("unhealthy", (ServerProblem("error", "server", told.silence),))
    problems = sorted(
        (*_checks(told.health), *_figures(told.figures)), key=lambda each: each.state != "error"
    )
    state: State = "degraded" if problems else "healthy"
    return ServerVerdict(
        "unhealthy" if told.health["status"] == "unhealthy" else state, (*problems,)
    )


def _checks(health: Json) -> Iterator[ServerProblem]:
    for name, found in health["checks"].items():
        if found["status"] in {"degraded", "error"}:
            told = check_in_words(found)
            said = filter(None, (told.message, told.effect, told.reason))
            yield ServerProblem(found["status"], name, " ".join(said))


def _figures(figures: Json) -> Iterator[ServerProblem]:
    yield from _requests(figures["requests"], figures.get("errors"))
    yield from _writer(figures["writer"])
    if "process" in figures:
        yield from _process(figures["process"])
        yield from _room("connections", figures["connections"]["open"], figures["connections"])


def _requests(found: Json, errors: Json | None) -> Iterator[ServerProblem]:
    if found["failed"]:
        failed = [each for each in (errors or {}).get("routes", ()) if each["failed"]]
        where = f", most at {failed[0]['method']} {failed[0]['route']}" if failed else ""
        answered = counted(found["answered"], "request")
        yield ServerProblem(
            "degraded",
            "requests",
            f"{found['failed']} of {answered} failed in the last minute{where}.",
        )
    if found["answered"] >= FEW_REQUESTS and found["p99_ms"] > SLOW_MS:
        yield ServerProblem(
            "degraded",
            "latency",
            f"1 in 100 requests takes longer than {found['p99_ms'] / 1000:.1f} s.",
        )


def _writer(found: Json) -> Iterator[ServerProblem]:
    if found["waiting"] > WAITING_UNITS:
        yield ServerProblem(
            "degraded", "writer", f"{found['waiting']} changes wait to be written: check the disk."
        )


def _process(found: Json) -> Iterator[ServerProblem]:
    if found["processor"] > BUSY_SHARE:
        yield ServerProblem(
            "degraded",
            "processor",
            f"The server used {100 * found['processor']:.0f} % of a core in the last minute.",
        )
    if found["loop_lag"]["mean_ms"] > LOOP_LATE_MS:
        yield ServerProblem(
            "degraded",
            "loop lag",
            f"The event loop is {found['loop_lag']['mean_ms']:.0f} ms late: every request waits "
            "for it. The machine is too busy, or something blocks it.",
        )
    yield from _room("open files", found["descriptors"], {"allowed": found["descriptors_allowed"]})


def _room(part: str, taken: int | None, of: Json) -> Iterator[ServerProblem]:
    if taken is not None and taken > NEARLY_ALL * of["allowed"]:
        yield ServerProblem("degraded", part, f"{taken} of {of['allowed']} are taken.")
