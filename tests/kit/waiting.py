"""Waiting for what comes about, and no longer than it may take on a busy machine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0


def wait_for(holds: Callable[[], object]) -> None:
    """Until it holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


async def together(*calls: Any) -> list[Any]:
    """All the calls at once; what each returned or raised."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def settle() -> None:
    """Let what can go on without waiting do so."""
    for _ in range(5):
        await asyncio.sleep(0)


async def until(holds: Callable[[], object]) -> None:
    """Until it holds, while the event loop goes on."""
    async with asyncio.timeout(PATIENCE):
        while not holds():
            await asyncio.sleep(0.02)
