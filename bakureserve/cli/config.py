"""`bakureserve config`: which settings are in effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.in_effect import Told, told_by_servers
from bakureserve.cli.output import AsJson, emit, warn
from bakureserve.cli.run import loaded_from
from bakureserve.settings import TABLE, Loaded

app = noun("The settings in effect.")


@app.command()
def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting, its value and where that comes from; secrets only as set or unset.

    Servers that run on DATA_DIR are asked, and what they go by is told where it differs.
    """
    loaded = loaded_from(ctx)
    told = tuple(told_by_servers(ctx))
    columns = {
        "SETTING": lambda row: row["name"],
        "VALUE": lambda row: row["value"],
        "SOURCE": lambda row: row["source"],
        "NOTE": _note,
    }
    emit(_rows(loaded, told), columns, as_json=as_json)
    for stranger in loaded.strangers:
        warn(str(stranger))
    for each in told:
        if each.why_not:
            warn(f"{each.server} was not asked: {each.why_not}")


def _note(row: dict[str, Any]) -> str:
    return ", ".join(f"server {name}: {value or 'unset'}" for name, value in row["servers"].items())


def _rows(loaded: Loaded, told: Sequence[Told]) -> Iterator[dict[str, Any]]:
    shown = loaded.settings.shown()
    others = {each.server: each.differing(loaded.settings) for each in told}
    for row in TABLE:
        yield {
            "name": row.name,
            "value": shown[row.field],
            "source": loaded.sources[row.field],
            "default": row.show(row.default),
            "secret": row.secret,
            "what": row.what,
            "servers": {
                server: values[row.name] for server, values in others.items() if row.name in values
            },
        }
