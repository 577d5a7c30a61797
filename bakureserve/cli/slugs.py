"""Names of restaurants as people type them: which one was meant, and what the tab key offers."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated

import typer

from bakureserve.cli.run import settings_from
from bakureserve.domain.errors import NotFound, ReserveError
from bakureserve.domain.ids import canonical
from bakureserve.domain.text import fold, to_latin

_SHORTEST_BEGINNING = 3


def meant(typed: str, slugs: Iterable[str]) -> str | None:
    """The slug that is likest to what was typed, a slug with slips or a name; None for none."""
    known = sorted(slugs)
    wanted = "-".join(to_latin(fold(typed)).replace("-", " ").split())
    begun = [slug for slug in known if slug.startswith(wanted)]
    if begun and len(wanted) >= _SHORTEST_BEGINNING:
        return begun[0]
    return next(iter(get_close_matches(wanted, known, n=1)), None)


def with_meant(error: NotFound, slugs: Iterable[str]) -> NotFound:
    """The error of an unknown restaurant with the name of a known one like it, if there is any."""
    typed = str(error.params.get("restaurant", ""))
    slug = meant(typed, slugs)
    if slug is None:
        return error
    return NotFound("restaurant_unknown_but", restaurant=typed, meant=slug)


def offered(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Slugs that begin so, with names, for the tab key; none where the store cannot be read."""
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
        autocompletion=offered,
        parser=canonical,
    ),
]
OneRestaurant = Annotated[
    str | None,
    typer.Option(
        "--restaurant",
        metavar="ID_OR_SLUG",
        help="Only this restaurant's.",
        autocompletion=offered,
        parser=canonical,
    ),
]
