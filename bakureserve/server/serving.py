"""Runs the server: from settings to an open socket, and an orderly stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TextIO

import structlog
from aiohttp import web
from argon2 import Parameters

from bakureserve.auth.passwords import PARAMETERS
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server import app_keys
from bakureserve.server.app import create_app
from bakureserve.server.background import (
    backups,
    care_for_store,
    close_streams,
    descriptors,
    fitted_speeds,
    following,
    health_examiner,
    housekeeping,
    look_for_photos,
    loop_lag,
    note_history,
    signing_keys,
    sweep_caches,
    tend_limiter,
    watch_arrivals,
    watch_tables,
)
from bakureserve.server.caller import Identify, dev_identity
from bakureserve.server.connection_limits import Shares, raise_descriptor_limit
from bakureserve.server.connections import end_softly, listen, listening_for_operators
from bakureserve.server.deliveries import delivering
from bakureserve.server.jobs import running
from bakureserve.server.log_pipe import LogPipe, log_pipe
from bakureserve.server.logs import (
    capturing_python_warnings,
    chosen_format,
    configure_logs,
    logging_by_settings,
    milestones,
)
from bakureserve.server.metrics.exposition import Reading
from bakureserve.server.metrics.registry import log_metrics, process_registry, register_figures
from bakureserve.server.observers import LineBuffer, human_lines, json_lines
from bakureserve.server.pipeline import Marks
from bakureserve.server.reload import Reloader
from bakureserve.server.reply import ResponseCache
from bakureserve.server.scrubbing import scrubber_for
from bakureserve.server.sentry import reporting_errors
from bakureserve.server.systemd import keep_alive, notify
from bakureserve.services.clock import Clock
from bakureserve.settings import Settings

log = structlog.get_logger(__name__)

Announce = Callable[[str], None]
Reread = Callable[[], Settings]


def run(settings: Settings, announce: Announce, reread: Reread) -> None:
    """Serve until SIGINT or SIGTERM. `announce` gets the address once the server answers there.

    SIGHUP applies changed settings, which `reread` finds. At a terminal SIGHUP means that the
    terminal is gone, and stops the server. A second signal ends it at once.

    Raises Unavailable when the store cannot be opened or the address cannot be taken.
    """
    raise_descriptor_limit()
    with (
        log_pipe(sys.stderr, _log_dropped_lines) as pipe,
        logging_by_settings(settings, pipe),
        capturing_python_warnings(),
        reporting_errors(settings.sentry_dsn, scrubber_for(settings)),
    ):
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(_serve(settings, announce, reread, pipe))
        milestones().info("stopped")


def application(
    runtime: Runtime, *, identify: Identify | None = None, pipe: LogPipe | None = None
) -> web.Application:
    """The whole application over a runtime. `identify` follows from the settings if not given.

    Access lines go to `pipe`, or straight to standard error.
    """
    settings = runtime.settings
    form = chosen_format(settings.log_format)
    if identify is None:
        identify = dev_identity() if settings.dev else runtime.authenticator.identify

    app = create_app(
        settings=settings,
        clock=runtime.clock,
        identify=identify,
        ready=runtime.database.answers,
        registry=process_registry(),
        limiter=runtime.limiter,
        access_lines=LineBuffer(
            pipe or sys.stderr.buffer, human_lines if form == "human" else json_lines
        ),
        marks=lambda: Marks(runtime.database.change_mark_now(), runtime.photos.mark),
    )
    app[app_keys.RUNTIME] = runtime
    app[app_keys.RESPONSE_CACHE] = response_cache = ResponseCache()
    runtime.caches.add(response_cache.cache)
    if front := app[app_keys.FRONT_CACHE]:
        runtime.caches.add(front.cache)
    register_figures(app, runtime)
    app[app_keys.REGISTRY].register(Reading(lambda: log_metrics(pipe.dropped if pipe else 0)))
    app.cleanup_ctx.extend(
        (
            health_examiner,
            loop_lag,
            note_history,
            descriptors,
            housekeeping,
            backups,
            care_for_store,
            signing_keys,
            fitted_speeds,
            look_for_photos,
            following,
            delivering,
            tend_limiter,
            watch_arrivals,
            watch_tables,
            sweep_caches,
        )
    )
    app.on_shutdown.append(close_streams)
    return app


async def _serve(settings: Settings, announce: Announce, reread: Reread, pipe: LogPipe) -> None:
    stopped = asyncio.Event()
    at_terminal = sys.stderr.isatty()
    endings = (signal.SIGINT, signal.SIGTERM, *((signal.SIGHUP,) if at_terminal else ()))
    _on_first(endings, stopped.set)
    async with open_runtime(settings) as runtime:
        runtime.signing_keys.current()  # creates them, and fails now rather than at the first login
        reloader = Reloader(runtime, reread, partial(configure_logs, stream=pipe))
        if not at_terminal:
            asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reloader.reload)
        app = application(runtime, pipe=pipe)
        app[app_keys.IN_EFFECT] = lambda: reloader.in_effect
        _warn_of_few_descriptors(app[app_keys.SHARES], settings)
        async with listening(runtime, app) as address, running(keep_alive(), "watchdog"):
            _freeze_garbage_collector()
            notify("READY=1")
            announce(address)
            await stopped.wait()
            notify("STOPPING=1")
            milestones().info("stopping", patience_seconds=settings.shutdown_timeout_seconds)


@asynccontextmanager
async def open_server(
    settings: Settings, *, clock: Clock, log: TextIO, hashing: Parameters = PARAMETERS
) -> AsyncIterator[tuple[Runtime, str]]:
    """The server inside another program, which keeps its signals and standard streams.

    `clock` is the time everywhere, `log` a file or pipe for log lines, `hashing` the cost of
    password hashes. Yields the runtime and the address once that answers. Raises Unavailable as
    `run` does.
    """
    with (
        log_pipe(log, _log_dropped_lines) as pipe,
        logging_by_settings(settings, pipe),
        capturing_python_warnings(),
    ):
        async with open_runtime(settings, clock=clock, hashing=hashing) as runtime:
            runtime.signing_keys.current()
            async with listening(runtime, application(runtime, pipe=pipe)) as address:
                yield runtime, address


@asynccontextmanager
async def listening(runtime: Runtime, app: web.Application) -> AsyncIterator[str]:
    """Listen where the settings say, and for operators on a socket in the data folder.

    Yields the address. At the end requests in flight finish. Raises Unavailable when the address
    cannot be taken.
    """
    settings = runtime.settings
    runner = web.AppRunner(
        app,
        access_log=None,  # ours logs neither query nor headers
        handle_signals=False,
        shutdown_timeout=settings.shutdown_timeout_seconds,
    )
    await runner.setup()
    try:
        listener = await listen(
            runner,
            app[app_keys.CONNECTION_LIMITS],
            settings.host,
            settings.port,
            backlog=app[app_keys.SHARES].backlog,
            front=app[app_keys.FRONT_CACHE],
        )
        if not settings.port:  # the system chose one
            runtime.site.url = replace(settings, port=_port(listener)).public_address
        async with listening_for_operators(runner, settings.data_dir):
            app[app_keys.ADDRESSES].extend(_addresses(listener))
            yield app[app_keys.ADDRESSES][0]
        listener.close()
        await end_softly(runner)
    finally:
        await runner.cleanup()


def _log_dropped_lines(count: int) -> None:
    log.warning("log_lines_dropped", lines=count)


def _warn_of_few_descriptors(shares: Shares, settings: Settings) -> None:
    if shares.streams < settings.live_max_streams:
        log.warning(
            "descriptors_few",
            descriptors=shares.descriptors,
            connections=shares.connections,
            streams=shares.streams,
            streams_wanted=settings.live_max_streams,
        )


def _freeze_garbage_collector() -> None:
    """Exclude the objects of the start from garbage collection: they live until the end.

    Without this every full collection stops the server for 26 to 67 ms.
    """
    gc.collect()
    gc.freeze()


def _on_first(signals: Sequence[signal.Signals], act: Callable[[], None]) -> None:
    """Act on the first of the signals; after that all of them have their default effect."""
    loop = asyncio.get_running_loop()

    def first() -> None:
        for each in signals:
            loop.remove_signal_handler(each)
        act()

    for each in signals:
        loop.add_signal_handler(each, first)


def _port(listener: asyncio.Server) -> int:
    port: int = listener.sockets[0].getsockname()[1]
    return port


def _addresses(listener: asyncio.Server) -> list[str]:
    """A URL for each socket: one name may resolve to several."""
    return [_url(*each.getsockname()[:2]) for each in listener.sockets]


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return asyncio.new_event_loop
    return uvloop.new_event_loop
