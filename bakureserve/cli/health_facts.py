"""What reports of health say, in words: one for each server, as `/health` answers them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from bakureserve.cli.spans import span
from bakureserve.settings import Settings, pasteable

_IN_WORDS = ("message", "effect", "reason")

Report = dict[str, Any]
Check = Mapping[str, Any]


class Told(NamedTuple):
    """What a check tells: what is wrong, what still works and why; of what is well, figures."""

    message: str
    effect: str
    reason: str
    figures: str


def headline(report: Report) -> str:
    """How a server is, which one it is, and which version has run for how long."""
    told = f"{report['status']}: {report['server']}"
    return f"{told}, {since}" if (since := running_since(report, ", ")) else told


def running_since(report: Report, between: str) -> str:
    """The version and how long it has been up; nothing of what does not run or does not answer."""
    if not report.get("uptime_seconds"):
        return ""
    return f"version {report['version']}{between}up for {span(report['uptime_seconds'])}"


def told_by(found: Check) -> Told:
    """The words of a check. Its figures are left out where there is something to say, and so is
    what the reason says again."""
    message, effect, reason = (found.get(part) or "" for part in _IN_WORDS)
    news = reason.removeprefix(message).lstrip()
    return Told(message, effect, news, "" if message else ", ".join(_figures(found)))


def with_pasteable_advice(report: Report, settings: Settings) -> Report:
    """The report of a server on these settings' data, with commands that find that data."""
    checks = {
        name: found
        | {part: pasteable(found[part], settings) for part in _IN_WORDS if found.get(part)}
        for name, found in report["checks"].items()
    }
    return report | {"checks": checks}


def _figures(found: Check) -> Iterator[str]:
    for name, value in found.get("details", {}).items():
        figure = ("no", "yes")[value] if isinstance(value, bool) else value
        yield f"{name.replace('_', ' ')} {figure}"
