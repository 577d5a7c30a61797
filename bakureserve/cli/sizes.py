"""Sizes in bytes as people say them."""

from __future__ import annotations

MEGABYTE = 1024 * 1024


def size(amount: float) -> str:
    """In megabytes or, from a thousand of them, gigabytes: `0.7 MB`, `77.4 GB`."""
    megabytes = amount / MEGABYTE
    return f"{megabytes:.1f} MB" if megabytes < 1000 else f"{megabytes / 1024:.1f} GB"
