"""Every setting of the program. The class below is the table: code, flags and docs all read it."""

# ruff: noqa: RUF009  # setting() declares a field, like dataclasses.field() itself

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from bakureserve.settings.kinds import (
    SQLITE,
    Choice,
    Folder,
    Kind,
    Network,
    Networks,
    Origins,
    Seconds,
    Shaped,
    SqliteUrl,
    Switch,
    Url,
    Whole,
)

T = TypeVar("T")

_HOST = Shaped(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%\w+)?", "an IP address or a host name")
_ISSUER = Shaped(r"(https://)?[A-Za-z0-9.-]+(:\d+)?(/[!-~]*)?", "a host name or an https:// URL")
_WORD = Shaped(r"[A-Za-z0-9_-]+", "one word of letters, digits, - and _")
_SECRET = Shaped(r"[!-~]+", "one word without spaces")
_AUDIENCE = Shaped(r"[!-~]+", "one word without spaces, often a URL")


@dataclass(frozen=True)
class Setting:
    """One row: the field, its variables (the first is today's name, the others older), its rules.

    A row with `acts` false is read and checked, so that the file of an older deployment serves
    unchanged, but has no effect in this version.
    """

    field: str
    names: tuple[str, ...]
    kind: Kind[Any]
    default: Any
    what: str
    secret: bool
    acts: bool

    @property
    def name(self) -> str:
        """The variable's present name."""
        return self.names[0]

    @property
    def flag(self) -> str:
        """The command line's name of it."""
        return "--" + self.field.replace("_", "-")

    def show(self, value: Any) -> str:
        """The value as it may be seen by anybody: of a secret only whether it is set."""
        if self.secret:
            return "set" if value else "unset"
        return self.kind.show(value)


def setting(
    *names: str, kind: Kind[T], default: T, what: str, secret: bool = False, acts: bool = True
) -> T:
    """Declare a field of `Settings` together with everything that is known about it."""
    row = {"names": names, "kind": kind, "what": what, "secret": secret, "acts": acts}
    declared: T = field(default=default, metadata=row)
    return declared


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """How this process is to run. Built by `load_settings`, or by hand in a test."""

    # Where things are kept
    data_dir: Path = setting(
        "DATA_DIR",
        kind=Folder(),
        default=Path("~/.baku-reserve-data"),
        what="Folder of the database and everything else the server keeps.",
    )
    database_url: str = setting(
        "DATABASE_URL",
        kind=SqliteUrl(),
        default="",
        what="The database. Unset: `bakureserve.db` in `DATA_DIR`.",
    )
    store_busy_timeout_seconds: float = setting(
        "STORE_BUSY_TIMEOUT_SECONDS",
        kind=Seconds(0, 300),
        default=5.0,
        what="How long a write waits for another process's lock before it gives up.",
    )
    redis_url: str = setting(
        "REDIS_URL",
        kind=Url("redis", "rediss", "unix"),
        default="",
        what="Redis for limits and live updates shared between processes.",
        acts=False,
    )
    seed: bool = setting(
        "SEED",
        kind=Switch(),
        default=True,
        what="Load the sample venues at the first start, when no venue has ever existed.",
    )

    # How the server listens, and whom it believes
    host: str = setting(
        "HOST",
        kind=_HOST,
        default="127.0.0.1",
        what="Address to listen on; 0.0.0.0 is every IPv4 address of the machine.",
    )
    port: int = setting(
        "PORT",
        kind=Whole(0, 65535),
        default=8000,
        what="Port to listen on; 0 is any free one.",
    )
    cors_allow_origins: tuple[str, ...] = setting(
        "CORS_ALLOW_ORIGINS",
        kind=Origins(),
        default=(),
        what="Web origins whose pages may call the API. Unset: only the server's own.",
    )
    trusted_proxies: tuple[Network, ...] = setting(
        "TRUSTED_PROXIES",
        kind=Networks(),
        default=(),
        what="Peers whose forwarding headers are believed. Unset: nobody's.",
    )
    shutdown_timeout_seconds: float = setting(
        "SHUTDOWN_TIMEOUT_SECONDS",
        kind=Seconds(0, 300),
        default=10.0,
        what="How long running requests may take to end after the server was told to stop.",
    )
    legacy_routes: bool = setting(
        "LEGACY_ROUTES",
        kind=Switch(),
        default=True,
        what="Redirect the unversioned paths of old clients to `/v1`; off answers 410.",
    )

    # Who is who
    dev: bool = setting(
        "DEV",
        "AUTH_BYPASS",
        "AUTH0_BYPASS",
        kind=Switch(),
        default=False,
        what="Everybody is a local guest with admin scope. Only on a loopback `HOST`.",
    )
    auth0_domain: str = setting(
        "AUTH0_DOMAIN",
        kind=_ISSUER,
        default="",
        what="The outside issuer of tokens.",
        acts=False,
    )
    auth0_audience: str = setting(
        "AUTH0_AUDIENCE",
        kind=_AUDIENCE,
        default="",
        what="The audience that an outside token must name.",
        acts=False,
    )

    # Limits
    rate_limit_enabled: bool = setting(
        "RATE_LIMIT_ENABLED",
        kind=Switch(),
        default=True,
        what="Limit how often each client may call.",
    )
    rate_limit_requests: int = setting(
        "RATE_LIMIT_REQUESTS",
        kind=Whole(1, 1_000_000),
        default=300,
        what="Requests each client may make in one window.",
    )
    rate_limit_window_seconds: float = setting(
        "RATE_LIMIT_WINDOW_SECONDS",
        kind=Seconds(1, 86_400),
        default=60.0,
        what="Length of that window.",
    )
    idempotency_keep_hours: int = setting(
        "IDEMPOTENCY_KEEP_HOURS",
        kind=Whole(1, 8_760),
        default=24,
        what="How long the answer to an `Idempotency-Key` is kept for a repeated request.",
    )

    # What guests are offered
    prep_notify_enabled: bool = setting(
        "PREP_NOTIFY_ENABLED",
        kind=Switch(),
        default=False,
        what="Let guests order ahead, so that the kitchen knows when to begin.",
    )
    payments_mode: str = setting(
        "PAYMENTS_MODE",
        kind=_WORD,
        default="off",
        what="Payment mode told to the apps by `/v1/config/features`.",
    )
    payment_provider: str = setting(
        "PAYMENT_PROVIDER",
        kind=_WORD,
        default="",
        what="Payment provider told to the apps by `/v1/config/features`.",
    )
    currency: str = setting(
        "CURRENCY",
        kind=Shaped(r"[A-Z]{3}", "a currency's three capitals (ISO 4217)"),
        default="AZN",
        what="Currency of all prices.",
    )

    # Maps and roads
    maps_api_key: str = setting(
        "MAPS_API_KEY",
        kind=_SECRET,
        default="",
        what="Key of the map provider; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_guid: str = setting(
        "GOMAP_GUID",
        kind=_SECRET,
        default="",
        what="Key of gomap.az; the apps are told only whether there is one.",
        secret=True,
    )
    gomap_base_url: str = setting(
        "GOMAP_BASE_URL",
        kind=Url("https", "http"),
        default="https://api.gomap.az/Main.asmx",
        what="Address of gomap.az's API.",
        acts=False,
    )
    gomap_traffic_update_interval_seconds: float = setting(
        "GOMAP_TRAFFIC_UPDATE_INTERVAL_SECONDS",
        kind=Seconds(0, 86_400),
        default=300.0,
        what="How long one look at a district's traffic holds good.",
        acts=False,
    )
    osrm_base_url: str = setting(
        "OSRM_BASE_URL",
        kind=Url("https", "http"),
        default="https://router.project-osrm.org",
        what="Address of the OSRM router.",
        acts=False,
    )

    # Logs
    log_level: str = setting(
        "LOG_LEVEL",
        kind=Choice("debug", "info", "warning", "error", "critical"),
        default="info",
        what="The least important messages that are still logged.",
    )
    log_format: str = setting(
        "LOG_FORMAT",
        kind=Choice("auto", "json", "human"),
        default="auto",
        what="How log lines look; auto is human on a terminal and json elsewhere.",
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "data_dir", self.data_dir.expanduser())

    @property
    def database_path(self) -> Path:
        """The SQLite file, whether named by `database_url` or lying in `data_dir`."""
        if not self.database_url:
            return self.data_dir / "bakureserve.db"
        return Path(self.database_url.removeprefix(SQLITE)).expanduser()

    def shown(self) -> dict[str, str]:
        """Every field as it may be seen by anybody: secrets only as `set` or `unset`."""
        fields_shown = {row.field: row.show(getattr(self, row.field)) for row in TABLE}
        return fields_shown | {"database_url": f"{SQLITE}{self.database_path}"}

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown().items())})"


TABLE: tuple[Setting, ...] = tuple(
    Setting(field=each.name, default=each.default, **each.metadata) for each in fields(Settings)
)
