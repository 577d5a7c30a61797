"""From a command line to what a command works with."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import typer

from bakureserve.cli.common import Common
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.settings import Loaded, Settings, load_settings


def loaded_from(ctx: typer.Context, **flags: object) -> Loaded:
    """The settings in effect, each with its source.

    `flags` are the command's own, keyed by field of `Settings`; `None` is "not given". The common
    options are added to them. Raises `SettingsError` for a value that is not allowed.
    """
    common = ctx.ensure_object(Common)
    loaded = load_settings(common.flags | flags, os.environ, Path(".env"))
    common.settings = loaded.settings
    return loaded


def settings_from(ctx: typer.Context, **flags: object) -> Settings:
    """The settings in effect, for a command that does not care where they come from."""
    return loaded_from(ctx, **flags).settings


def operator() -> Actor:
    """Who is at the terminal: the account's name, or its number where it has none (a container)."""
    try:
        account = getpass.getuser()
    except (KeyError, OSError):
        account = f"uid {os.getuid()}"
    return cli_actor(account)
