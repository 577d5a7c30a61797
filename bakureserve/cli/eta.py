"""`bakureserve eta`: how long a drive takes, how it was found, and how good estimates were."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from bakureserve.cli.common import AllowsNegativeNumbers, FirstVerb, noun
from bakureserve.cli.context import complete_slug
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import AsJson, Columns, counted, emit, emit_one, progress, say
from bakureserve.cli.remote import TOKEN_VARIABLE, TokenFile, servers
from bakureserve.cli.session import open_eta_session, open_session
from bakureserve.domain.arrivals.calibration import Accuracy
from bakureserve.domain.places.estimate import MAP_SERVICES, Leg
from bakureserve.domain.places.geo import point_of
from bakureserve.eta.speed_fit import FEWEST_TRIPS, FittedSpeed, SpeedFit

if TYPE_CHECKING:
    from bakureserve.server.shapes.places import Explained

app = noun(
    "How long a drive takes: eta ORIGIN DESTINATION; and how good such estimates were.",
    cls=FirstVerb,
)

Ask = Callable[[], "Explained"]

_PLACE = "lat,lon, a restaurant's slug, or a place's name."

Origin = Annotated[
    str,
    typer.Argument(
        metavar="ORIGIN",
        help=_PLACE,
        show_default=False,
        parser=str.strip,
        autocompletion=complete_slug,
    ),
]
Destination = Annotated[
    str,
    typer.Argument(
        metavar="DESTINATION",
        help=_PLACE,
        show_default=False,
        parser=str.strip,
        autocompletion=complete_slug,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help=f"Ask the server at this address, with an admin's token in {TOKEN_VARIABLE} or"
        " --token-file.  [default: an engine in this process]",
        show_default=False,
    ),
]

ACCURACY: Columns[Accuracy] = {
    "BY": lambda each: each.by,
    "GROUP": lambda each: each.group,
    "TRIPS": lambda each: each.trips,
    "PREDICTIONS": lambda each: each.predictions,
    "MEAN": lambda each: f"{each.mean_error:+.0f}",
    "MEAN ABS": lambda each: f"{each.mean_absolute_error:.0f}",
    "P50": lambda each: each.p50,
    "P90": lambda each: each.p90,
    "P95": lambda each: each.p95,
}
FITTED: Columns[tuple[str, FittedSpeed]] = {
    "SPEED": lambda row: row[0],
    "BEFORE": lambda row: f"{row[1].before_kmh:g}",
    "AFTER": lambda row: f"{row[1].after_kmh:g}",
    "TRIPS": lambda row: row[1].trips,
    "PREDICTIONS": lambda row: row[1].predictions,
    "FITTED": lambda row: row[1].enough,
}


@app.command(cls=AllowsNegativeNumbers)
def way(
    ctx: typer.Context,
    origin: Origin,
    destination: Destination,
    *,
    debug: Annotated[
        bool, typer.Option("--debug", help="Draw how the estimate was made: legs, choice and sum.")
    ] = False,
    compare: Annotated[
        bool, typer.Option("--compare", help="Compare what each source says.")
    ] = False,
    repeat: Annotated[int, typer.Option(min=1, max=1000, help="Ask this many times in a row.")] = 1,
    as_json: AsJson = False,
    url: Url = None,
    token_file: TokenFile = None,
) -> None:
    """Estimate a drive, as the server does. Exits with 0 if it was routed, 1 if guessed.

    An engine in this process is the server's own but for its caches, which begin empty. Without a
    database the names are those of the sample restaurants.
    """
    with _asking(ctx, origin, destination, url, token_file) as ask:
        answers = _ask_repeatedly(ask, repeat)
    if compare:
        emit(compared(answers[-1]), COMPARED, as_json=as_json)
    elif as_json:
        _write_json(answers)
    elif debug:
        _draw(answers)
    else:
        _tell(answers)
    if answers[-1].directions.provider == "fallback":
        raise typer.Exit(Status.FINDING)


@app.command()
def accuracy(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Tell how far off predictions were, in seconds, by provider, hour and district.

    MEAN tells which way they lean: above 0, guests came sooner than was said. The others count
    either way; nine in ten predictions were off by P90 or less.
    """
    with open_session(ctx) as session, progress(None, "Reading trips"):
        found = session.run(session.runtime.calibration.accuracy())
    emit(found, ACCURACY, as_json=as_json)
    if not found:
        say("No guest with a predicted drive has arrived yet.")


@app.command()
def fit(
    ctx: typer.Context,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything, but save nothing.")
    ] = False,
    reset: Annotated[
        bool, typer.Option("--reset", help="Return to the speeds of the settings.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Fit the speeds of the fallback to what trips really took, and use them from now on.

    By least absolute deviations, each trip counting once. A running server follows in a minute.
    """
    if reset and dry_run:
        raise typer.BadParameter("--reset and --dry-run do not go together.")
    with open_session(ctx) as session:
        calibration = session.runtime.calibration
        if reset:
            had_fit = session.run(calibration.reset(session.actor))
            if as_json:
                emit_one({"reset": had_fit}, as_json=True)
            say(
                "The speeds of the settings are in use again."
                if had_fit
                else "The speeds of the settings were already in use."
            )
            return
        with progress(None, "Fitting"):
            found = session.run(calibration.fit(session.actor, dry_run=dry_run))
    if as_json:
        emit_one(found, as_json=True)
    else:
        emit([("city", found.city), ("highway", found.highway)], FITTED)
    say(verdict(found, dry_run=dry_run))


@contextmanager
def _asking(
    ctx: typer.Context, origin: str, destination: str, url: str | None, token_file: Path | None
) -> Iterator[Ask]:
    """Asks a running server, or our own engine."""
    from bakureserve.server.shapes.places import Explained

    if url is None:
        with _asking_ourselves(ctx, origin, destination) as ask:
            yield ask
        return
    with servers(ctx, url, token_file) as (server,):
        query = {"origin": origin, "destination": destination}
        yield lambda: msgspec.convert(server.get("/v1/admin/eta", **query), Explained)


@contextmanager
def _asking_ourselves(ctx: typer.Context, origin: str, destination: str) -> Iterator[Ask]:
    from bakureserve.server.shapes.places import explained

    by_name = point_of(origin) is None or point_of(destination) is None
    with open_eta_session(ctx, by_name=by_name) as session:
        places, engine = session.services
        start = session.run(places.named(origin))
        end = session.run(places.named(destination))
        yield lambda: explained(
            start, end, session.run(engine.estimate(start.point, end.point)), "en"
        )


def _ask_repeatedly(ask: Ask, times: int) -> list[Explained]:
    if times == 1:
        return [ask()]
    answers = []
    with progress(times, "Asking") as advance:
        for _ in range(times):
            answers.append(ask())
            advance(1)
    return answers


def _write_json(answers: Sequence[Explained]) -> None:
    if len(answers) == 1:
        emit_one(answers[0], as_json=True)
    else:
        emit(answers, {}, as_json=True)


def _draw(answers: Sequence[Explained]) -> None:
    from bakureserve.cli.screens.eta import draw
    from bakureserve.cli.terminal import show

    for told in answers:
        show(partial(draw, told))


def _tell(answers: Sequence[Explained]) -> None:
    if len(answers) == 1:
        emit_one(facts_of(answers[0]))
        return
    emit(enumerate(answers, start=1), ASKED)
    took = [told.diagnosis.took_ms for told in answers]
    say(f"{min(took):.1f} ms at best, {median(took):.1f} ms median, {max(took):.1f} ms at worst.")


class Compared(msgspec.Struct, frozen=True):
    """One source's kilometres and seconds before traffic; None without an answer."""

    source: str
    distance_km: float | None
    seconds: float | None
    outcome: str


COMPARED: Columns[Compared] = {
    "SOURCE": lambda each: each.source,
    "KM": lambda each: _number(each.distance_km, 2),
    "SECONDS": lambda each: _number(each.seconds, 0),
    "KM/H": lambda each: _number(_speed(each), 0),
    "OUTCOME": lambda each: each.outcome,
}
ASKED: Columns[tuple[int, Explained]] = {
    "ASKED": lambda row: row[0],
    "PROVIDER": lambda row: row[1].directions.provider,
    "SECONDS": lambda row: row[1].directions.eta_seconds,
    "TOOK MS": lambda row: _number(row[1].diagnosis.took_ms, 1),
    "LEGS": lambda row: [f"{leg.name} {leg.outcome}" for leg in row[1].diagnosis.legs],
}


def facts_of(told: Explained) -> Mapping[str, object]:
    """An estimate in a few lines."""
    way = told.directions
    return {
        "from": told.origin.place_name,
        "to": told.destination.place_name,
        "eta": f"{way.eta_minutes} min ({way.eta_seconds} s)",
        "distance": f"{way.route_distance_km:.2f} km",
        "provider": way.provider + (f", found {told.age_seconds} s ago" if way.stale else ""),
        "traffic": f"{way.traffic_condition}, {way.traffic_delay_minutes:+d} min",
        "way": way.route_summary,
    }


def compared(told: Explained) -> Iterator[Compared]:
    """What each map service, the straight line and the fallback give for one route, side by side.

    The straight line's seconds are the least any car needs.
    """
    how = told.diagnosis
    legs = {leg.name: leg for leg in how.legs}
    for name in MAP_SERVICES:
        leg = legs.get(name, Leg(name=name, service=name, outcome="disabled"))
        yield Compared(name, leg.distance_km, leg.seconds, leg.detail or leg.outcome)
    yield Compared("straight line", how.straight_line_km, how.floor_seconds, "at least")
    yield Compared("fallback", how.fallback_km, how.fallback_seconds, "always")


def verdict(fit: SpeedFit, *, dry_run: bool) -> str:
    """The result of a fit, in a sentence or two."""
    if not fit.found:
        return f"Nothing was fitted: a speed needs at least {FEWEST_TRIPS} trips."
    ending = (
        "This was a dry run: nothing was changed."
        if dry_run
        else "The fitted speeds are now in use."
    )
    return (
        f"The fallback was off by {fit.error_before:.0f} s on {counted(fit.trips, 'trip')};"
        f" at speeds fitted to the other half of them it is off by {fit.error_after:.0f} s."
        f" {ending}"
    )


def _speed(each: Compared) -> float | None:
    if each.distance_km is None or not each.seconds:
        return None
    return each.distance_km / each.seconds * 3600


def _number(value: float | None, decimals: int) -> str | None:
    return None if value is None else f"{value:.{decimals}f}"
