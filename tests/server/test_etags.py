"""Which of a reader's copies are as good as ours."""

from __future__ import annotations

import pytest

from bakureserve.server.etags import etag_of, is_fresh

OURS = etag_of(b"Sahil")
WORD = OURS.strip('"')


@pytest.mark.parametrize(
    "sent",
    [
        OURS,
        f"W/{OURS}",
        f'"{WORD}-gzip"',
        f'"{WORD}--gzip"',
        f'"{WORD};gzip"',
        f'"{WORD}-br"',
        f'"{WORD}-zstd"',
        f'"{WORD}-deflate"',
        f'W/"{WORD}-gzip"',
        f'"another", W/"{WORD}-gzip"',
        "*",
    ],
)
def test_a_copy_that_says_the_same_is_fresh(sent: str) -> None:
    assert is_fresh(sent, OURS)


@pytest.mark.parametrize(
    "sent", [None, "", '"another"', f'"{WORD}x"', f'"{WORD}-x"', f'"x-{WORD}"', '"-gzip"', WORD]
)
def test_any_other_is_not(sent: str | None) -> None:
    assert not is_fresh(sent, OURS)
