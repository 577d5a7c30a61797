"""Letters: do they go out."""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.notifications import LettersOfLate, Outlet
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Condition, disabled, fine
from bakureserve.services.notifications.outbox import Outbox
from bakureserve.services.notifications.undelivered import is_of_one_mailbox, is_passing, why

REMEMBERED = dt.timedelta(days=1)
"""How long ago a letter was given up at most that is told of."""
PASSING = dt.timedelta(minutes=30)
"""How long a mail server may ask to come back later (greylisting) before that is trouble."""


class MailCheck:
    """Looks at how the last letters fared; sends none, and asks no mail server.

    `outlet` is where letters go by the settings; None where nobody is told anything. One mailbox
    that is refused is somebody's slip of the pen; two before any letter gets through are ours.
    """

    name = "mail"
    vital = False
    seconds_good = 10.0

    def __init__(self, outbox: Outbox, clock: Clock, outlet: Outlet | None) -> None:
        self._outbox = outbox
        self._clock = clock
        self._outlet = outlet

    async def look(self) -> Condition:
        if self._outlet is None:
            return disabled()
        now = self._clock()
        found = await self._outbox.letters_of_late(now - REMEMBERED)
        failing = [
            code for at, code in found.failing if not is_passing(code) or at <= now - PASSING
        ]
        if failing:
            return self._wrong("mail_failing", len(failing), failing[-1])
        if _is_general(found):
            return self._wrong("mail_given_up", len(found.given_up), found.given_up[-1][1])
        return fine({"goes_to": self._outlet})

    def _wrong(self, code: str, count: int, last: str) -> Condition:
        return Condition(
            status="degraded",
            code=code,
            params={"count": count},
            effect="effect_without_letters",
            details={"goes_to": self._outlet or ""},
            reason=why(last),
        )


def _is_general(found: LettersOfLate) -> bool:
    """Whether those given up since a letter got through are more than one person's address."""
    recipients = {recipient for recipient, _ in found.given_up}
    return len(recipients) > 1 or any(not is_of_one_mailbox(code) for _, code in found.given_up)
