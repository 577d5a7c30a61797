"""What holds on the floor while guests sit."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Whole
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Floor:
    overstay_minutes: int = setting(
        "OVERSTAY_MINUTES",
        kind=Whole(0, 720),
        default=30,
        what="How long from now a table where a party still sits is not given away; 0 is off.",
    )
