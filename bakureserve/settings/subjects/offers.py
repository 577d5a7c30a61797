"""What guests are offered."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import Shaped, Switch
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
