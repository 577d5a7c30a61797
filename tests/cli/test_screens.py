"""Screens: drawn without loss at any width, and as the documentation shows them."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from rich.cells import cell_len
from rich.console import Console

from bakureserve.cli.doctor_checks import Finding, fault, fine, note
from bakureserve.cli.screens import doctor, eta, health
from bakureserve.cli.screens.layout import Column, Panel, facts, picture, table, text
from bakureserve.cli.screens.marks import MARKS, UNKNOWN, bar, mark_of, marked, spark
from tests.cli.drawn_facts import FINDINGS, HEALTH, an_estimate
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

    @pytest.mark.parametrize("width", [*range(80, 200, 10)])
    @pytest.mark.parametrize("name", SCREENS)
    def test_a_wider_one_says_nothing_less(self, name: str, width: int) -> None:
        narrow, wide = (letters(picture(SCREENS[name](each), each)) for each in (width, width + 10))
        assert narrow - wide == Counter()


def letters(shown: str) -> Counter[str]:
    """How often each letter and figure stands in a picture, however its lines are broken; but for
    how many lines a window has no room for."""
    return Counter(filter(str.isalnum, re.sub(r"\d+ more lines", "", shown)))


class TestHealth:
    def test_has_a_panel_for_each_server_and_says_first_where_none_runs(self) -> None:
        second = HEALTH | {"server": "14147-22aa", "status": "healthy"}
        shown = picture(health.draw([HEALTH, second], 80, "No server runs on /srv/baku."), 80)
        assert shown.splitlines()[0] == "No server runs on /srv/baku."
        assert "╭─ ▲ degraded · 14146-18bf ─" in shown
        assert "╭─ ✓ healthy · 14147-22aa ─" in shown

    def test_says_how_long_only_of_what_was_asked(self) -> None:
        lines = picture(health.draw([HEALTH], 80), 80).splitlines()
        (disabled,) = (line for line in lines if "gomap" in line)
        assert disabled.strip("│ ").split() == ["○", "gomap", "disabled"]

    def test_tells_a_reason_and_survives_a_state_that_only_a_newer_server_knows(self) -> None:
        odd = {"status": "dreaming", "latency_ms": 1.0, "message": "Asleep.", "reason": "Night."}
        report = {"server": "here", "status": "degraded", "checks": {"mind": odd}}
        shown = picture(health.draw([report], 80), 80)
        assert "? mind" in shown
        assert "Asleep. Night." in shown


class TestDoctor:
    def test_tells_faults_first_each_with_its_remedy_and_what_is_well_last(self) -> None:
        lines = [line.strip("│ ") for line in picture(doctor.draw(FINDINGS), 120).splitlines()]
        assert lines[0].startswith("╭─ ✗ 1 fault, 2 notes ─")
        begins = [line[0] for line in lines[1:-1]]
        assert begins == ["✗", "→", "▲", "→", "▲", "→", "✓"]

    def test_calls_nothing_well_of_which_it_tells_trouble(self) -> None:
        (well,) = (line for line in picture(doctor.draw(FINDINGS), 120).splitlines() if "✓" in line)
        assert "backups" not in well
        assert well.count("disk") == 1

    @pytest.mark.parametrize(
        ("found", "title"),
        [
            ([fine("disk", "there is room")], "✓ 0 faults, 0 notes"),
            ([note("disk", "it fills up", "free some space")], "▲ 0 faults, 1 note"),
            ([fault("disk", "it is full", "free some space")], "✗ 1 fault, 0 notes"),
        ],
    )
    def test_is_marked_by_the_gravest(self, found: list[Finding], title: str) -> None:
        assert picture(doctor.draw(found), 80).startswith(f"╭─ {title} ─")


class TestEstimate:
    def test_has_no_axis_where_there_is_no_room_for_one(self) -> None:
        assert "█" in picture(eta.draw(an_estimate(), 80), 80)
        shown = picture(eta.draw(an_estimate(), 60), 60)
        assert "█" not in shown
        assert "traffic_destination" in shown

    def test_has_starts_and_breakers_on_a_wide_screen(self) -> None:
        assert "BREAKER" not in picture(eta.draw(an_estimate(), 80), 80)
        assert "✓ closed" in picture(eta.draw(an_estimate(), 120), 120)


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
