"""Strong entity tags and their comparison (RFC 9110, sections 8.8.3 and 13.1.2)."""

from __future__ import annotations

import re
from hashlib import blake2b

_MARK = re.compile(r'(?:--?|;)(?:gzip|br|zstd|deflate)"$')
"""How proxies that compress an answer mark its tag: `-gzip` Apache, `--gzip` Jetty; others `W/`."""


def etag_of(body: bytes) -> str:
    """A strong tag of exactly these bytes, quotes included."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether the reader's copies include the one tagged `etag`, so that 304 is the answer.

    A copy that a proxy compressed on the way, and marked, says the same.
    """
    if if_none_match is None or if_none_match == etag:
        return if_none_match is not None
    tags = {_MARK.sub('"', tag.strip().removeprefix("W/")) for tag in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags
