"""From a command line to what a command works with."""

from __future__ import annotations

import os
from pathlib import Path

import typer

from bakureserve.cli.common import Common
from bakureserve.settings import Loaded, Settings, load_settings


def loaded_from(ctx: typer.Context, **flags: object) -> Loaded:
    """The settings in effect, each with its source.

    `flags` are the command's own, keyed by field of `Settings`; `None` is "not given". The common
    options are added to them. Raises `SettingsError` for a value that is not allowed.
    """
    return load_settings(ctx.ensure_object(Common).flags | flags, os.environ, Path(".env"))


def settings_from(ctx: typer.Context, **flags: object) -> Settings:
    """The settings in effect, for a command that does not care where they come from."""
    return loaded_from(ctx, **flags).settings
