"""The page of settings in the documentation, written from the table."""

from __future__ import annotations

from collections.abc import Iterator

from bakureserve.settings.row import Setting
from bakureserve.settings.table import TABLE


def settings_markdown() -> str:
    """One Markdown table of every setting, ending with a line break."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "| variable | default | allowed | what it does |"
    yield "| --- | --- | --- | --- |"
    for row in TABLE:
        cells = (_names(row), _default(row), row.kind.allowed, _what(row))
        yield f"| {' | '.join(cells)} |"


def _names(row: Setting) -> str:
    older = "".join(f", `{name}`" for name in row.names[1:])
    return f"`{row.name}`" + (f" (older: {older[2:]})" if older else "")


def _default(row: Setting) -> str:
    shown = "" if row.secret else row.kind.show(row.default)
    return f"`{shown}`" if shown else "unset"


def _what(row: Setting) -> str:
    return f"{row.what} Secret." if row.secret else row.what
