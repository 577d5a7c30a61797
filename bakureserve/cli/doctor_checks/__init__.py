"""What `doctor` looks for, a module for each part, and what it found."""

from __future__ import annotations

from typing import Literal

import msgspec

from bakureserve.settings import Settings, pasteable

Level = Literal["ok", "note", "fault"]


class Finding(msgspec.Struct, frozen=True):
    """What was found about a subject: a fault to correct, a note to know, or ok.

    `remedy` says what to do; empty when there is nothing to do.
    """

    level: Level
    subject: str
    what: str
    remedy: str = ""

    def on(self, settings: Settings) -> Finding:
        """The finding with commands that find the data of these settings."""
        return Finding(
            self.level,
            self.subject,
            pasteable(self.what, settings),
            pasteable(self.remedy, settings),
        )


def fine(subject: str, what: str) -> Finding:
    return Finding("ok", subject, what)


def note(subject: str, what: str, remedy: str) -> Finding:
    return Finding("note", subject, what, remedy)


def fault(subject: str, what: str, remedy: str) -> Finding:
    return Finding("fault", subject, what, remedy)
