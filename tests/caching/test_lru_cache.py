from __future__ import annotations

from collections import OrderedDict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bakureserve.caching.cache import ENTRY_BYTES, LruCache
from tests.kit.examples import examples


def a_cache(entries: int = 3, largest_bytes: int = 10_000) -> LruCache[str, bytes]:
    return LruCache(
        "sample", entries=entries, largest_bytes=largest_bytes, weigh=len, clock=lambda: 5.0
    )


def test_the_one_unused_for_longest_makes_room() -> None:
    cache = a_cache(entries=2)
    cache.put("a", b"1")
    cache.put("b", b"2")
    assert cache.get("a") == b"1"
    cache.put("c", b"3")
    assert [cache.get(key) for key in "abc"] == [b"1", None, b"3"]
    figures = cache.figures()
    assert (figures.entries, figures.hits, figures.misses, figures.evictions) == (2, 3, 1, 1)


def test_what_is_too_heavy_alone_is_not_kept_and_pushes_nothing_out() -> None:
    cache = a_cache(largest_bytes=1000)
    cache.put("a", b"1")
    cache.put("a", bytes(1000))
    cache.put("b", b"2")
    assert (cache.get("a"), cache.get("b")) == (None, b"2")


KEYS = st.sampled_from("abcdef")


class AsAPlainModel(RuleBasedStateMachine):
    """The cache does what an ordered dictionary with a plain loop would do."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = a_cache(entries=4, largest_bytes=2_500)
        self.model: OrderedDict[str, bytes] = OrderedDict()

    def weight(self) -> int:
        return sum(ENTRY_BYTES + len(value) for value in self.model.values())

    @rule(key=KEYS, size=st.sampled_from((0, 1, 200, 1_500, 2_600)))
    def put(self, key: str, size: int) -> None:
        self.cache.put(key, bytes(size))
        self.model.pop(key, None)
        if ENTRY_BYTES + size <= 2_500:
            self.model[key] = bytes(size)
        while len(self.model) > 4 or self.weight() > 2_500:
            self.model.popitem(last=False)

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        assert self.cache.get(key) == self.model.get(key)
        if key in self.model:
            self.model.move_to_end(key)

    @rule(key=KEYS)
    def drop(self, key: str) -> None:
        self.cache.drop(key)
        self.model.pop(key, None)

    @rule()
    def clear(self) -> None:
        assert self.cache.sweep() == 0
        assert self.cache.clear() == len(self.model)
        self.model.clear()

    @invariant()
    def is_bounded_and_counts_its_bytes(self) -> None:
        figures = self.cache.figures()
        assert (figures.entries, figures.bytes) == (len(self.model), self.weight())
        assert figures.bytes <= figures.bytes_bound


AsAPlainModel.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=30)
test_a_lasting_cache_agrees_with_a_plain_model = AsAPlainModel.TestCase
