"""A screen as text, without colours: for a page of documentation, and for tests."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import RenderableType


def picture(screen: RenderableType, width: int) -> str:
    """The screen as a terminal of so many characters shows it, without trailing spaces."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system=None,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as shown:
        console.print(screen)
    return "".join(f"{line.rstrip()}\n" for line in shown.get().splitlines())
