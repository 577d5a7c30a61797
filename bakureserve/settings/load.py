"""Reads the settings: each value from the first source that names it.

The sources are a flag, the environment, the `.env` in the data folder, the `.env` in the working
folder, and the default.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakureserve.ownership import another_owner, own_account
from bakureserve.settings.checks import (
    SettingsError,
    SettingsUnreadable,
    UnknownSetting,
    unknown_settings_in,
    without_effect,
)
from bakureserve.settings.commands import quoted
from bakureserve.settings.kinds import without_password
from bakureserve.settings.row import Setting
from bakureserve.settings.table import TABLE, Settings

_LONGEST_SHOWN = 100
_DATA_DIR = next(row for row in TABLE if row.field == "data_dir")


@dataclass(frozen=True)
class Loaded:
    """The settings, for each field where its value comes from, and the files that were read.

    A source is `flag`, `environment (NAME)`, `.env (NAME)`, `/srv/baku/.env (NAME)` for that of a
    data folder, or `default`. `without_effect` are the old server's variables that are set, and
    what replaces each. `unknown` are names in the files that no setting has.
    """

    settings: Settings
    sources: Mapping[str, str]
    without_effect: Mapping[str, str]
    files: tuple[Path, ...] = ()
    unknown: tuple[UnknownSetting, ...] = ()


@dataclass(frozen=True)
class _File:
    """A `.env` and its values; `path` is None where there is none."""

    path: Path | None
    label: str
    values: Mapping[str, str | None]


@dataclass(frozen=True)
class _Given:
    text: str
    source: str
    label: str  # its name in a sentence


def load_settings(
    flags: Mapping[str, object] | None, environ: Mapping[str, str], dotenv: Path | None
) -> Loaded:
    """Read every setting once. Nothing is created, and no process-wide environment is changed.

    `flags` are keyed by field name; `None` and blank mean "not given" wherever a value can stand.
    The data folder's own `.env` is read as well, and takes precedence over `dotenv`; it must not
    name another data folder. Variables that name no setting are ignored. Where a flag or the
    environment names the data folder, a `dotenv` in a folder that this account cannot enter is
    ignored: `sudo -u` leaves the program in another account's home folder.

    Raises `SettingsError` for the first bad value.
    """
    given_flags = flags or {}
    _only_known(given_flags)
    folder_is_given = next(_candidates(_DATA_DIR, given_flags, environ, ())).source != "default"
    in_file = _read_dotenv(None if folder_is_given and _is_out_of_reach(dotenv) else dotenv)
    named = next(_candidates(_DATA_DIR, given_flags, environ, (in_file,)))
    folder = _value(_DATA_DIR, named)
    _require_folder(folder, named.label)
    files = (*_read_data_dir(folder.expanduser(), read=dotenv), in_file)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for row in TABLE:
        given = next(_candidates(row, given_flags, environ, files))
        sources[row.field] = given.source
        values[row.field] = _value(row, given)
    read = tuple(file.path for file in files if file.path is not None)
    everywhere = {name: text for file in reversed(files) for name, text in file.values.items()}
    unknown = tuple(
        each
        for file in files
        if file.path is not None
        for each in unknown_settings_in(file.path, file.values)
    )
    settings = Settings(**values | {"data_dir": folder})
    return Loaded(settings, sources, without_effect(environ, everywhere), read, unknown)


def as_far_as_known(
    field: str, flags: Mapping[str, object], environ: Mapping[str, str], dotenv: Path | None
) -> Any:
    """One setting even if others are invalid; its default if it is invalid itself."""
    row = next(row for row in TABLE if row.field == field)
    try:
        return getattr(load_settings(flags, environ, dotenv).settings, field)
    except SettingsError:
        given = next(_candidates(row, flags, environ, ()))
    try:
        return _value(row, given)
    except SettingsError:
        return row.default


def _require_folder(folder: Path, label: str) -> None:
    """Raise SettingsError when the folder's path is a file."""
    if os.path.exists(folder) and not os.path.isdir(folder):  # noqa: PTH110, PTH112 - never raise
        raise SettingsError(f"{label} is {folder}, which is a file. Name a folder.")


def _read_data_dir(folder: Path, *, read: Path | None) -> Iterator[_File]:
    """The data folder's own `.env`, unless it is `read`. Raises SettingsError."""
    path = folder / ".env"
    if read is not None and _are_same(path, read):
        return
    file = _read_dotenv(path, label=str(path))
    named = next((text for name in _DATA_DIR.names if (text := _text(file.values.get(name)))), "")
    if named and not _names(folder, Path(named).expanduser()):
        raise SettingsError(
            f"DATA_DIR in {path} names another folder, {named}. Say there what holds for this one, "
            "and DATA_DIR in the environment or with --data-dir."
        )
    yield file


def _names(folder: Path, named: Path) -> bool:
    """Whether `named`, seen from here or from the folder itself, is that folder."""
    return _are_same(named, folder) or _are_same(folder / named, folder)


def _are_same(one: Path, other: Path) -> bool:
    """Whether both paths resolve to the same file or folder."""
    return os.path.realpath(one) == os.path.realpath(other)


def _candidates(
    row: Setting,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    files: Sequence[_File],
) -> Iterator[_Given]:
    """The values given for this setting, in order of precedence, ending with the default."""
    if text := _text(flags.get(row.field)):
        yield _Given(text, "flag", row.flag)
    for name in row.names:
        if text := _text(environ.get(name)):
            yield _Given(text, f"environment ({name})", name)
    for file in files:
        for name in row.names:
            if text := _text(file.values.get(name)):
                yield _Given(text, f"{file.label} ({name})", f"{name} in {file.label}")
    yield _Given(row.kind.show(row.default), "default", f"{row.name} by default")


def _value(row: Setting, given: _Given) -> Any:
    if not given.text:
        return row.default
    try:
        return row.kind.read(given.text)
    except ValueError:
        value = "a secret that cannot be used" if row.secret else _quoted(given.text)
        why = row.kind.why_not(given.text)
        raise SettingsError(
            f"{given.label} is {value}, and it must be {row.kind.allowed}{why and f': {why}'}."
        ) from None


def _quoted(text: str) -> str:
    shown = without_password(text)
    if len(shown) > _LONGEST_SHOWN:
        shown = shown[:_LONGEST_SHOWN] + "…"
    return json.dumps(shown, ensure_ascii=False)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return str(value).strip()


def _only_known(flags: Mapping[str, object]) -> None:
    if unknown := set(flags) - {row.field for row in TABLE}:
        raise TypeError(f"no such settings: {', '.join(sorted(unknown))}")


def _read_dotenv(path: Path | None, *, label: str = ".env") -> _File:
    try:
        if path is None or not path.is_file():
            return _File(None, label, {})
        from dotenv import dotenv_values  # noqa: PLC0415  # most starts have no such file

        with path.open(encoding="utf-8") as file:
            _require_own(path, os.fstat(file.fileno()))
            return _File(path, label, dotenv_values(stream=file))
    except OSError as refused:
        raise SettingsUnreadable(
            f"{path} cannot be read: {refused.strerror}. Run as the account that it belongs to, or "
            f"let {own_account()} read it and enter its folder."
        ) from refused
    except UnicodeDecodeError as refused:
        raise SettingsError(
            f"{path} cannot be read: it is not UTF-8 text. Save it as that."
        ) from refused


def _is_out_of_reach(path: Path | None) -> bool:
    return path is not None and not os.access(path.parent, os.X_OK)


def _require_own(path: Path, found: os.stat_result) -> None:
    if owner := another_owner(found):
        account = own_account()
        raise SettingsError(
            f"{path} belongs to {owner}, and this is {account}: it is not believed."
            f" Run as {owner}, or make it yours: chown {account} {quoted(path)}."
        )
