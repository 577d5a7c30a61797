"""Many tasks at one cache: whatever they interleave to, it does what a plain model does."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.caching.cache import LruCache, TtlCache
from tests.kit.examples import examples

ENTRIES, SECONDS = 3, 10.0

STEPS = st.tuples(
    st.sampled_from(
        ("put",) * 6 + ("get",) * 6 + ("yield",) * 3 + ("drop", "wait", "sweep", "clear")
    ),
    st.sampled_from("abcdef"),
)
"""What is done, and with which key; most of it is putting and getting."""


class Observed:
    """A cache, the model of what must be in it, and the clock of both."""

    def __init__(self, kind: str) -> None:
        self.now = 0.0
        self.written = 0
        self.model: OrderedDict[str, tuple[int, float]] = OrderedDict()
        self.lasts = kind == "lasting"
        options: dict[str, Any] = {"entries": ENTRIES, "largest_bytes": 10**6}
        options |= {"weigh": lambda _value: 1, "clock": lambda: self.now}
        self.cache: Any = (
            LruCache(kind, **options) if self.lasts else TtlCache(kind, seconds=SECONDS, **options)
        )

    def perform(self, step: str, key: str) -> None:
        self._expire()
        getattr(self, step)(key)
        assert self.cache.figures().entries <= ENTRIES

    def put(self, key: str) -> None:
        self.written += 1
        self.cache.put(key, self.written)
        self.model.pop(key, None)
        self.model[key] = (self.written, self.now)
        if len(self.model) > ENTRIES:
            self.model.popitem(last=False)

    def get(self, key: str) -> None:
        kept = self.model.get(key)
        assert self.cache.get(key) == (kept[0] if kept else None)
        if kept:
            self.model.move_to_end(key)

    def drop(self, key: str) -> None:
        self.cache.drop(key)
        self.model.pop(key, None)

    def sweep(self, _key: str) -> None:
        self.cache.sweep()
        assert self.cache.figures().entries == len(self.model)

    def clear(self, _key: str) -> None:
        self.cache.clear()
        self.model.clear()

    def _expire(self) -> None:
        for key, (_, put_at) in tuple(self.model.items()):
            if not self.lasts and self.now >= put_at + SECONDS:
                del self.model[key]


async def work(observed: Observed, steps: list[tuple[str, str]]) -> None:
    for step, key in steps:
        if step == "wait":
            observed.now += SECONDS * "abcdef".index(key) / 5
        elif step == "yield":
            await asyncio.sleep(0)
        else:
            observed.perform(step, key)


@pytest.mark.parametrize("kind", ["bounded", "lasting"])
@settings(max_examples=examples(60))
@given(tasks=st.lists(st.lists(STEPS, min_size=5, max_size=25), min_size=2, max_size=5))
def test_it_agrees_with_a_plain_model_whatever_comes_between(
    kind: str, tasks: list[list[tuple[str, str]]]
) -> None:
    async def all_at_once() -> None:
        observed = Observed(kind)
        await asyncio.gather(*(work(observed, steps) for steps in tasks))

    asyncio.run(all_at_once())
