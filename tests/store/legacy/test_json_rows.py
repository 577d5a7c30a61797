"""Reading a file in pieces: wherever they end, the rows are the same, and a fault has its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.store.legacy import json_rows
from bakureserve.store.legacy.files import RESTAURANTS, opened
from bakureserve.store.legacy.json_rows import FORMS, OldRow, Rows
from tests.kit.examples import examples

NUMBERS = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
EVERYTHING = (
    '[{"a": [1.5e-3, -20, true, false, null], "ş\\n\\u018f\\ud83d\\ude00": "x\\\\"}, "y", 7]'
)


@pytest.fixture
def by_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every piece is as small as can be."""
    monkeypatch.setattr(json_rows, "_PIECE", 1)


def rows_of(file: Path, text: str) -> list[OldRow]:
    file.write_text(text, encoding="utf-8")
    with opened(file, lambda _: None) as old:
        return list(Rows(old, FORMS[RESTAURANTS]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(50))
@given(values=st.lists(VALUES, max_size=4), ascii_only=st.booleans())
@pytest.mark.usefixtures("by_letters")
def test_the_rows_are_those_of_the_text(
    values: list[Any], ascii_only: bool, tmp_path: Path
) -> None:
    text = json.dumps(values, ensure_ascii=ascii_only)
    assert [row.value for row in rows_of(tmp_path / "rows.json", text)] == values


def test_a_text_that_is_cut_anywhere_ends_in_the_middle(tmp_path: Path) -> None:
    for end in range(1, len(EVERYTHING)):
        with pytest.raises(Invalid, match="old_file_truncated") as refused:
            rows_of(tmp_path / "rows.json", EVERYTHING[:end])
        assert refused.value.params["byte"] == len(EVERYTHING[:end].encode())


@pytest.mark.parametrize(
    ("before", "wrong"),
    [
        ("[1, ", "x]"),
        ("[1", ".]"),
        ('[{"a" ', "1}]"),
        ('[{"a": 1, ', "2: 3}]"),
        ('["ş', '\n"]'),
        ('["NaN", {"a": ', "NaN}]"),
        ("[", "-Infinity]"),
        ("[1]", "]"),
        ("[1, ", "]"),
    ],
)
@pytest.mark.usefixtures("by_letters")
def test_the_first_byte_that_cannot_stand_there_is_told(
    before: str, wrong: str, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match="old_file_not_json") as refused:
        rows_of(tmp_path / "rows.json", before + wrong)
    assert refused.value.params["byte"] == len(before.encode())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("-9223372036854775809", "-9223372036854775809"),
        ("9" * 5000, "9" * 5000),
        ("1" + "0" * 1_000_000, "1" + "0" * 1_000_000),
        ("1e99999999999999999999", "1e99999999999999999999"),
        ("1e-99999999999999999999", 0.0),
        ("0." + "1" * 5000, 1 / 9),
    ],
    ids=lambda value: str(value)[:12],
)
def test_a_number_beyond_the_store_is_text(written: str, read: Any, tmp_path: Path) -> None:
    assert [row.value for row in rows_of(tmp_path / "rows.json", f"[{written}]")] == [read]


@pytest.mark.parametrize(
    ("written", "value", "broken"),
    [
        (r'"a\ud800b"', "a\ufffdb", {"": r'"a\ud800b"'}),
        (r'"\udc00"', "\ufffd", {"": r'"\udc00"'}),
        (r'"\ud800\u0041"', "\ufffdA", {"": r'"\ud800A"'}),
        (r'{"n": {"x": ["\uDBFF"]}}', {"n": {"x": ["\ufffd"]}}, {"n.x[0]": r'"\udbff"'}),
        (r'{"k\ud800": 1, "k\ud801": 2}', {r"k\ud800": 1, r"k\ud801": 2}, {
            r"k\ud800": r'"k\ud800"', r"k\ud801": r'"k\ud801"'
        }),
        (r'"\\ud800"', r"\ud800", {}),
        (r'"\ud83d\ude00"', "😀", {}),
    ],
)  # fmt: skip
def test_half_a_surrogate_pair_is_replaced_and_told(
    written: str, value: Any, broken: dict[str, str], tmp_path: Path
) -> None:
    (row,) = rows_of(tmp_path / "rows.json", f"[{written}]")
    assert (row.value, row.read.broken) == (value, broken)


def test_of_a_repeated_key_the_last_value_counts_and_the_others_are_told(tmp_path: Path) -> None:
    text = '[{"a": 1, "a": 2, "b": {"c": 3, "c": 4, "c": 5}}, {"a": 6}]'
    first, second = rows_of(tmp_path / "rows.json", text)
    assert first.value == {"a": 2, "b": {"c": 5}}
    assert first.read.repeated == {"a": [1], "c": [3, 4]}
    assert second.read.repeated == {}


@pytest.mark.parametrize("depth", [json_rows.DEEPEST, json_rows.DEEPEST + 1])
def test_a_value_is_at_most_so_deep(depth: int, tmp_path: Path) -> None:
    text = f"[{'[' * depth}{']' * depth}]"
    if depth <= json_rows.DEEPEST:
        assert len(rows_of(tmp_path / "rows.json", text)) == 1
    else:
        with pytest.raises(Invalid, match="old_file_too_deep"):
            rows_of(tmp_path / "rows.json", text)
