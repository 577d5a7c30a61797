"""Where each value comes from: flags over environment over `.env` over the default."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakureserve.ownership import another_owner, own_account
from bakureserve.settings.errors import SettingsError
from bakureserve.settings.kinds import without_password
from bakureserve.settings.outdated import without_effect
from bakureserve.settings.row import Setting
from bakureserve.settings.table import TABLE, Settings

_LONGEST_SHOWN = 100


@dataclass(frozen=True)
class Loaded:
    """The settings, and for each field where its value comes from.

    A source is `flag`, `environment (NAME)`, `.env (NAME)` or `default`. `without_effect` are the
    old server's variables that are set, and what there is instead of each.
    """

    settings: Settings
    sources: Mapping[str, str]
    without_effect: Mapping[str, str]


@dataclass(frozen=True)
class _Given:
    text: str
    source: str
    label: str  # how a sentence about it begins


def load_settings(
    flags: Mapping[str, object] | None, environ: Mapping[str, str], dotenv: Path | None
) -> Loaded:
    """Read every setting once. Nothing is created, and no process-wide environment is changed.

    `flags` are keyed by field name; `None` and blank mean "not given", in all three places.
    Variables that name no setting are ignored. Raises `SettingsError` for the first bad value.
    """
    given_flags = flags or {}
    _only_known(given_flags)
    in_file = _read_dotenv(dotenv)
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for row in TABLE:
        given = next(_candidates(row, given_flags, environ, in_file))
        sources[row.field] = given.source
        values[row.field] = _read(row, given) if given.text else row.default
    return Loaded(Settings(**values), sources, without_effect(environ, in_file))


def _candidates(
    row: Setting,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    in_file: Mapping[str, str | None],
) -> Iterator[_Given]:
    """What was given for this setting, strongest first, ending with the default."""
    if text := _text(flags.get(row.field)):
        yield _Given(text, "flag", row.flag)
    for name in row.names:
        if text := _text(environ.get(name)):
            yield _Given(text, f"environment ({name})", name)
    for name in row.names:
        if text := _text(in_file.get(name)):
            yield _Given(text, f".env ({name})", f"{name} in .env")
    yield _Given(row.kind.show(row.default), "default", f"{row.name} by default")


def _read(row: Setting, given: _Given) -> Any:
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


def _read_dotenv(path: Path | None) -> Mapping[str, str | None]:
    try:
        if path is None or not path.is_file():
            return {}
        from dotenv import dotenv_values  # noqa: PLC0415  # most starts have no such file

        with path.open(encoding="utf-8") as file:
            _require_own(path, os.fstat(file.fileno()))
            return dotenv_values(stream=file)
    except OSError as refused:
        raise SettingsError(f"{path} cannot be read: {refused.strerror}.") from refused
    except UnicodeDecodeError as refused:
        raise SettingsError(f"{path} cannot be read: it is not UTF-8 text.") from refused


def _require_own(path: Path, found: os.stat_result) -> None:
    if owner := another_owner(found):
        account = own_account()
        raise SettingsError(
            f"{path} belongs to {owner}, and this is {account}: it is not believed."
            f" Run as {owner}, or make it yours: chown {account} {path}."
        )
