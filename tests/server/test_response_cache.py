from __future__ import annotations

from bakureserve.server.response_cache import ResponseCache


class Kitchen:
    """Counts how often an answer was made."""

    def __init__(self) -> None:
        self.made = 0

    def make(self) -> list[str]:
        self.made += 1
        return []


def test_an_answer_is_made_once_while_it_is_kept() -> None:
    renderings, kitchen = ResponseCache(), Kitchen()
    first = renderings.reply(("a",), kitchen.make)
    assert renderings.reply(("a",), kitchen.make) is first
    assert (first.body, kitchen.made) == (b"[]", 1)


def test_an_answer_with_hardly_a_body_takes_room_too() -> None:
    renderings, kitchen = ResponseCache(16 * 1024), Kitchen()
    for number in range(20):
        renderings.reply((number,), kitchen.make)
    renderings.reply((0,), kitchen.make)
    assert kitchen.made == 21


def test_an_answer_too_large_to_keep_is_given_all_the_same() -> None:
    renderings = ResponseCache(2 * 1024)
    name, text = ("a",), "x" * 1500
    replies = [renderings.reply(name, lambda: text) for _ in range(2)]
    assert replies[0] is not replies[1]
    assert replies[0].body == replies[1].body == b'"%s"' % text.encode()
