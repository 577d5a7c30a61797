"""The pictures in `docs/cli.md`: every screen, drawn from fixed facts and a fixed clock.

A picture is a block of the page that begins with its name and its width, as in:

    ```text health 80

`python -m tests.cli.pictures` draws them anew.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from rich.console import RenderableType

from bakureserve.cli.screens import doctor, eta, health, server
from bakureserve.cli.screens.layout import Fitting, picture
from tests.cli.drawn import FINDINGS, FINE, HEALTH, NOW, UNWELL, an_estimate

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"
WIDTHS = (80, 120)
BLOCK = re.compile(r"^```text ([\w-]+) (\d+)\n.*?^```$", re.MULTILINE | re.DOTALL)
"""A picture in a page: its name and its width in characters."""

SCREENS: Mapping[str, Callable[[int], RenderableType]] = {
    "health": lambda width: health.draw([HEALTH], width),
    "doctor": lambda _width: doctor.draw(FINDINGS),
    "eta": lambda width: eta.draw(an_estimate(), width),
    "status": lambda width: server.draw([FINE], NOW, width),
    "top": lambda width: Fitting(server.draw([UNWELL], NOW, width), 24 if width < 100 else 40),
}
"""By name, how each is drawn so many characters wide."""


def drawn_anew(page: str) -> str:
    """The page with every picture drawn anew."""

    def draw(block: re.Match[str]) -> str:
        name, width = block[1], int(block[2])
        return f"```text {name} {width}\n{picture(SCREENS[name](width), width)}```"

    return BLOCK.sub(draw, page)


if __name__ == "__main__":
    PAGE.write_text(drawn_anew(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
