"""How many examples the property tests try: as many as usual, or in a long run many times that.

`HYPOTHESIS_PROFILE=long` asks for the long run; `make properties` does.
"""

from __future__ import annotations

import os

from hypothesis import settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "usual")
TIMES = {"usual": 1, "long": 20}


def examples(usual: int) -> int:
    """The number for a test that the profile's own does not suit."""
    return usual * TIMES[PROFILE]


def load_profile() -> None:
    """Have all property tests follow the profile, on whatever machine there is: no deadlines."""
    settings.register_profile(PROFILE, deadline=None, max_examples=examples(100))
    settings.load_profile(PROFILE)
