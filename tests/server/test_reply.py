from __future__ import annotations

import asyncio
import gzip
import json

import pytest

from bakureserve.server.reply import (
    AT_A_TIME,
    ResponseCache,
    accepts_gzip,
    encoded_list,
    etag_of,
    is_fresh,
)


async def test_a_list_is_the_same_in_however_many_parts() -> None:
    for length in (0, 1, AT_A_TIME, AT_A_TIME + 1, 3 * AT_A_TIME):
        items = [{"number": number} for number in range(length)]
        assert json.loads(await encoded_list(items)) == items


async def test_a_long_list_lets_others_have_their_turn() -> None:
    turns = 0

    async def another() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    other = asyncio.create_task(another())
    await encoded_list(range(10 * AT_A_TIME))
    other.cancel()
    assert turns >= 9


OURS = etag_of(b"Sahil")
WORD = OURS.strip('"')


def test_a_copy_that_says_the_same_is_fresh() -> None:
    for sent in (
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
    ):
        assert is_fresh(sent, OURS)


def test_any_other_is_not() -> None:
    for sent in (
        None,
        "",
        '"another"',
        f'"{WORD}x"',
        f'"{WORD}-x"',
        f'"x-{WORD}"',
        '"-gzip"',
        WORD,
    ):
        assert not is_fresh(sent, OURS)


class Kitchen:
    """Counts how often an answer was made."""

    def __init__(self) -> None:
        self.made = 0

    def make(self) -> list[str]:
        self.made += 1
        return []


def test_an_answer_is_made_once_while_it_is_kept() -> None:
    responses, kitchen = ResponseCache(), Kitchen()
    first = responses.reply(("a",), kitchen.make)
    assert responses.reply(("a",), kitchen.make) is first
    assert (first.body, kitchen.made) == (b"[]", 1)


def test_an_answer_with_hardly_a_body_takes_room_too() -> None:
    responses, kitchen = ResponseCache(16 * 1024), Kitchen()
    for number in range(20):
        responses.reply((number,), kitchen.make)
    responses.reply((0,), kitchen.make)
    assert kitchen.made == 21


def test_an_answer_too_large_to_keep_is_given_all_the_same() -> None:
    responses = ResponseCache(2 * 1024)
    name, text = ("a",), "x" * 1500
    replies = [responses.reply(name, lambda: text) for _ in range(2)]
    assert replies[0] is not replies[1]
    assert replies[0].body == replies[1].body == b'"%s"' % text.encode()


@pytest.mark.parametrize(
    ("sent", "accepted"),
    [
        ("gzip", True),
        ("GZIP", True),
        ("br, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=0.001", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*, gzip;q=0", False),
        ("*;q=0", False),
        ("gzipped", False),
    ],
)
def test_gzip_is_sent_to_readers_who_accept_it(sent: str, accepted: bool) -> None:
    assert accepts_gzip(sent) is accepted


def test_an_answer_is_compressed_once_and_has_a_tag_of_its_own() -> None:
    cache = ResponseCache()
    plain = cache.reply(("list",), lambda: ["Sahil"] * 1000)
    packed = cache.reply(("list",), lambda: ["Sahil"] * 1000, packed=True)
    assert gzip.decompress(packed.body) == plain.body  # type: ignore[arg-type]
    assert cache.kept(("list",), packed=True) is packed
    assert cache.kept(("list",)) is plain
    assert packed.etag != plain.etag
    assert plain.etag is not None
    assert packed.etag is not None
    assert is_fresh(plain.etag, packed.etag)
    assert is_fresh(packed.etag, plain.etag)


def test_what_is_short_or_huge_is_sent_as_it_is() -> None:
    for body in (b"[]", b" " * 300_000):
        reply = ResponseCache().keep(("list",), body, packed=True)
        assert (reply.body, reply.headers) == (body, {})
