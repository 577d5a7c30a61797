"""`bakureserve config`: which settings are in effect."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.output import AsJson, emit
from bakureserve.cli.run import loaded_from
from bakureserve.settings import TABLE, Loaded

app = noun("The settings in effect.")


@app.command()
def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting, its value and where that comes from; secrets only as set or unset."""
    rows = _rows(loaded_from(ctx))
    columns = {
        "SETTING": lambda row: row["name"],
        "VALUE": lambda row: row["value"],
        "SOURCE": lambda row: row["source"],
        "NOTE": lambda row: "" if row["acts"] else "no effect in this version",
    }
    emit(rows, columns, as_json=as_json)


def _rows(loaded: Loaded) -> Iterator[dict[str, Any]]:
    shown = loaded.settings.shown()
    for row in TABLE:
        yield {
            "name": row.name,
            "value": shown[row.field],
            "source": loaded.sources[row.field],
            "default": row.show(row.default),
            "secret": row.secret,
            "acts": row.acts,
            "what": row.what,
        }
