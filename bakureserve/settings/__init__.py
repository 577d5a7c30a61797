"""Settings: one typed table, read from flags, the environment and `.env`. A leaf of the program."""

from bakureserve.settings.commands import pasteable
from bakureserve.settings.document import settings_markdown
from bakureserve.settings.errors import SettingsError, SettingsUnreadable
from bakureserve.settings.load import Loaded, as_far_as_known, load_settings
from bakureserve.settings.row import Setting
from bakureserve.settings.table import TABLE, Settings
from bakureserve.settings.together import check_together, public_address

__all__ = [
    "TABLE",
    "Loaded",
    "Setting",
    "Settings",
    "SettingsError",
    "SettingsUnreadable",
    "as_far_as_known",
    "check_together",
    "load_settings",
    "pasteable",
    "public_address",
    "settings_markdown",
]
