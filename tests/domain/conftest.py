"""The rules are tested on whatever machine there is: no deadlines."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
