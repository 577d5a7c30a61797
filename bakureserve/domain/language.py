"""The languages that people are spoken to in."""

from __future__ import annotations

from typing import Literal, get_args

Language = Literal["az", "en", "ru"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
