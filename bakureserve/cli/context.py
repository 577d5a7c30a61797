"""The context of a command: the settings in effect, the operator, and the restaurant named."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.common import Common
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.domain.errors import NotFound, ReserveError
from bakureserve.domain.text import canonical_id, fold, to_latin
from bakureserve.settings import Loaded, Settings, load_settings

_SHORTEST_BEGINNING = 3


def loaded_from(ctx: typer.Context, **flags: object) -> Loaded:
    """The settings in effect, each with its source.

    `flags` are the command's own, keyed by field of `Settings`; `None` is "not given". The common
    options are added to them. Raises `SettingsError` for a value that is not allowed.
    """
    common = ctx.ensure_object(Common)
    loaded = load_settings(common.flags | flags, os.environ, Path(".env"))
    common.settings = loaded.settings
    return loaded


def settings_from(ctx: typer.Context, **flags: object) -> Settings:
    """The settings in effect, without their sources."""
    return loaded_from(ctx, **flags).settings


def operator() -> Actor:
    """The operator: the account's name, or its number when it has none (a container)."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = f"uid {os.getuid()}"
    return cli_actor(account)


def closest_slug(typed: str, slugs: Iterable[str]) -> str | None:
    """The slug closest to what was typed, a misspelt slug or a name; None without one."""
    known = sorted(slugs)
    wanted = "-".join(to_latin(fold(typed)).replace("-", " ").split())
    begun = [slug for slug in known if slug.startswith(wanted)]
    if begun and len(wanted) >= _SHORTEST_BEGINNING:
        return begun[0]
    return next(iter(get_close_matches(wanted, known, n=1)), None)


def with_closest_slug(error: NotFound, slugs: Iterable[str]) -> NotFound:
    """The error of an unknown restaurant, with the closest known slug if there is one."""
    typed = str(error.params.get("restaurant", ""))
    slug = closest_slug(typed, slugs)
    if slug is None:
        return error
    return NotFound("restaurant_unknown_but", restaurant=typed, meant=slug)


def complete_slug(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Slugs and names for tab completion; none when the store cannot be read."""
    from bakureserve.store.maintenance.peek import slugs_and_names

    try:
        path = settings_from(ctx).database_path
    except ReserveError:
        return []
    return [each for each in slugs_and_names(path) if each[0].startswith(incomplete)]


IdOrSlug = Annotated[
    str,
    typer.Argument(
        metavar="ID_OR_SLUG",
        help="The restaurant.",
        show_default=False,
        autocompletion=complete_slug,
        parser=canonical_id,
    ),
]
OneRestaurant = Annotated[
    str | None,
    typer.Option(
        "--restaurant",
        metavar="ID_OR_SLUG",
        help="Only this restaurant's.",
        autocompletion=complete_slug,
        parser=canonical_id,
    ),
]
