"""What a check is, and what it finds."""

from __future__ import annotations

from typing import Any, Literal, Protocol

import msgspec

from bakureserve.domain.errors import ReserveError

Status = Literal["ok", "degraded", "error", "disabled"]
Detail = str | int | float | bool


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """How one part is doing.

    `code` with `params` says what is wrong, and `effect` what that means for guests: both are codes
    of `locale` for anybody to read, and empty when nothing is wrong. `details` are for anybody as
    well. `figures` tell how much is going on, and `reason` is what the part itself said, which may
    name files: both are for operators.
    """

    status: Status
    code: str = ""
    params: dict[str, Any] = {}
    effect: str = ""
    details: dict[str, Detail] = {}
    figures: dict[str, Detail] = {}
    reason: ReserveError | None = None


class Check(Protocol):
    """Looks at one part of the program, or at something that it leans on.

    `vital` is what nothing works without. `seconds_good` is how long what was found may be told
    again: long for what belongs to somebody else, who should not be asked all the time.
    """

    @property
    def name(self) -> str: ...
    @property
    def vital(self) -> bool: ...
    @property
    def seconds_good(self) -> float: ...

    async def look(self) -> Condition:
        """Look now. May take long, or raise: its watch sees to that."""
        ...


def fine(
    details: dict[str, Detail] | None = None, figures: dict[str, Detail] | None = None
) -> Condition:
    """All is as it should be."""
    return Condition(status="ok", details=details or {}, figures=figures or {})


def disabled() -> Condition:
    """Not in use, by the settings."""
    return Condition(status="disabled")
