"""What traffic does to a route's time, as a setting."""

from __future__ import annotations

import re
from typing import NamedTuple

from bakureserve.settings.kinds import Kind

_LARGEST = 10.0
_JSON_MARKS = re.compile(r"[{}\"'\s]")


class Factors(NamedTuple):
    """What a time is multiplied by in each condition of the traffic."""

    smooth: float = 1.0
    moderate: float = 1.12
    heavy: float = 1.25
    severe: float = 1.4


USUAL = Factors()


class DelayFactors(Kind[Factors]):
    """A factor for each condition, also as a JSON object; what is not named keeps its default."""

    allowed = "factors from 1 to 10 like smooth=1,moderate=1.12,heavy=1.25,severe=1.4"

    def read(self, text: str) -> Factors:
        parts = filter(None, _JSON_MARKS.sub("", text.lower()).split(","))
        named = dict(_named(part) for part in parts)
        if not named.keys() <= set(Factors._fields):
            raise ValueError(text)
        return Factors(**named)

    def show(self, value: Factors) -> str:
        return ",".join(f"{name}={factor:g}" for name, factor in value._asdict().items())


def _named(part: str) -> tuple[str, float]:
    name, text = re.split("[=:]", part, maxsplit=1)
    factor = float(text)
    if not 1 <= factor <= _LARGEST:  # written so that NaN is refused as well
        raise ValueError(part)
    return name, factor
