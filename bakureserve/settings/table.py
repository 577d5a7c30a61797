"""The table of settings: a field declares a variable, its flag and its default.

The field `rate_limit_requests` is read from `RATE_LIMIT_REQUESTS` and `--rate-limit-requests`. A
new setting is one field here; `docs/configuration.md` is written from this table.
"""

# ruff: noqa: RUF009  # setting() declares a field, like dataclasses.field() itself

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from bakureserve.domain.language import LANGUAGES
from bakureserve.domain.places.estimate import TrafficFactors
from bakureserve.domain.places.fallback import AS_SHIPPED
from bakureserve.settings.kinds import (
    DAY,
    SQLITE,
    Choice,
    DelayFactors,
    Folder,
    FolderOrUnset,
    Interval,
    Network,
    Networks,
    Number,
    Origins,
    Seconds,
    Shaped,
    SqliteUrl,
    Switch,
    Url,
    Whole,
    Words,
)
from bakureserve.settings.row import Setting, setting

EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - not bound here, only recognized

_LISTENING_HOST = Shaped(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\w+)?", "an IP address or a host name")
# Over plain http the keys could be replaced on the way, except on this machine.
_ISSUER = Shaped(
    r"((https://)?[A-Za-z0-9.-]+|http://(localhost|127(\.\d{1,3}){3}|\[::1\]))(:\d+)?(/[!-~]*)?",
    "a host name or an https:// URL; http:// only for this machine itself",
)
_AUDIENCE = Shaped(r"[!-~]+", "one word without spaces, often a URL")
_MAIL_HOST = Shaped(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+", "a host name or an IP address")
_MAILBOX = Shaped(r"[^@\s<>]+@[^@\s<>]+", "an e-mail address")
_WORD = Shaped(r"[A-Za-z0-9_-]+", "one word of letters, digits, - and _")
_SECRET = Shaped(r"[!-~]+", "one word without spaces")
_SPEED = Number(1, 160, "km/h")


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """How this process runs. Built by `load_settings`, or by hand in a test."""

    # --- Storage ---
    data_dir: Path = setting(
        Folder(),
        default=Path("~/.baku-reserve-data"),
        what="Folder of the database and everything else the server keeps.",
    )
    photos_dir: Path | None = setting(
        FolderOrUnset(),
        default=None,
        what="Folder of restaurants' photos, served at `/assets/`. Unset: `photos` in `DATA_DIR`.",
    )
    database_url: str = setting(
        SqliteUrl(), default="", what="The database. Unset: `bakureserve.db` in `DATA_DIR`."
    )
    store_busy_timeout_seconds: float = setting(
        Seconds(0, 300),
        default=5.0,
        what="How long a write waits for another process's lock before it gives up.",
    )
    audit_keep_days: int = setting(
        Whole(1, 36_500),
        default=400,
        what="How long the audit log remembers who changed what; removals it never forgets.",
    )
    redis_url: str = setting(
        Url("redis", "rediss", "unix"),
        default="",
        what="Redis for limits that all processes share; needs the extra `redis`.",
    )
    seed: bool = setting(
        Switch(),
        default=True,
        what="Load the sample restaurants at the first start, when no restaurant has ever existed.",
    )

    # --- Backups that the server takes ---
    backup_interval: float = setting(
        Interval(60, 366 * DAY),
        default=float(DAY),
        what="How often the server backs the database up into `backups/` in `DATA_DIR`.",
    )
    backup_keep: int = setting(
        Whole(1, 10_000), default=7, what="How many of these backups are kept at least: the newest."
    )
    backup_keep_hourly: int = setting(
        Whole(0, 1_000),
        default=0,
        what="For how many hours back the newest backup of each hour is kept as well.",
    )
    backup_keep_daily: int = setting(
        Whole(0, 1_000),
        default=0,
        what="For how many days back the newest backup of each day is kept as well.",
    )
    backup_keep_weekly: int = setting(
        Whole(0, 1_000),
        default=4,
        what="For how many weeks back the newest backup of each week is kept as well.",
    )
    backup_command: tuple[str, ...] = setting(
        Words(),
        default=(),
        what="A program to run after each backup, with its path as the last word; no shell.",
    )
    backup_command_seconds: float = setting(
        Seconds(1, DAY), default=600.0, what="How long that program may take before it is ended."
    )

    # --- Listening, and which proxies are believed ---
    host: str = setting(
        _LISTENING_HOST,
        default="127.0.0.1",
        what="Address to listen on; 0.0.0.0 is every IPv4 address of the machine.",
    )
    port: int = setting(Whole(0, 65535), default=8000, what="Port to listen on; 0 is any free one.")
    public_url: str = setting(
        Url("http", "https"),
        default="",
        what="Where people reach the server, for links and photos. Unset: `HOST` and `PORT`.",
    )
    cors_allow_origins: tuple[str, ...] = setting(
        Origins(),
        default=(),
        what="Web origins whose pages may call the API. Unset: only the server's own.",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        Networks(), default=(), what="Proxies trusted to set `X-Forwarded-For`. Unset: none."
    )
    metrics_allow: tuple[Network, ...] = setting(
        Networks(),
        default=(),
        what="Networks that may read `/metrics`, besides this machine and tokens for it.",
    )
    shutdown_timeout_seconds: float = setting(
        Seconds(0, 300),
        default=10.0,
        what="How long running requests may take to end after the server was told to stop.",
    )
    legacy_routes: bool = setting(
        Switch(),
        default=True,
        what="Redirect the unversioned paths of old clients to `/v1`; off answers 410.",
    )

    # --- Identity ---
    dev: bool = setting(
        Switch(),
        default=False,
        older=("AUTH_BYPASS", "AUTH0_BYPASS"),
        what="Every caller is a local guest with admin scope. Only on this machine.",
    )
    auth0_domain: str = setting(
        _ISSUER,
        default="",
        what="The outside issuer of tokens: Auth0, or any other that speaks OpenID Connect.",
    )
    auth0_audience: str = setting(
        _AUDIENCE, default="", what="The audience that an outside token must name."
    )
    auth0_leeway_seconds: float = setting(
        Seconds(0, 600), default=60.0, what="How far the outside issuer's clock may be off."
    )

    # --- Limits, and how long things are kept ---
    rate_limit_enabled: bool = setting(
        Switch(), default=True, what="Limit how often each client may call."
    )
    rate_limit_requests: int = setting(
        Whole(0, 1_000_000),
        default=300,
        what="Requests each client may make in one window; 0 is no limit.",
    )
    rate_limit_window_seconds: float = setting(
        Seconds(1, 86_400, or_zero=True), default=60.0, what="Length of that window; 0 is no limit."
    )
    max_connections_per_client: int = setting(
        Whole(1, 1_000_000),
        default=256,
        what="Connections one client may have open; a new one takes an idle one's place.",
    )
    location_ping_min_interval_seconds: float = setting(
        Seconds(0, 3_600),
        default=30.0,
        what="How long a guest on the way waits between two locations; 0 is no wait.",
    )
    location_ping_min_distance_meters: float = setting(
        Number(0, 10_000, "metres"),
        default=100.0,
        what="A guest who moved less keeps the route they have; 0 asks for one at every location.",
    )
    idempotency_keep_hours: int = setting(
        Whole(1, 8_760),
        default=24,
        what="How long the answer to an `Idempotency-Key` is kept for a repeated request.",
    )
    calibration_keep_days: int = setting(
        Whole(1, 3_650),
        default=365,
        what="How long what trips were predicted to take, and took, is kept to learn from.",
    )

    # --- Live streams ---
    live_max_streams: int = setting(
        Whole(1, 100_000),
        default=5_000,
        what="WebSockets that may be open at once in this process.",
    )
    live_max_streams_per_client: int = setting(
        Whole(1, 100_000),
        default=100,
        what="How many of them one client (an IPv4 address, an IPv6 /64) may have.",
    )
    live_max_streams_per_account: int = setting(
        Whole(1, 100_000), default=50, what="How many of them one account may have, from wherever."
    )
    live_heartbeat_seconds: float = setting(
        Seconds(0.1, 300),
        default=20.0,
        what="Time between two heartbeats of a stream, at which its token is looked at again.",
    )
    event_keep_hours: int = setting(
        Whole(1, 8_760),
        default=72,
        what="How long an event is kept for readers who come back; behind it they start anew.",
    )

    # --- E-mail and webhooks ---
    notify_enabled: bool = setting(
        Switch(), default=True, what="Tell guests by e-mail, and restaurants by e-mail and webhook."
    )
    notify_from: str = setting(
        _MAILBOX,
        default="reservations@localhost",
        what="The sender of all e-mail, under the restaurant's name.",
    )
    notify_language: str = setting(
        Choice(*LANGUAGES),
        default="az",
        what="Language of e-mail to readers with no known language.",
    )
    notify_attempts: int = setting(
        Whole(1, 100),
        default=12,
        what="Attempts after which a delivery is given up; the pauses grow up to an hour. Those "
        "that find nothing to talk to do not count.",
    )
    notify_letters_per_hour: int = setting(
        Whole(1, 10_000),
        default=60,
        what="Letters to one address in an hour; more wait, and say how things stand by then.",
    )
    notify_timeout_seconds: float = setting(
        Seconds(0.1, 120),
        default=10.0,
        what="How long an attempt may take. A server that died in one is waited for twice as long.",
    )
    notify_files: bool = setting(
        Switch(),
        default=True,
        what="Write what has no other way out to `outbox/` in `DATA_DIR`: links to accounts as "
        "letters, notices as lines of a journal.",
    )
    notify_files_keep: int = setting(
        Whole(1, 1_000_000), default=1_000, what="How many of those letters are kept."
    )
    notify_journal_days: int = setting(
        Whole(1, 3_650),
        default=30,
        what="For how many days with notices their journal is kept.",
    )
    smtp_host: str = setting(
        _MAIL_HOST,
        default="",
        what="Mail server for outgoing e-mail. Unset: e-mail goes into files.",
    )
    smtp_port: int = setting(Whole(1, 65535), default=587, what="Its port.")
    smtp_security: str = setting(
        Choice("starttls", "tls", "none"),
        default="starttls",
        what="How the connection to it is encrypted; tls is from the first byte (port 465).",
    )
    smtp_username: str = setting(
        Shaped(r"\S+", "one word without spaces"),
        default="",
        what="Name to log in with. Unset: no login.",
    )
    smtp_password: str = setting(
        Shaped(r"\S+", "one word without spaces"),
        default="",
        what="With which password.",
        secret=True,
    )
    webhook_secret: str = setting(
        Shaped(r"\S{10,}", "at least 10 characters without spaces"),
        default="",
        what="What the restaurants' webhook secrets are made from (`bakureserve outbox secret`).",
        secret=True,
    )
    webhook_private_addresses: bool = setting(
        Switch(), default=False, what="Send webhooks also to private networks and this machine."
    )

    # --- What guests are offered ---
    prep_notify_enabled: bool = setting(
        Switch(),
        default=False,
        what="Let guests order ahead, so that the kitchen knows when to begin.",
    )
    bookings_per_guest: int = setting(
        Whole(0, 10_000),
        default=10,
        what="How many bookings to come a guest may have, none of which overlap. 0 lifts both "
        "limits, which staff and administrators do not have.",
    )
    payments_mode: str = setting(
        _WORD, default="off", what="Payment mode told to the apps by `/v1/config/features`."
    )
    payment_provider: str = setting(
        _WORD, default="", what="Payment provider told to the apps by `/v1/config/features`."
    )
    currency: str = setting(
        Shaped(r"[A-Z]{3}", "a currency's three capitals (ISO 4217)"),
        default="AZN",
        what="Currency of all prices.",
    )

    # --- The floor ---
    overstay_minutes: int = setting(
        Whole(0, 720),
        default=30,
        what="How long from now a table where a party still sits is not given away; 0 is off.",
    )

    # --- Map services ---
    maps_api_key: str = setting(
        _SECRET,
        default="",
        what="Key of the map provider; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_guid: str = setting(
        _SECRET,
        default="",
        what="Key of gomap.az; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_base_url: str = setting(
        Url("https", "http"),
        default="https://api.gomap.az/Main.asmx",
        what="Address of gomap.az's API.",
    )
    gomap_format: str = setting(
        Choice("form", "json"),
        default="form",
        what="How gomap.az is asked: json where its address takes nothing but that.",
    )
    gomap_traffic_update_interval_seconds: float = setting(
        Seconds(0, 86_400),
        default=300.0,
        what="How long one look at a district's traffic holds good.",
    )
    osrm_base_url: str = setting(
        Url("https", "http"),
        default="https://router.project-osrm.org",
        what="Address of the OSRM router.",
    )
    gomap_traffic_radius_meters: int = setting(
        Whole(100, 50_000),
        default=1000,
        what="How far around a point gomap.az is asked for traffic.",
    )
    osrm_snap_meters: int = setting(
        Whole(10, 100_000),
        default=1000,
        what="A point farther than this from any road that OSRM knows has no route.",
    )
    map_calls_without_token: int = setting(
        Whole(0, 1_000_000),
        default=600,
        what="Calls to map services a minute for all callers without a token together; beyond them "
        "they are answered without. 0 is no limit.",
    )
    breaker_failures: int = setting(
        Whole(1, 100),
        default=3,
        what="Failures of a map service in a row after which it is left alone.",
    )
    breaker_cooldown_seconds: float = setting(
        Seconds(1, 86_400),
        default=300.0,
        what="How long it is left alone before one call tries it again.",
    )

    # --- Estimates of arrival ---
    eta_budget_seconds: float = setting(
        Seconds(0.05, 30),
        default=1.2,
        what="An estimate is given by then, whatever the map services do.",
    )
    eta_late_seconds: float = setting(
        Seconds(0, 300),
        default=10.0,
        what="How long a call that missed the budget may run on, to be remembered.",
    )
    eta_max_calls: int = setting(
        Whole(1, 10_000),
        default=64,
        what="Calls to one map service at the same time; more are answered without it.",
    )
    eta_route_fresh_seconds: float = setting(
        Seconds(0, 86_400), default=300.0, what="How long a route between two points holds good."
    )
    eta_stale_seconds: float = setting(
        Seconds(0, 86_400),
        default=3600.0,
        what="How old a route may be that is used while no map service answers.",
    )
    eta_cache_entries: int = setting(
        Whole(1, 1_000_000),
        default=4096,
        what="Entries in each cache of routes, traffic and places; memory is bounded as well.",
    )
    eta_heavy_buffer_minutes: float = setting(
        Number(0, 120, "minutes"), default=2.0, what="Added in heavy and severe traffic."
    )
    traffic_delay_factors: TrafficFactors = setting(
        DelayFactors(),
        default=TrafficFactors(),
        what="What a route's time is multiplied by in each condition of the traffic.",
    )
    map_haversine_tolerance: float = setting(
        Number(0, 10),
        default=0.35,
        what="Share by which gomap.az's route may exceed the straight line when OSRM's does not.",
    )
    map_distance_tolerance: float = setting(
        Number(0, 10), default=0.25, what="Share by which gomap.az's route may exceed OSRM's."
    )
    fallback_city_speed_kmh: float = setting(
        _SPEED, default=AS_SHIPPED.city_kmh, what="Speed in the city while no map service answers."
    )
    fallback_highway_speed_kmh: float = setting(
        _SPEED,
        default=AS_SHIPPED.highway_kmh,
        what="Speed on the part of such a route that is beyond the city.",
    )
    fallback_detour_factor: float = setting(
        Number(1, 5),
        default=AS_SHIPPED.detour,
        what="How much longer such a route is than the straight line.",
    )
    fallback_city_km: float = setting(
        Number(0, 1000, "kilometres"),
        default=AS_SHIPPED.city_km,
        what="How much of such a route is in the city.",
    )

    # --- Logging ---
    log_level: str = setting(
        Choice("debug", "info", "warning", "error", "critical"),
        default="info",
        what="The least important messages that are still logged.",
    )
    log_format: str = setting(
        Choice("auto", "json", "human"),
        default="auto",
        what="How log lines look; auto is human on a terminal and json elsewhere.",
    )
    sentry_dsn: str = setting(
        Shaped(r"[!-~]+", "a DSN such as https://key@host/1"),
        default="",
        what="Where errors are reported, scrubbed; needs the extra `sentry`. Unset: nowhere.",
        secret=True,
    )

    def __post_init__(self) -> None:
        with suppress(RuntimeError):  # without a home folder; `load_settings` has refused the path
            object.__setattr__(self, "data_dir", self.data_dir.expanduser())

    @property
    def database_path(self) -> Path:
        """The SQLite file: named by `database_url`, or in `data_dir`."""
        if not self.database_url:
            return self.data_dir / "bakureserve.db"
        return Path(self.database_url.removeprefix(SQLITE)).expanduser()

    @property
    def limits_rates(self) -> bool:
        """Whether requests are limited per client."""
        return (
            self.rate_limit_enabled
            and self.rate_limit_requests > 0
            and self.rate_limit_window_seconds > 0
        )

    @property
    def signing_keys_path(self) -> Path:
        """The file of the keys that sign access tokens."""
        return self.data_dir / "signing-keys.json"

    @property
    def photos_folder(self) -> Path:
        """The folder of restaurants' photos."""
        return self.photos_dir or self.data_dir / "photos"

    @property
    def backup_folder(self) -> Path:
        """The default folder of backups."""
        return self.data_dir / "backups"

    def shown(self) -> dict[str, str]:
        """Every field for display: secrets only as `set` or `unset`."""
        fields_shown = {row.field: row.show(getattr(self, row.field)) for row in TABLE}
        return fields_shown | {"database_url": f"{SQLITE}{self.database_path}"}

    def shown_anywhere(self) -> dict[str, str]:
        """As `shown`, with absolute paths."""
        return self.shown() | {
            "data_dir": str(self.data_dir.resolve()),
            "database_url": f"{SQLITE}{self.database_path.resolve()}",
        }

    @property
    def public_address(self) -> str:
        """The address for links in e-mail: never taken from a request, which could forge it."""
        if self.public_url:
            return self.public_url
        host = "localhost" if self.host in EVERY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown().items())})"


TABLE: tuple[Setting, ...] = tuple(
    Setting(field=each.name, default=each.default, **each.metadata) for each in fields(Settings)
)
"""The settings in the order in which they are shown."""


def settings_markdown() -> str:
    """One Markdown table of every setting, ending with a line break."""
    head = "| variable | default | allowed | what it does |\n| --- | --- | --- | --- |\n"
    return head + "".join(f"{row.markdown()}\n" for row in TABLE)
