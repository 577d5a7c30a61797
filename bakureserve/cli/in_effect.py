"""What the running servers go by, beside what a command finds: they read it when they started."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import typer

from bakureserve.cli.exits import sentence_of
from bakureserve.cli.remote import running
from bakureserve.domain.errors import ReserveError
from bakureserve.settings import TABLE, Settings

_PATIENCE = 2.0
MOST_NAMED = 5


@dataclass(frozen=True)
class Told:
    """What a server said: its values by the names of the settings, or why it said nothing."""

    server: str
    values: Mapping[str, str]
    why_not: str = ""

    def differing(self, settings: Settings) -> Mapping[str, str]:
        """Its values of the settings that are others here."""
        here = settings.shown_anywhere()
        return {
            row.name: self.values[row.name]
            for row in TABLE
            if row.name in self.values and self.values[row.name] != here[row.field]
        }


def told_by_servers(ctx: typer.Context) -> Iterator[Told]:
    """What each of the servers on this data folder says; there may be none."""
    with running(ctx, None, patience=_PATIENCE) as servers:
        for server in servers:
            try:
                rows = server.get("/v1/admin/settings")
            except ReserveError as error:  # it hangs, or is of a release that does not tell
                yield Told(server.name, {}, sentence_of(error))
            else:
                yield Told(server.name, {row["name"]: row["value"] for row in rows})


def differences(differing: Mapping[str, str], settings: Settings) -> str:
    """A few of them, for a sentence."""
    here = settings.shown_anywhere()
    fields = {row.name: row.field for row in TABLE}
    named = [
        f"{name} {value or 'unset'} (here {here[fields[name]] or 'unset'})"
        for name, value in list(differing.items())[:MOST_NAMED]
    ]
    more = len(differing) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
