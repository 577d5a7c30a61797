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
from tests.cli.drawn import FINDINGS, HEALTH, an_estimate
from tests.cli.pictures import BLOCK, PAGE, SCREENS, WIDTHS, drawn_anew


def letters(shown: str) -> Counter[str]:
    """How often each letter and figure stands in a picture, however its lines are broken; but for
    how many lines a window has no room for."""
    return Counter(filter(str.isalnum, re.sub(r"\d+ more lines", "", shown)))


def test_the_page_has_every_screen_at_every_width_as_it_is_drawn() -> None:
    page = PAGE.read_text(encoding="utf-8")
    shown = {(each[1], int(each[2])) for each in BLOCK.finditer(page)}
    assert shown == {(name, width) for name in SCREENS for width in WIDTHS}
    assert page == drawn_anew(page), "run python -m tests.cli.pictures"


@pytest.mark.parametrize("name", SCREENS)
def test_a_screen_loses_nothing_at_any_width(name: str) -> None:
    narrower = Counter[str]()
    for width in range(40, 210, 10):
        shown = picture(SCREENS[name](width), width)
        if width < 130:
            assert "…" not in shown, width
            assert max(map(cell_len, shown.splitlines())) <= width
        if width >= 80:
            assert narrower - letters(shown) == Counter(), width
            narrower = letters(shown)


def test_health_has_a_panel_for_each_server_and_says_first_where_none_runs() -> None:
    second = HEALTH | {"server": "14147-22aa", "status": "healthy"}
    shown = picture(health.draw([HEALTH, second], 80, "No server runs on /srv/baku."), 80)
    assert shown.splitlines()[0] == "No server runs on /srv/baku."
    assert "╭─ ▲ degraded · 14146-18bf ─" in shown
    assert "╭─ ✓ healthy · 14147-22aa ─" in shown
    (disabled,) = {line for line in shown.splitlines() if "gomap" in line}
    assert disabled.strip("│ ").split() == ["○", "gomap", "disabled"]  # and not how long it took


def test_health_survives_a_state_that_only_a_newer_server_knows() -> None:
    odd = {"status": "dreaming", "latency_ms": 1.0, "message": "Asleep.", "reason": "Night."}
    report = {"server": "here", "status": "degraded", "checks": {"mind": odd}}
    shown = picture(health.draw([report], 80), 80)
    assert "? mind" in shown
    assert "Asleep. Night." in shown
    assert marked("dreaming").plain == "? dreaming"


def test_doctor_tells_faults_first_each_with_its_remedy_and_what_is_well_last() -> None:
    lines = [line.strip("│ ") for line in picture(doctor.draw(FINDINGS), 120).splitlines()]
    assert lines[0].startswith("╭─ ✗ 1 fault, 2 notes ─")
    assert [line[0] for line in lines[1:-1]] == ["✗", "→", "▲", "→", "▲", "→", "✓"]
    well = lines[-2]
    assert "backups" not in well  # of which there is trouble to tell
    assert well.count("disk") == 1


@pytest.mark.parametrize(
    ("found", "title"),
    [
        ([fine("disk", "there is room")], "✓ 0 faults, 0 notes"),
        ([note("disk", "it fills up", "free some space")], "▲ 0 faults, 1 note"),
        ([fault("disk", "it is full", "free some space")], "✗ 1 fault, 0 notes"),
    ],
)
def test_doctor_is_marked_by_the_gravest(found: list[Finding], title: str) -> None:
    assert picture(doctor.draw(found), 80).startswith(f"╭─ {title} ─")


def test_an_estimate_has_an_axis_starts_and_breakers_where_there_is_room() -> None:
    narrow, usual, wide = (picture(eta.draw(an_estimate(), each), each) for each in (60, 80, 120))
    assert "traffic_destination" in narrow
    assert ["█" in each for each in (narrow, usual)] == [False, True]
    assert ["BREAKER" in each for each in (usual, wide)] == [False, True]
    assert "✓ closed" in wide


def test_marks_tell_states_apart_without_colour_and_have_styles_that_can_be_drawn() -> None:
    assert len({mark_of(state).sign for state in ("ok", "degraded", "error", "disabled")}) == 4
    assert {mark_of(state).sign for state in ("ok", "healthy", "closed", "cached")} == {"✓"}
    for mark in (*MARKS.values(), UNKNOWN):
        Console().get_style(mark.style)


def test_a_bar_shows_the_share_of_the_bound() -> None:
    for value, drawn in {
        0: "────",
        0.01: "╸───",
        25: "━───",
        50: "━━──",
        99.9: "━━━╸",
        100: "━━━━",
        300: "━━━━",
    }.items():
        assert bar(value, 100, 4).plain == drawn, value
    assert bar(5, 0, 4).plain == "────"


def test_a_spark_draws_a_bar_for_each_value() -> None:
    assert spark([0.0, 5.0, 10.0]) == spark([0.0, 5.0, 30.0], highest=10.0) == "▁▅█"
    assert spark([0.0, 0.0]) == spark([0.0, 0.0], highest=10.0) == spark([]) == ""


def test_a_panel_takes_in_a_title_that_its_frame_has_no_room_for() -> None:
    long = "/srv/" + "restaurants/" * 5
    shown = picture(Panel(text("body"), title=text(long), aside=text("up for 2 s")), 40)
    assert long in "".join(line.strip("│ ") for line in shown.splitlines())
    assert "╯" in shown.splitlines()[-1]
    assert "up for 2 s" in shown.splitlines()[-1]


def test_a_panel_has_no_frame_in_a_pipe() -> None:
    console = Console(width=40, force_terminal=False)
    with console.capture() as shown:
        console.print(Panel(text("body"), title=text("title")))
    assert shown.get() == "title\nbody\n"


def test_a_table_goes_on_in_the_next_line_and_leaves_out_what_is_for_wider_screens() -> None:
    path = "/srv/" + "a" * 60
    shown = picture(facts([("database", path)]), 30)
    assert path in "".join(line.split()[-1] for line in shown.splitlines())
    columns = [
        Column[str]("NAME", text),
        Column[str]("LENGTH", lambda name: text(len(name)), from_width=60),
    ]
    assert picture(table(["Sahil"], columns, 59), 59) == "NAME\nSahil\n"
    assert picture(table(["Sahil"], columns, 60), 60) == "NAME   LENGTH\nSahil  5\n"


def test_a_table_takes_nothing_for_markup_or_for_a_command_to_the_terminal() -> None:
    shown = picture(facts([("name", "[red]a\x1b[31m\nb")]), 40)
    assert shown == "name  [red]a [31m b\n"
