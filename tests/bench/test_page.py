"""docs/performance.md and its plots are what the kept results make of them."""

from __future__ import annotations

from importlib.util import find_spec

from bench.__main__ import benches
from bench.figures import Curve, Figure, Results
from bench.page import PAGE, PLOTS, filled, plots, read

KEPT = read()
PAGE_TEXT = PAGE.read_text("utf-8")
HANDMADE = "# Speed\n\n<!-- results: reading -->\n<!-- end -->\n\nWritten by hand.\n"
FOUND = Results(
    bench="reading",
    conditions={"Python": "3.11", "processors": "2"},
    figures=[
        Figure(
            what="the list",
            unit="answers/s",
            ours=[50.0],
            beside="bare",
            theirs=[100.0],
            goal="≥ 0.6 ×",
        ),
        Figure(what="start", unit="s", ours=[1.0, 3.0, 2.0], goal="< 2.5 s", note="cold"),
    ],
    curves=[Curve(what="A start", x="restaurants", y="s", lines={"ours": [(10, 1.0), (100, 1.5)]})],
)


def test_the_page_says_what_was_found() -> None:
    assert filled(PAGE_TEXT, KEPT) == PAGE_TEXT, "python -m bench.page draws it anew"


def test_the_plots_show_what_was_found() -> None:
    assert {file.name: file.read_text("utf-8") for file in PLOTS.glob("*.svg")} == plots(KEPT)


def test_every_place_on_the_page_is_that_of_a_benchmark() -> None:
    assert [name for name in benches() if find_spec(f"bench.{name}") is None] == []


def test_whatever_was_found_has_its_place_on_the_page() -> None:
    assert set(KEPT) - set(benches()) == set()


def test_a_block_is_filled_between_its_comments() -> None:
    assert filled(HANDMADE, {"reading": FOUND}) == (
        "# Speed\n\n"
        "<!-- results: reading -->\n\n"
        "| what | ours | beside | ratio | goal | |\n"
        "| --- | --- | --- | --- | --- | --- |\n"
        "| the list | 50 answers/s | bare: 100 | 0.5 × | ≥ 0.6 × | **missed** |\n"
        "| start (cold) | 2 (1–3) s | | | < 2.5 s | met |\n\n"
        "![A start](plots/reading-a-start.svg)\n\n"
        "Python: 3.11; processors: 2.\n\n"
        "<!-- end -->\n\nWritten by hand.\n"
    )


def test_filling_a_page_twice_changes_nothing() -> None:
    once = filled(HANDMADE, {"reading": FOUND})
    assert filled(once, {"reading": FOUND}) == once


def test_a_plot_has_a_point_for_each_size() -> None:
    (picture,) = plots({"reading": FOUND}).values()
    assert picture.count("<circle") == 2
    assert ">100</text>" in picture
    assert "A start: s" in picture
