"""`bakureserve demo`: a believable evening in motion, in one command."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.common import Common
from bakureserve.cli.exit_status import Status

if TYPE_CHECKING:
    from bakureserve.cli.demo.scene import Evening

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_FASTEST = 1_000.0
"""Beyond it the machine's own time would show: what takes 50 ms takes a minute of the evening."""


@app.command()
def demo(
    ctx: typer.Context,
    *,
    speed: Annotated[
        float,
        typer.Option(
            min=1.0, max=_FASTEST, help="Minutes of the evening that pass in one of yours."
        ),
    ] = 30.0,
    seed: Annotated[
        int, typer.Option(help="Another number is another evening: who comes, when and how.")
    ] = 1,
    restaurant: Annotated[
        str, typer.Option(metavar="SLUG", help="The sample restaurant.")
    ] = "das-nerdivan",
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65_535, help="Port to listen on.  [default: 8000, or the next that is free]"
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(
            "--for",
            min=0.01,
            metavar="MINUTES",
            help="End after this many of your minutes.  [default: when the last party has left]",
            show_default=False,
        ),
    ] = None,
    router: Annotated[
        str,
        typer.Option(
            "--osrm-base-url",
            metavar="URL",
            envvar="OSRM_BASE_URL",
            help="Your own OSRM router for the drives.  [default: none, straight lines]",
            show_default=False,
        ),
    ] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print a JSON object for each thing that happens.")
    ] = False,
) -> None:
    """Play a Friday evening against its own server, on a database that is thrown away.

    Guests book, drive and are late, the kitchen is told when to start, and the host seats them.
    Look on in a browser. Your data folder, settings and mail are left alone.
    """
    from bakureserve.cli.demo.feed import JsonLines, Sentences
    from bakureserve.cli.demo.performance import Performance, perform

    if ctx.ensure_object(Common).flags:
        raise typer.BadParameter(
            "The demo makes its own folder and removes it: leave out --data-dir and --database-url."
        )
    performance = Performance(
        evening=_evening(restaurant),
        speed=speed,
        seed=seed,
        host=host,
        port=port,
        router=router,
        minutes=minutes,
    )
    if not asyncio.run(perform(performance, JsonLines() if as_json else Sentences())):
        raise typer.Exit(Status.INTERRUPTED)


def _evening(slug: str) -> Evening:
    """The next Friday evening at a sample restaurant. Raises NotFound for an unknown one."""
    from bakureserve.cli.context import with_closest_slug
    from bakureserve.cli.demo.scene import next_evening
    from bakureserve.domain.errors import NotFound
    from bakureserve.domain.localtime import local_date
    from bakureserve.services.clock import system_clock
    from bakureserve.store.restaurants.sample import sample_restaurants

    restaurants = {house.slug: house for house in sample_restaurants()}
    if slug not in restaurants:
        raise with_closest_slug(NotFound("restaurant_unknown", restaurant=slug), restaurants)
    house = restaurants[slug]
    evening = next_evening(house, local_date(system_clock(), house.zone))
    if evening is None:
        raise typer.BadParameter(
            f"{house.name} takes no bookings on Friday evenings; das-nerdivan does.",
            param_hint="--restaurant",
        )
    return evening
