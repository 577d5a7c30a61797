from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.cli import long_json
from bakureserve.cli.files import read_json
from bakureserve.cli.long_json import NoArray, items_of
from bakureserve.domain.errors import Invalid

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def outcome(read: object, data: bytes) -> object:
    try:
        return read(io.BytesIO(data))  # type: ignore[operator]
    except Invalid as refused:
        return refused.code, refused.params


@pytest.fixture(autouse=True, params=[1, 7, 1 << 20])
def window(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read so many bytes at a time."""
    size: int = request.param
    monkeypatch.setattr(long_json._ArrayText._read_on, "__defaults__", (size,))
    monkeypatch.setattr(long_json, "_AT_A_TIME", size)


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1]), st.booleans(), st.data())
def test_an_array_is_read_item_by_item_as_it_is_read_whole(
    items: list[object], indent: int | None, ascii_only: bool, data: st.DataObject
) -> None:
    text = json.dumps(items, indent=indent, ensure_ascii=ascii_only)
    raw = text.encode(errors="surrogatepass")
    cut = data.draw(st.integers(0, len(raw)))
    for each in (raw, b"\xef\xbb\xbf" + raw, raw[:cut] + raw[cut + 1 :], raw + b"\n", raw + b"]"):
        try:
            found = outcome(lambda file: list(items_of(file)), each)
        except NoArray:
            assert not isinstance(outcome(read_json, each), list)
        else:
            assert repr(found) == repr(outcome(read_json, each))


@pytest.mark.parametrize(
    "data",
    [
        b"[1 2]", b"[1,]", b"[,1]", b"[1", b"[", b"[] []", b'[{"a": 1, "a": 2}]', b"[NaN]", b"[01]",
        b'["\xff"]', b"[" * 100_000, b'[{"a": 1, "a": 2}, x]',
    ],
)  # fmt: skip
def test_a_mistake_is_told_as_of_the_whole_file(data: bytes) -> None:
    told = outcome(lambda file: list(items_of(file)), data)
    assert isinstance(told, tuple)
    assert told == outcome(read_json, data)


@pytest.mark.parametrize("data", [b"", b" ", b"{}", b'{"venues": []}', b"7", b'"["'])
def test_what_is_no_array_has_no_items(data: bytes) -> None:
    with pytest.raises(NoArray):
        list(items_of(io.BytesIO(data)))
