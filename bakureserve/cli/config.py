"""`bakureserve config`: which settings are in effect."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import loaded_from
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, emit, warn
from bakureserve.cli.remote import Server, running, together
from bakureserve.domain.errors import ReserveError
from bakureserve.settings import TABLE, Loaded, Settings

app = noun("The settings in effect.")

_PATIENCE = 2.0
MOST_NAMED = 5


@app.command()
def show(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Print every setting, its value and where that comes from; secrets only as set or unset.

    Servers that run on DATA_DIR are asked, and what they go by is told where it differs.
    """
    loaded = loaded_from(ctx)
    told = tuple(settings_of_servers(ctx))
    columns = {
        "SETTING": lambda row: row["name"],
        "VALUE": lambda row: row["value"],
        "SOURCE": lambda row: row["source"],
        "NOTE": _note,
    }
    emit(_rows(loaded, told), columns, as_json=as_json)
    for unknown in loaded.unknown:
        warn(str(unknown))
    for each in told:
        if each.why_not:
            warn(f"{each.server} was not asked: {each.why_not}")


def _note(row: dict[str, Any]) -> str:
    return ", ".join(f"server {name}: {value or 'unset'}" for name, value in row["servers"].items())


def _rows(loaded: Loaded, told: Sequence[ServerSettings]) -> Iterator[dict[str, Any]]:
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


@dataclass(frozen=True)
class ServerSettings:
    """A server's values by setting, or why it gave none."""

    server: str
    values: Mapping[str, str]
    why_not: str = ""

    def differing(self, settings: Settings) -> Mapping[str, str]:
        """The server's values that differ from ours."""
        here = settings.shown_anywhere()
        return {
            row.name: self.values[row.name]
            for row in TABLE
            if row.name in self.values and self.values[row.name] != here[row.field]
        }


def settings_of_servers(ctx: typer.Context) -> Iterator[ServerSettings]:
    """The settings of each server on this data folder; there may be none."""
    with running(ctx, None, patience=_PATIENCE) as servers:
        yield from together(servers, _settings_of)


async def _settings_of(server: Server) -> ServerSettings:
    try:
        rows = await server.read("/v1/admin/settings")
    except ReserveError as error:  # it hangs, or is an older release
        return ServerSettings(server.name, {}, sentence_of(error))
    return ServerSettings(server.name, {row["name"]: row["value"] for row in rows})


def differences(differing: Mapping[str, str], settings: Settings) -> str:
    """The first few differences, for a sentence."""
    here = settings.shown_anywhere()
    fields = {row.name: row.field for row in TABLE}
    named = [
        f"{name} {value or 'unset'} (here {here[fields[name]] or 'unset'})"
        for name, value in list(differing.items())[:MOST_NAMED]
    ]
    more = len(differing) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
