"""What `doctor` looks for, a module for each part, and what it found."""

from __future__ import annotations

from typing import Literal

import msgspec

from bakureserve.settings import Settings, pasteable

Level = Literal["ok", "note", "fault"]


class Finding(msgspec.Struct, frozen=True):
    """What was found about a subject. A fault is to be mended, a note to be known; `remedy` is how,
    and empty where nothing need be done."""

    level: Level
    subject: str
    what: str
    remedy: str = ""

    def on(self, settings: Settings) -> Finding:
        """The same with commands that find the data of these settings when they are pasted."""
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
