from __future__ import annotations

import pytest

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.errors import NotFound
from tests.caching.test_ttl_cache import a_cache
from tests.kit.clocks import Steady


def test_a_registry_counts_sweeps_and_clears_what_it_knows() -> None:
    clock = Steady()
    registry = CacheRegistry()
    cache = registry.add(a_cache(clock))
    cache.put("a", "alma")
    assert [each.entries for each in registry.figures()] == [1]
    clock.now += 60
    assert registry.sweep() == 1
    cache.put("a", "alma")
    assert registry.clear("words") == 1
    cache.put("b", "badam")
    assert registry.clear() == 1


def test_an_unknown_cache_is_named_with_those_that_exist() -> None:
    registry = CacheRegistry()
    registry.add(a_cache(Steady()))
    with pytest.raises(NotFound) as refused:
        registry.clear("wrods")
    assert refused.value.params == {"cache": "wrods", "caches": ("words",)}
