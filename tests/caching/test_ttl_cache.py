from __future__ import annotations

from collections import OrderedDict

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.caching.cache import ENTRY_BYTES, TtlCache
from tests.kit.clocks import Steady


def a_cache(
    clock: Steady, *, entries: int = 3, largest_bytes: int = 1_000_000, seconds: float = 60.0
) -> TtlCache[str, str]:
    return TtlCache(
        "words", entries=entries, largest_bytes=largest_bytes, seconds=seconds, weigh=len,
        clock=clock,
    )  # fmt: skip


def test_what_was_put_is_there_until_it_is_too_old_and_tells_its_age() -> None:
    clock = Steady()
    cache = a_cache(clock)
    cache.put("a", "alma")
    clock.now += 20
    assert cache.kept("a") == ("alma", 20.0)
    cache.put("a", "armud")
    assert cache.kept("a") == ("armud", 0.0)
    assert cache.kept("b") is None
    clock.now += 59.9
    assert cache.get("a") == "armud"
    clock.now += 0.1
    assert cache.get("a") is None


def test_heavy_entries_make_room_for_each_other() -> None:
    cache = a_cache(Steady(), entries=100, largest_bytes=3 * (ENTRY_BYTES + 1000))
    for word in "abcdef":
        cache.put(word, word * 1000)
    assert tuple(cache) == ("d", "e", "f")


def test_what_is_heavier_than_the_cache_is_not_kept_and_nor_is_what_it_replaces() -> None:
    cache = a_cache(Steady(), largest_bytes=1000)
    cache.put("a", "alma")
    cache.put("b", "b" * 1001)
    assert tuple(cache) == ("a",)
    cache.put("a", "a" * 1001)
    assert tuple(cache) == ()


def test_a_sweep_forgets_what_has_expired_and_says_how_much() -> None:
    clock = Steady()
    cache = a_cache(clock)
    cache.put("a", "a")
    cache.put("b", "b")
    clock.now += 30
    cache.put("c", "c")
    clock.now += 30
    assert cache.sweep() == 2
    assert cache.sweep() == 0
    assert tuple(cache) == ("c",)


def test_dropping_and_clearing_forget_at_once() -> None:
    cache = a_cache(Steady())
    for word in ("a", "b", "c"):
        cache.put(word, word)
    cache.drop("b")
    cache.drop("b")
    assert tuple(cache) == ("a", "c")
    assert cache.clear() == 2
    assert len(cache) == 0


def test_figures_count_what_became_of_entries() -> None:
    clock = Steady()
    cache = a_cache(clock)
    for word in ("a", "b", "c", "d"):
        cache.put(word, word)
    clock.now += 10
    cache.get("d")
    cache.get("a")
    before = cache.figures()
    assert (before.name, before.entries, before.bound) == ("words", 3, 3)
    assert (before.hits, before.misses, before.evictions, before.expirations) == (1, 1, 1, 0)
    assert before.bytes == 3 * (ENTRY_BYTES + 1)
    assert before.age == 10
    clock.now += 60
    cache.sweep()
    after = cache.figures()
    assert (after.entries, after.bytes, after.expirations, after.age) == (0, 0, 3, 0)


@given(
    st.lists(
        st.tuples(st.sampled_from("abcdef"), st.sampled_from(["put", "get"]), st.floats(0, 30)),
        max_size=80,
    )
)
def test_a_cache_never_holds_too_much_nor_gives_what_is_too_old(
    steps: list[tuple[str, str, float]],
) -> None:
    clock = Steady()
    cache = a_cache(clock)
    model: OrderedDict[str, float] = OrderedDict()
    for key, step, wait in steps:
        clock.now += wait
        for old in [each for each, put_at in model.items() if clock.now >= put_at + 60]:
            del model[old]
        if step == "put":
            cache.put(key, key)
            model[key] = clock.now
            model.move_to_end(key)
            if len(model) > 3:
                model.popitem(last=False)
        else:
            assert (cache.get(key) is not None) == (key in model)
            if key in model:
                model.move_to_end(key)
        assert sorted(cache) == sorted(model)
        assert cache.figures().entries == len(model) <= 3
