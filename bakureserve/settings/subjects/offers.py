"""What guests are offered."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Shaped, Switch, Whole
from bakureserve.settings.row import setting

_WORD = Shaped(r"[A-Za-z0-9_-]+", "one word of letters, digits, - and _")


@dataclass(frozen=True, kw_only=True, repr=False)
class Offers:
    prep_notify_enabled: bool = setting(
        "PREP_NOTIFY_ENABLED",
        kind=Switch(),
        default=False,
        what="Let guests order ahead, so that the kitchen knows when to begin.",
    )
    bookings_per_guest: int = setting(
        "BOOKINGS_PER_GUEST",
        kind=Whole(0, 10_000),
        default=10,
        what="How many bookings to come a guest may have, none of which overlap. "
        "0 lifts both limits, which staff and administrators do not have.",
    )
    payments_mode: str = setting(
        "PAYMENTS_MODE",
        kind=_WORD,
        default="off",
        what="Payment mode told to the apps by `/v1/config/features`.",
    )
    payment_provider: str = setting(
        "PAYMENT_PROVIDER",
        kind=_WORD,
        default="",
        what="Payment provider told to the apps by `/v1/config/features`.",
    )
    currency: str = setting(
        "CURRENCY",
        kind=Shaped(r"[A-Z]{3}", "a currency's three capitals (ISO 4217)"),
        default="AZN",
        what="Currency of all prices.",
    )
