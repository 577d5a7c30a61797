"""The errors of this package. Their words are for the operator, so they are plain English."""

from __future__ import annotations

from bakureserve.domain.errors import ReserveError


class SettingsError(ReserveError):
    """A setting that cannot be used: `str()` says in one sentence which, and what is allowed."""

    def __init__(self, sentence: str) -> None:
        super().__init__("bad_setting", sentence=sentence)
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence


class SettingsUnreadable(SettingsError):
    """A file of settings that is there and closed to this account."""
