"""Whose a file is. What another account can change, the program does not believe."""

from __future__ import annotations

import os
import pwd

ROOT = 0


def another_owner(found: os.stat_result) -> str | None:
    """The account that a file belongs to, unless that is our own, or root, who may do anything.

    Root itself believes no other's file either: whoever can lead it to one would act as root.
    """
    return None if found.st_uid in {os.geteuid(), ROOT} else _name(found.st_uid)


def own_account() -> str:
    """The account that the program runs as."""
    return _name(os.geteuid())


def for_chown(uid: int) -> str:
    """The account as `chown` takes it: its name, or its number where it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
