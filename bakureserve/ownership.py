"""Which account owns a file. The program trusts no file that another account can change."""

from __future__ import annotations

import os
import pwd

ROOT = 0


def another_owner(found: os.stat_result) -> str | None:
    """The account that owns the file, unless that is our own or root's.

    Root trusts no other account's file either: its owner could act as root through it.
    """
    return None if found.st_uid in {os.geteuid(), ROOT} else account_name(found.st_uid)


def own_account() -> str:
    """The account that the program runs as."""
    return account_name(os.geteuid())


def for_chown(uid: int) -> str:
    """The account as `chown` and systemd take it: its name, or its number without one."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def account_name(uid: int) -> str:
    """The account's name for display; `uid 1000` if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
