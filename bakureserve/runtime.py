"""The composition root: builds everything that a server or a command needs, and closes it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from argon2 import Parameters

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import PARAMETERS, Passwords
from bakureserve.auth.tokens import AccessTokens, Authenticator, DeviceTokens
from bakureserve.broker import MemoryBroker
from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.accounts.actor import system_actor
from bakureserve.eta.engine import EtaEngine
from bakureserve.eta.factory import MapServices, open_maps
from bakureserve.limits.limiter import Limiter, Quota, open_limiter
from bakureserve.notify.journal import NoticeJournal
from bakureserve.notify.outbox_folder import OutboxFolder
from bakureserve.services.accounts.accounts import Accounts
from bakureserve.services.accounts.login_guard import LoginGuard
from bakureserve.services.accounts.proofs import Proofs
from bakureserve.services.accounts.security import log_event
from bakureserve.services.accounts.tokens import Tokens
from bakureserve.services.accounts.users import Users
from bakureserve.services.arrivals.arrival_watch import ArrivalWatch
from bakureserve.services.arrivals.arrivals import Arrivals, PingLimits
from bakureserve.services.arrivals.calibration import Calibration
from bakureserve.services.arrivals.live import Live
from bakureserve.services.clock import Clock, system_clock
from bakureserve.services.notifications.outbox import Outbox, OutboxPolicy
from bakureserve.services.operations.audit_log import AuditLog
from bakureserve.services.operations.backups import BackupCommand, Backups, Schedule
from bakureserve.services.operations.housekeeping import Housekeeping, Privacy
from bakureserve.services.operations.overview import Overview
from bakureserve.services.operations.store_care import StoreCare
from bakureserve.services.places import Places, SampleRestaurants
from bakureserve.services.reservations.availability import Availability
from bakureserve.services.reservations.booking import Booking
from bakureserve.services.reservations.close_out import CloseOut
from bakureserve.services.reservations.preorder import Preorder
from bakureserve.services.reservations.table_watch import TableWatch
from bakureserve.services.reservations.unit import BookingUnits
from bakureserve.services.restaurants.catalogue import Catalogue
from bakureserve.services.restaurants.directory import Directory
from bakureserve.services.restaurants.photos import Photos
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.accounts import users
from bakureserve.store.database import Database, open_database, write_alone
from bakureserve.store.legacy.files import old_files_in
from bakureserve.store.maintenance.backup import BackupReport
from bakureserve.store.maintenance.backup_folder import Retention, back_up_if_pending
from bakureserve.store.maintenance.restore import begin_anew, refuse_loss
from bakureserve.store.restaurants.restaurants import known_ids
from bakureserve.store.restaurants.sample import Seeded, seed
from bakureserve.store.transaction import Transaction

if TYPE_CHECKING:
    from bakureserve.auth.issuer import ExternalIssuer


@dataclass
class Site:
    """`url` is the beginning of public links, without a trailing slash. A server that chose its own
    port sets it once it listens."""

    url: str


@dataclass(frozen=True)
class Runtime:
    """Everything that a server or a command needs."""

    settings: Settings
    clock: Clock
    database: Database
    directory: Directory
    availability: Availability
    units: BookingUnits
    booking: Booking
    close_out: CloseOut
    preorder: Preorder
    arrivals: Arrivals
    arrival_watch: ArrivalWatch
    table_watch: TableWatch
    privacy: Privacy
    catalogue: Catalogue
    live: Live
    site: Site
    photos: Photos
    outbox: Outbox
    files: OutboxFolder
    housekeeping: Housekeeping
    backups: Backups
    care: StoreCare
    overview: Overview
    signing_keys: KeyRing
    passwords: Passwords
    authenticator: Authenticator
    accounts: Accounts
    users: Users
    proofs: Proofs
    caches: CacheRegistry
    maps: MapServices
    eta: EtaEngine
    calibration: Calibration
    tokens: Tokens
    places: Places
    limiter: Limiter
    audit_log: AuditLog


@asynccontextmanager
async def open_runtime(
    settings: Settings, *, clock: Clock = system_clock, hashing: Parameters = PARAMETERS
) -> AsyncIterator[Runtime]:
    """The program on an existing database of its own version. Passwords are hashed by `hashing`.

    Raises SchemaMismatch when the database is missing, lacks migrations or is newer, and
    Unavailable when it cannot be opened.
    """
    refuse_lost_database(settings)
    migrator.require_current(settings.database_path)
    busy_timeout = settings.store_busy_timeout_seconds
    signing_keys = KeyRing(settings.signing_keys_path, clock)
    tokens = AccessTokens(signing_keys, clock)
    caches = CacheRegistry()
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(
            open_database(settings.database_path, busy_timeout=busy_timeout)
        )
        passwords = stack.enter_context(closing(Passwords(hashing)))
        issuer = await stack.enter_async_context(_external_issuer(settings, clock))
        maps = await stack.enter_async_context(open_maps(settings, caches))
        limiter = await stack.enter_async_context(
            open_limiter(_quota(settings), settings.redis_url)
        )
        calibration = Calibration(database, maps.engine, clock)
        await calibration.refresh()
        directory = caches.add(Directory(database))
        overstay = dt.timedelta(minutes=settings.overstay_minutes)
        availability = Availability(database, directory, clock, overstay=overstay)
        caches.add(availability.cache)
        most = settings.bookings_per_guest
        units = BookingUnits(database, directory, clock, overstay=overstay, bookings_per_guest=most)
        logins = LoginGuard(clock)
        site = Site(settings.public_address)
        files = OutboxFolder(settings.data_dir / "outbox", keep=settings.notify_files_keep)
        yield Runtime(
            settings=settings,
            clock=clock,
            database=database,
            directory=directory,
            availability=availability,
            units=units,
            booking=Booking(units),
            close_out=CloseOut(units),
            preorder=Preorder(units, enabled=settings.prep_notify_enabled),
            arrivals=Arrivals(units, eta=maps.engine, limits=_ping_limits(settings)),
            arrival_watch=ArrivalWatch(units),
            table_watch=TableWatch(units),
            privacy=Privacy(database, clock),
            catalogue=Catalogue(database, clock),
            live=Live(database, directory, clock, MemoryBroker()),
            site=site,
            photos=Photos(settings.photos_folder, lambda: site.url),
            outbox=Outbox(
                database,
                directory,
                clock,
                outbox_policy(settings),
                journal=_journal(settings),
            ),
            files=files,
            housekeeping=_housekeeping(database, clock, settings),
            overview=Overview(database, directory, clock),
            backups=Backups(
                settings.database_path,
                settings.backup_folder,
                clock,
                backup_schedule(settings),
            ),
            care=StoreCare(database, clock),
            signing_keys=signing_keys,
            passwords=passwords,
            authenticator=Authenticator(tokens, issuer),
            accounts=Accounts(
                database, passwords, tokens, clock, log_event, files=files, logins=logins
            ),
            proofs=Proofs(
                database,
                passwords,
                clock,
                log_event,
                devices=DeviceTokens(tokens.keys, clock),
                public_url=lambda: site.url,
                logins=logins,
            ),
            users=Users(database, passwords, clock, log_event, files=files),
            caches=caches,
            maps=maps,
            eta=maps.engine,
            calibration=calibration,
            tokens=Tokens(database, signing_keys, tokens, clock, log_event),
            places=Places(directory, maps.places),
            limiter=limiter,
            audit_log=AuditLog(database),
        )


def backup_schedule(settings: Settings) -> Schedule:
    """When backups are taken and which are kept; an interval of 0 seconds means never."""
    interval = settings.backup_interval
    return Schedule(
        dt.timedelta(seconds=interval) if interval else None,
        Retention(
            settings.backup_keep,
            hourly=settings.backup_keep_hourly,
            daily=settings.backup_keep_daily,
            weekly=settings.backup_keep_weekly,
        ),
        backup_command(settings),
    )


def backup_command(settings: Settings) -> BackupCommand | None:
    """The program to run after each backup, if the settings name one."""
    words = settings.backup_command
    return BackupCommand(words, settings.backup_command_seconds) if words else None


class EtaServices(NamedTuple):
    """What estimates the drive between two places: the places by name, and the engine."""

    places: Places
    engine: EtaEngine


@asynccontextmanager
async def open_eta(settings: Settings) -> AsyncIterator[EtaServices]:
    """Estimates without a database: place names are those of the sample restaurants."""
    async with open_maps(settings, CacheRegistry()) as maps:
        yield EtaServices(Places(SampleRestaurants(), maps.places), maps.engine)


def _quota(settings: Settings) -> Quota:
    """Each client's quota. If either number is 0, no request reaches the limiter."""
    return Quota(settings.rate_limit_requests or 1, settings.rate_limit_window_seconds or 1.0)


def _housekeeping(database: Database, clock: Clock, settings: Settings) -> Housekeeping:
    return Housekeeping(
        database,
        clock,
        keep_answers=dt.timedelta(hours=settings.idempotency_keep_hours),
        keep_trips=dt.timedelta(days=settings.calibration_keep_days),
        keep_events=dt.timedelta(hours=settings.event_keep_hours),
        keep_audit=dt.timedelta(days=settings.audit_keep_days),
    )


def _ping_limits(settings: Settings) -> PingLimits:
    return PingLimits(
        interval=settings.location_ping_min_interval_seconds,
        distance=settings.location_ping_min_distance_meters,
    )


@asynccontextmanager
async def _external_issuer(
    settings: Settings, clock: Clock
) -> AsyncIterator[ExternalIssuer | None]:
    """The issuer that the settings name, if any. Its modules take 0.1 s to import."""
    if not settings.auth0_domain:
        yield None
        return
    from bakureserve.auth.issuer import open_issuer  # noqa: PLC0415

    leeway = dt.timedelta(seconds=settings.auth0_leeway_seconds)
    async with open_issuer(settings.auth0_domain, settings.auth0_audience, clock, leeway) as issuer:
        yield issuer


def outbox_policy(settings: Settings) -> OutboxPolicy:
    """How notices are delivered, by the settings."""
    return OutboxPolicy(
        enabled=settings.notify_enabled,
        mail=bool(settings.smtp_host),
        attempts=settings.notify_attempts,
        letters_per_hour=settings.notify_letters_per_hour,
        lease=dt.timedelta(seconds=2 * settings.notify_timeout_seconds),
    )


def _journal(settings: Settings) -> NoticeJournal | None:
    """Where notices without a way out are written: with a mail server there is none, as a
    restaurant without a webhook then wants none."""
    if settings.smtp_host or not settings.notify_files:
        return None
    return NoticeJournal(settings.data_dir / "outbox", keep=settings.notify_journal_days)


@dataclass(frozen=True)
class Prepared:
    """What was done before the store could be opened, and what is left to do.

    `way_back` is the backup that was taken before migrations were applied. `old_files` are still
    to import; without `has_admin` no administrator can log in.
    """

    migrated: tuple[str, ...]
    way_back: BackupReport | None
    seeded: Seeded | None
    old_files: tuple[Path, ...]
    has_admin: bool


def refuse_lost_database(settings: Settings) -> None:
    """Raises SchemaMismatch when the database is missing but other files prove that it existed.

    Call it before making a new one."""
    refuse_loss(
        settings.database_path,
        backups=settings.backup_folder,
        outbox=settings.data_dir / "outbox",
    )


def prepare_store(
    settings: Settings, *, clock: Clock = system_clock, new: bool = False
) -> Prepared:
    """Create or migrate the database, and add the samples if it never had a restaurant.

    With `new` there must be no database, and an earlier one that was lost is given up; without, a
    lost one is refused. An existing database is backed up before it is migrated.

    Beside files of the old server the samples are left out, since the operator's own restaurants
    are about to be imported. Bookings by an outside issuer's people that name no issuer yet get
    this one. Blocking. Raises SchemaMismatch when the database is newer than the program or was
    lost, Conflict, Unavailable.
    """
    path, busy_timeout = settings.database_path, settings.store_busy_timeout_seconds
    issuer = named_issuer(settings)
    if new:
        begin_anew(path, clock())
    else:
        refuse_lost_database(settings)
    way_back = back_up_if_pending(path, settings.backup_folder, clock())
    migrated = migrator.up(path, busy_timeout=busy_timeout)

    def fill(transaction: Transaction) -> tuple[Seeded | None, tuple[Path, ...]]:
        if known_ids(transaction):
            return None, ()
        old_files = tuple(old_files_in(settings.data_dir))
        if old_files or not settings.seed:
            return None, old_files
        return seed(transaction, system_actor("serve"), clock()), ()

    def prepare(transaction: Transaction) -> Prepared:
        if issuer:
            users.adopt_owners(transaction, issuer)
        return Prepared(migrated, way_back, *fill(transaction), users.has_admin(transaction))

    return write_alone(path, prepare, busy_timeout=busy_timeout)


def named_issuer(settings: Settings) -> str:
    """The URL of the outside issuer in the settings; '' for none."""
    if not settings.auth0_domain:
        return ""
    from bakureserve.auth.issuer import issuer_url  # noqa: PLC0415  # imports HTTP

    return issuer_url(settings.auth0_domain)
