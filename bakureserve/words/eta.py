"""What the program says about estimates, and about the caches and breakers behind them."""

from __future__ import annotations

EN = {
    "breaker_unknown": "There is no breaker {breaker}. There are: {breakers}.",
    "cache_unknown": "There is no cache {cache}. There are: {caches}.",
}

AZ = {
    "breaker_unknown": "{breaker} adlı qoruyucu yoxdur. Olanlar: {breakers}.",
    "cache_unknown": "{cache} adlı keş yoxdur. Olanlar: {caches}.",
}

RU = {
    "breaker_unknown": "Предохранителя {breaker} нет. Есть: {breakers}.",
    "cache_unknown": "Кэша {cache} нет. Есть: {caches}.",
}
