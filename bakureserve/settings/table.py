"""Every setting of the program. The class below is the table: code, flags and docs all read it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from bakureserve.settings.kinds import SQLITE
from bakureserve.settings.row import Setting
from bakureserve.settings.subjects.backups import Backups
from bakureserve.settings.subjects.estimates import Estimates
from bakureserve.settings.subjects.floor import Floor
from bakureserve.settings.subjects.identity import Identity
from bakureserve.settings.subjects.limits import Limits
from bakureserve.settings.subjects.live import Live
from bakureserve.settings.subjects.logging import Logging
from bakureserve.settings.subjects.notices import Notices
from bakureserve.settings.subjects.offers import Offers
from bakureserve.settings.subjects.roads import Roads
from bakureserve.settings.subjects.serving import Serving
from bakureserve.settings.subjects.storage import Storage


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings(
    Storage,
    Backups,
    Serving,
    Identity,
    Limits,
    Live,
    Notices,
    Offers,
    Floor,
    Roads,
    Estimates,
    Logging,
):
    """How this process is to run. Built by `load_settings`, or by hand in a test.

    Its bases hold the rows, by subject, in the order in which they are shown.
    """

    def __post_init__(self) -> None:
        with suppress(RuntimeError):  # no home is known: `load_settings` has refused that folder
            object.__setattr__(self, "data_dir", self.data_dir.expanduser())

    @property
    def database_path(self) -> Path:
        """The SQLite file, whether named by `database_url` or lying in `data_dir`."""
        if not self.database_url:
            return self.data_dir / "bakureserve.db"
        return Path(self.database_url.removeprefix(SQLITE)).expanduser()

    @property
    def limits_rates(self) -> bool:
        """Whether clients are held to a quota."""
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
        """Where the restaurants' photos lie."""
        return self.photos_dir or self.data_dir / "photos"

    @property
    def backup_folder(self) -> Path:
        """Where backups go that are not told otherwise."""
        return self.data_dir / "backups"

    def shown(self) -> dict[str, str]:
        """Every field as it may be seen by anybody: secrets only as `set` or `unset`."""
        fields_shown = {row.field: row.show(getattr(self, row.field)) for row in TABLE}
        return fields_shown | {"database_url": f"{SQLITE}{self.database_path}"}

    def shown_anywhere(self) -> dict[str, str]:
        """As `shown`, with the paths as they are called from any folder."""
        return self.shown() | {
            "data_dir": str(self.data_dir.resolve()),
            "database_url": f"{SQLITE}{self.database_path.resolve()}",
        }

    def __repr__(self) -> str:
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in self.shown().items())})"


TABLE: tuple[Setting, ...] = tuple(
    Setting(field=each.name, default=each.default, **each.metadata)
    for subject in Settings.__bases__
    for each in fields(subject)
)
