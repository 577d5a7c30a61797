"""Whether what a command printed is what the page shows of it.

All of it has to be equal but what differs from run to run: ids, which must stand for the same thing
wherever they come again, and what is measured or counted by the clock.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_ID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_STAMP = r"\d{8}T\d{6}(?:\d{3})?Z"
NAMES = re.compile(rf"\b(?:{_ID}|{_STAMP})\b")
"""What a later command may be given again, as the page shows it."""

_PERIOD = r"\d+ (?:d|h|min|s)(?: \d+ (?:h|min|s))*"
MEASURED: tuple[tuple[str, str], ...] = (
    (rf"\bup for( ?|\t){_PERIOD}", r"up for\1<period>"),
    (rf"\b(newest|ago|in the last) {_PERIOD}", r"\1 <period>"),
    (rf"{_PERIOD} (ago|old)\b", r"<period> \1"),
    (r"(\d{4}-\d\d-\d\d[T ])\d\d:\d\d:\d\d(\.\d+)?(Z| UTC)", r"\1<time>\3"),
    (r"^([a-z]+\t(?:ok|degraded|error|disabled)\t)\d+\.\d", r"\1<ms>"),
    (r"\b\d+(\.\d+)?(e\+\d+)? ms\b", "<ms>"),
    (r"\b(ms) \d+(\.\d+)?\b", r"\1 <ms>"),
    (r"\b\d+(\.\d+)? ([KMG]B)\b", r"<size> \2"),
    (r"\b(mb) \d+(\.\d+)?\b", r"\1 <size>"),
    (r"\b(percent) \d+(\.\d+)?\b", r"\1 <percent>"),
    (r"\b\d+\?? \(\d+–\d+\)\t", "<minutes>\t"),
    (r"\b(waiting|started)\t\d\d:\d\d", r"\1\t<time>"),
    (r"\b(age seconds) \d+\b", r"\1 <age>"),
    # A new server takes its first backup while it is asked.
    (r"^(backup\tok\t<ms>)\t.*", r"\1"),
    (r"^(bytes|seconds|process)\t[\d.]+", r"\1\t<measured>"),
    (r"^([a-z_]+\t)(?:\d+\t){5}[^\t]*\t\d+\t\d+\t.*", r"\1<figures of a cache>"),
    (r"^(memory\t\d+ per 1 min)\t[\d\t]+$", r"\1\t<figures of the limiter>"),
    (r'"request_id":"[0-9a-f]+-[0-9a-f]+"', '"request_id":"<id>"'),
    (r"\bwhsec_[\w+/=]+", "<secret>"),
    (r"^message_id\t<\S+@localhost>", "message_id\t<id>"),
    (r"^server\t127\.0\.0\.1:\d+", "server\t<address>"),
    (r"\bcurl/[\d.]+", "curl/<version>"),
    (r"\t\d+(\t\S+\.db)$", r"\t<bytes>\1"),
    (r"\b\d+(\.\d+)?/s\b", "<rate>/s"),
    (r"\bprocess \d+\b", "process <pid>"),
    (r"\b\d+-[0-9a-f]{4}(?=[:,\t ])", "<server>"),
    (r"\blies on \w+", "lies on <file system>"),
    (r"\b\d+ units? in \d+ commits?\b", "<units> in <commits>"),
    (r"\b\d+ clients? of\b", "<clients> of"),
    (r"\b\d+ failed\b", "<calls> failed"),
    (r"\b\d+ allowed\b", "<calls> allowed"),
    (r"\bclients \d+, allowed \d+", "clients <clients>, allowed <calls>"),
    (r"\b\d+ % hits of \d+", "<hits>"),
    (r"\b\d{3}_[a-z_]+\b", "<migration>"),
    (r"\b(version\t?|bakureserve) \d+\.\d+\.\d+\b", r"\1 <version>"),
    (r"\bkey [0-9a-f]{16}\b", "key <key>"),
    (r"\b[\w-]+\.[\w-]+\.[\w-]{40,}\b", "<token>"),
)
"""What no two runs have alike, and what stands for it in a comparison."""


class Alike:
    """Compares runs with a page, and remembers which id here is which of the page's."""

    def __init__(self) -> None:
        self._ours: dict[str, str] = {}

    def translated(self, command: str) -> str:
        """The command with our ids in the place of those that the page showed before."""
        return NAMES.sub(lambda found: self._ours.get(found[0], found[0]), command)

    def difference(self, shown: Sequence[str], printed: Sequence[str]) -> str:
        """What is not as the page shows it, as two texts; empty where all is."""
        theirs, ours = _compared(shown), _compared(_as_far(shown, printed))
        if theirs != ours:
            return "\n".join(("the page shows:", *theirs, "and this was printed:", *ours))
        pairs = zip(_names(shown), _names(printed), strict=False)
        wrong = [(one, other) for one, other in pairs if self._ours.setdefault(one, other) != other]
        return "\n".join(
            f"{one} stood for {self._ours[one]}, not {other}, before" for one, other in wrong
        )


def _as_far(shown: Sequence[str], printed: Sequence[str]) -> Sequence[str]:
    """What was printed, up to where the page goes on with `…`."""
    if shown and shown[-1] == "…":
        return [*printed[: len(shown) - 1], "…"] if len(printed) >= len(shown) else printed
    return printed


def _compared(lines: Sequence[str]) -> list[str]:
    return [_without_measures(NAMES.sub("<name>", line)).rstrip() for line in lines]


def _without_measures(line: str) -> str:
    for pattern, stand_in in MEASURED:
        line = re.sub(pattern, stand_in, line)
    return line


def _names(lines: Sequence[str]) -> list[str]:
    return NAMES.findall("\n".join(lines))
