"""Screens: drawn without loss at any width, and as the documentation shows them."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from rich.console import Console

from bakureserve.cli.screens.charts import bar, spark
from bakureserve.cli.screens.layout import Column, Panel, facts, table, text
from bakureserve.cli.screens.marks import MARKS, UNKNOWN, mark_of, marked
from bakureserve.cli.screens.picture import picture
from tests.cli.pictures import BLOCK, PAGE, SCREENS, WIDTHS, drawn_anew


class TestPictures:
    def test_the_page_has_every_screen_at_every_width_and_no_other(self) -> None:
        shown = {
            (each[1], int(each[2])) for each in BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
        }
        assert shown == {(name, width) for name in SCREENS for width in WIDTHS}

    def test_each_is_as_the_screen_is_drawn(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        assert page == drawn_anew(page), "run python -m tests.cli.pictures"

    @pytest.mark.parametrize("width", [*range(40, 130, 10)])
    @pytest.mark.parametrize("name", SCREENS)
    def test_nothing_is_cut_or_runs_over(self, name: str, width: int) -> None:
        shown = picture(SCREENS[name](width), width)
        assert "…" not in shown
        assert max(map(cell_len, shown.splitlines())) <= width


class TestMarks:
    def test_tell_well_and_not_well_apart_without_colour(self) -> None:
        assert len({mark_of(state).sign for state in ("ok", "degraded", "error", "disabled")}) == 4
        assert {mark_of(state).sign for state in ("ok", "healthy", "closed", "cached")} == {"✓"}

    def test_have_styles_that_can_be_drawn(self) -> None:
        console = Console()
        for mark in (*MARKS.values(), UNKNOWN):
            console.get_style(mark.style)

    def test_of_a_state_that_only_a_newer_server_knows(self) -> None:
        assert marked("dreaming").plain == "? dreaming"


class TestBar:
    @pytest.mark.parametrize(
        ("value", "bound", "drawn"),
        [
            (0, 100, "────"),
            (0.01, 100, "╸───"),
            (25, 100, "━───"),
            (50, 100, "━━──"),
            (99.9, 100, "━━━╸"),
            (100, 100, "━━━━"),
            (300, 100, "━━━━"),
            (5, 0, "────"),
        ],
    )
    def test_shows_the_share_of_the_bound(self, value: float, bound: float, drawn: str) -> None:
        assert bar(value, bound, 4).plain == drawn


class TestSpark:
    @pytest.mark.parametrize(
        ("values", "highest", "drawn"),
        [
            ([0.0, 5.0, 10.0], None, "▁▅█"),
            ([0.0, 5.0, 30.0], 10.0, "▁▅█"),
            ([0.0, 0.0], None, ""),
            ([0.0, 0.0], 10.0, ""),
            ([], None, ""),
        ],
    )
    def test_draws_a_bar_for_each_value(
        self, values: list[float], highest: float | None, drawn: str
    ) -> None:
        assert spark(values, highest=highest) == drawn


class TestPanel:
    def test_takes_in_a_title_that_its_frame_has_no_room_for(self) -> None:
        long = "/srv/" + "restaurants/" * 5
        shown = picture(Panel(text("body"), title=text(long), aside=text("up for 2 s")), 40)
        assert long in "".join(line.strip("│ ") for line in shown.splitlines())
        assert "╯" in shown.splitlines()[-1]
        assert "up for 2 s" in shown.splitlines()[-1]

    def test_has_no_frame_in_a_pipe(self) -> None:
        console = Console(width=40, force_terminal=False)
        with console.capture() as shown:
            console.print(Panel(text("body"), title=text("title")))
        assert shown.get() == "title\nbody\n"


class TestTable:
    def test_goes_on_in_the_next_line_where_there_is_no_room(self) -> None:
        path = "/srv/" + "a" * 60
        shown = picture(facts([("database", path)]), 30)
        assert path in "".join(line.split()[-1] for line in shown.splitlines())

    def test_leaves_out_what_is_for_wider_screens(self) -> None:
        columns = [
            Column[str]("NAME", text),
            Column[str]("LENGTH", lambda name: text(len(name)), from_width=60),
        ]
        assert picture(table(["Sahil"], columns, 59), 59) == "NAME\nSahil\n"
        assert picture(table(["Sahil"], columns, 60), 60) == "NAME   LENGTH\nSahil  5\n"

    def test_takes_nothing_for_markup_or_for_a_command_to_the_terminal(self) -> None:
        shown = picture(facts([("name", "[red]a\x1b[31m\nb")]), 40)
        assert shown == "name  [red]a [31m b\n"
