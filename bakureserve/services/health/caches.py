"""The caches: within their bounds."""

from __future__ import annotations

from bakureserve.caching.cache import CacheRegistry
from bakureserve.services.health.check import Condition, fine


class CacheCheck:
    """Counts what the caches hold and how often they help."""

    name = "cache"
    vital = False
    seconds_good = 1.0

    def __init__(self, caches: CacheRegistry) -> None:
        self._caches = caches

    async def look(self) -> Condition:
        figures = self._caches.figures()
        hits = sum(each.hits for each in figures)
        asked = hits + sum(each.misses for each in figures)
        return fine(
            figures={
                "caches": len(figures),
                "entries": sum(each.entries for each in figures),
                "hit_percent": round(100 * hits / asked, 1) if asked else 0.0,
            }
        )
