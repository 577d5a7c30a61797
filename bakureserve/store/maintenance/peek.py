"""A look into a database's file without opening a store: its newest event, its restaurants."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from pathlib import Path

from bakureserve.domain.errors import Unavailable
from bakureserve.store.codec import from_us
from bakureserve.store.engines import engine_of
from bakureserve.store.transaction import EngineError


def newest_event(path: Path) -> dt.datetime | None:
    """When the last change was written down, in the database at `path`; None without any.

    Blocking, on a connection of its own. A file that cannot be read has none.
    """
    row = _newest_event(path)
    return from_us(row[1]) if row else None


def newest_event_id(path: Path) -> int:
    """The id of that change; 0 without any. As `newest_event` otherwise."""
    row = _newest_event(path)
    return row[0] if row else 0


def slugs_and_names(path: Path) -> list[tuple[str, str]]:
    """What the restaurants that guests can see are called, by slug, in the database at `path`.

    As `newest_event` otherwise.
    """
    if not path.is_file():
        return []
    try:
        with closing(engine_of(path).connect("read")) as connection:
            found = connection.all(
                "select slug, name from restaurant where retired_at is null order by slug"
            )
            return [(slug, name) for slug, name in found]
    except (EngineError, Unavailable):
        return []


def _newest_event(path: Path) -> tuple[int, int] | None:
    if not path.is_file():
        return None
    try:
        with closing(engine_of(path).connect("read")) as connection:
            row = connection.one("select id, at from event order by id desc limit 1")
    except (EngineError, Unavailable):
        return None
    return (row[0], row[1]) if row else None
