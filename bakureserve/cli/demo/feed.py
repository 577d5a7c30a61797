"""How the evening is shown: sentences to a person, in colours on a terminal, or lines of JSON."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from shutil import which
from typing import TYPE_CHECKING, Protocol

from bakureserve.cli.demo.scene import Happening, HappeningKind, Scene
from bakureserve.cli.demo.stage import Stage
from bakureserve.cli.output import counted, say
from bakureserve.domain.arrivals.review import EARLY_BY

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: Mapping[HappeningKind, str] = {
    "booked": "cyan",
    "set_out": "blue",
    "announced": "blue",
    "kitchen_started": "bold green",
    "kitchen_held": "bold yellow",
    "kitchen_stopped": "bold yellow",
    "arrived": "green",
    "late": "yellow",
    "stuck": "yellow",
    "missed": "yellow",
    "no_show": "red",
    "cancelled": "red",
    "turned_back": "red",
    "refused": "bold red",
    "no_table": "red",
    "left": "dim",
}

_USES: Mapping[str, str] = {"book": "Book", "guest": "Guest", "host": "Host", "api": "API"}
"""What a page is for, in words for people."""
_EARLY_MINUTES = int(EARLY_BY.total_seconds() // 60)


class Feed(Protocol):
    """Prints the demo's evening."""

    def set_up(self) -> None:
        """Say that the start takes some seconds."""

    def begin(self, stage: Stage, scene: Scene) -> None:
        """Print the pages and the logins."""

    def tell(self, happening: Happening) -> None:
        """Print what happens."""

    def end(self, scene: Scene) -> None:
        """Print the summary."""


def pages(stage: Stage, scene: Scene) -> dict[str, str]:
    """The pages to open in a browser, by purpose."""
    evening, site = scene.evening, stage.runtime.site.url
    date = evening.date.isoformat()
    return {
        "book": f"{site}/book/?restaurant={evening.restaurant.slug}&date={date}",
        "guest": f"{site}/book/?view=mine",
        "host": f"{site}/admin/?restaurant={evening.restaurant.slug}&date={date}",
        "api": f"{site}/docs",
    }


class Sentences:
    """The evening on standard output, and how to look at it on standard error."""

    def __init__(self) -> None:
        self._console = _console() if sys.stdout.isatty() else None

    def set_up(self) -> None:
        say("Opening a restaurant for the evening; this takes a few seconds.")

    def begin(self, stage: Stage, scene: Scene) -> None:
        restaurant, speed = scene.evening.restaurant, scene.clock.speed
        say(f"{scene.evening.date:%A %-d %B}, {restaurant.name}: {_pace(speed)}.")
        for use, page in pages(stage, scene).items():
            say(f"  {_USES[use]:5}  {page}")
        *others, last = (login.email for login in stage.logins)
        say(f"Log in as {', '.join(others)} or {last},")
        say(f"with the password {stage.logins[0].password}. In another terminal:")
        say(f"  {_program()} top --data-dir {quote(str(stage.folder))}")
        say("Stop with Ctrl-C. Everything is then removed.")

    def tell(self, happening: Happening) -> None:
        clock = f"{happening.at:%H:%M}"
        if self._console is None:
            sys.stdout.write(f"{clock} {happening.sentence}\n")
            sys.stdout.flush()
            return
        from rich.table import Table
        from rich.text import Text

        line = Table.grid("", "", padding=(0, 1))
        style = _STYLES.get(happening.event, "")
        line.add_row(Text(clock, "dim", no_wrap=True), Text(happening.sentence, style))
        self._console.print(line)

    def end(self, scene: Scene) -> None:
        lead = "\n" if self._console else ""  # Ctrl-C has left its mark on a terminal
        sys.stdout.write(lead + "".join(f"{line}\n" for line in summary(scene)))


class JsonLines:
    """An object a line: `begun`, what happens, and `ended` with the figures."""

    def set_up(self) -> None:
        """Print nothing."""

    def begin(self, stage: Stage, scene: Scene) -> None:
        self._write(
            event="begun",
            at=_now(scene),
            restaurant=scene.evening.restaurant.slug,
            speed=scene.clock.speed,
            address=stage.address,
            data_dir=str(stage.folder),
            pages=pages(stage, scene),
            logins=stage.logins,
        )

    def tell(self, happening: Happening) -> None:
        self._write(
            event=happening.event,
            at=happening.at,
            sentence=happening.sentence,
            **happening.facts,
        )

    def end(self, scene: Scene) -> None:
        self._write(event="ended", at=_now(scene), **scene.tally.figures)

    def _write(self, **line: object) -> None:
        import msgspec

        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()


def summary(scene: Scene) -> tuple[str, ...]:
    """What happened, in sentences."""
    figures, begins = scene.tally.figures, scene.time_of(scene.evening.begins)
    booked = (
        f"From {begins} to {scene.time_of(scene.clock())}: "
        f"{counted(figures['booked'], 'booking')}, {counted(figures['covers'], 'cover')}; "
        f"{counted(figures['cancelled'], 'cancellation')}, "
        f"{counted(figures['no_show'], 'no-show')}."
    )
    came = (
        f"{counted(figures['arrived'], 'party', 'parties')} came: "
        f"{figures['early']} over {_EARLY_MINUTES} min early, "
        f"{figures['late']} over {scene.evening.restaurant.arrival.late_after_minutes} min late, "
        f"{figures['on_time']} on time; {figures['left']} left."
    )
    told = (
        f"The kitchen was told to start {_times(figures['kitchen_started'])}, "
        f"to hold {_times(figures['kitchen_held'])} "
        f"and to stop {_times(figures['kitchen_stopped'])}."
    )
    shared = f"Guests on the way shared {counted(figures['locations'], 'location')}."
    return booked, came, told, shared


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _program() -> str:
    """The command that starts this program in another terminal, even off the path."""
    beside = Path(sys.executable).with_name("bakureserve")
    return "bakureserve" if which("bakureserve") or not beside.exists() else quote(str(beside))


def _pace(speed: float) -> str:
    return "in real time" if speed == 1 else f"{speed:g} minutes pass in one"


def _now(scene: Scene) -> object:
    return scene.clock().astimezone(scene.evening.restaurant.zone)


def _console() -> Console:
    from rich.console import Console

    return Console(highlight=False)
