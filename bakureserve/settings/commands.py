"""Completes recommended commands so that they find the same data from any terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from bakureserve.settings.table import TABLE, Settings

_COMMAND = re.compile(r"\bbakureserve (?=[a-z])(?!(?:help|openapi|version)\b|(?:[a-z-]+ )+--help)")
"""A command that reads data; help is the same everywhere."""
_DEFAULT_DIR: Path = next(row.default for row in TABLE if row.field == "data_dir")


def pasteable(text: str, settings: Settings) -> str:
    """The text with options added to its commands, so that they find the data of these settings.

    The default folder needs none.
    """
    options = _options(settings)
    return _COMMAND.sub(lambda found: f"{found[0]}{options}", text) if options else text


def quoted(path: Path | str) -> str:
    """The absolute path, quoted for a shell."""
    return shlex.quote(str(Path(path).absolute()))


def _options(settings: Settings) -> str:
    shown = settings.shown_anywhere()
    words = [] if _is_default(settings.data_dir) else ["--data-dir", shown["data_dir"]]
    if settings.database_url:
        words += ["--database-url", shown["database_url"]]
    return "".join(f"{shlex.quote(word)} " for word in words)


def _is_default(folder: Path) -> bool:
    try:
        return folder == _DEFAULT_DIR.expanduser()
    except RuntimeError:  # no home is known
        return False
