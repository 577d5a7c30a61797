"""What a benchmark declares is judged as it says, and kept as it was found."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from bench.figures import Curve, Figure, Results, keep, number, spread, told

LIST = Figure(
    what="the list",
    unit="answers/s",
    ours=[50.0, 70.0, 60.0],
    beside="bare",
    theirs=[100.0, 100.0, 100.0],
    goal="≥ 0.6 ×",
)


def test_a_goal_in_times_is_about_the_ratio_to_the_other_side() -> None:
    assert LIST.met is True
    assert msgspec.structs.replace(LIST, goal="> 0.6 ×").met is False


def test_another_goal_is_about_the_median_of_the_rounds() -> None:
    start = Figure(what="start", unit="s", ours=[1.0, 9.0, 2.0], goal="< 2.5 s")
    assert start.met is True
    assert msgspec.structs.replace(start, goal="< 2 s").met is False


def test_the_ratio_is_worked_out_in_each_round() -> None:
    drifting = msgspec.structs.replace(LIST, ours=[50.0, 500.0, 5.0], theirs=[100.0, 1000.0, 10.0])
    assert drifting.ratios == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    "wrong",
    [
        {"goal": "< 5 ms"},
        {"goal": "fast"},
        {"theirs": [1.0]},
        {"beside": ""},
        {"theirs": [], "beside": ""},
    ],
)
def test_what_does_not_fit_together_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="the list"):
        msgspec.structs.replace(LIST, **wrong)


def test_numbers_have_three_digits_that_count() -> None:
    assert [number(value) for value in (16_345, 999.6, 97.54, 1.239, 0.04216)] == [
        "16,300",
        "1,000",
        "97.5",
        "1.24",
        "0.0422",
    ]
    assert spread([3.0, 1.0, 2.0]) == "2 (1–3)"


def test_a_line_says_whether_the_goal_is_met() -> None:
    assert told(LIST) == (
        "the list: 60 (50–70) answers/s; bare 100; 0.6 (0.5–0.7) ×; goal ≥ 0.6 ×: met"
    )


def test_results_are_kept_as_they_were_found(tmp_path: Path) -> None:
    growth = Curve(what="start", x="restaurants", y="s", lines={"ours": [(100, 0.5), (1000, 0.6)]})
    found = Results(bench="x", conditions={"Python": "3.11"}, figures=[LIST], curves=[growth])
    keep(found, tmp_path / "results")
    kept = (tmp_path / "results" / "x.json").read_bytes()
    assert msgspec.json.decode(kept, type=Results) == found
