"""The machine: its clock, and folders and files that are ours, on a disk that SQLite can trust."""

from __future__ import annotations

import datetime as dt
import os
import stat
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from email.utils import parsedate_to_datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bakureserve.cli.doctor_checks import Finding, fault, fine, note
from bakureserve.domain.restaurants.restaurant import USUAL_ZONE
from bakureserve.ownership import ROOT, account_name, another_owner, for_chown
from bakureserve.services.clock import system_clock
from bakureserve.settings import Settings
from bakureserve.settings.commands import quoted
from bakureserve.store.maintenance.peek import newest_event

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_MOUNTS = Path("/proc/mounts")
_REMOTE = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "glusterfs"})

TOLERANCE = dt.timedelta(seconds=30)
_CLOCK_SECONDS = 2.0
_CLOCK = "clock"


def check_files(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        yield note("folder", f"{folder} is not there yet", "bakureserve serve makes it")
        return
    yield from _folder(folder)
    if not os.access(folder, os.R_OK | os.X_OK):
        return
    for within in (settings.backup_folder, folder / "outbox"):
        yield from _writable(within, folder)
    yield from _private(settings.database_path, "database file")
    yield from _private(settings.signing_keys_path, "signing keys")
    yield from _private(Path(".env"), "settings file", needed=os.R_OK)
    yield from _file_system(settings.database_path)


def _folder(folder: Path) -> Iterator[Finding]:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if not os.access(folder, os.W_OK | os.X_OK):
        yield fault(
            "folder",
            f"{folder} cannot be written by this account",
            _chown_advice(folder, "-R "),
        )
    elif mode & _OTHERS_WRITE:
        yield fault("folder", f"others can write to {folder}", f"chmod 700 {quoted(folder)}")
    elif mode & _OTHERS:
        yield note("folder", f"others can look into {folder}", f"chmod 700 {quoted(folder)}")
    else:
        yield fine("folder", f"{folder} is for its owner alone")


def _private(file: Path, subject: str, *, needed: int = os.R_OK | os.W_OK) -> Iterator[Finding]:
    if not file.exists():
        return
    if owner := another_owner(file.stat()):
        yield fault(subject, f"{file} belongs to {owner}", _chown_advice(file))
    elif stat.S_IMODE(file.stat().st_mode) & _OTHERS:
        yield fault(subject, f"others can read {file}", f"chmod 600 {quoted(file)}")
    elif not os.access(file, needed):
        yield fault(subject, f"{file} is closed to this account", _chown_advice(file))
    else:
        yield fine(subject, f"{file} is for its owner alone")


def _writable(within: Path, folder: Path) -> Iterator[Finding]:
    """Check that a folder the server writes to belongs to the data folder's owner: a command run by
    root may have made it root's."""
    if not within.exists():
        return
    strays = within.is_relative_to(folder) and within.stat().st_uid != folder.stat().st_uid
    if strays and not os.access(folder, os.W_OK):
        return  # reported for the whole folder
    if strays:
        yield fault(
            "folder",
            f"{within} belongs to {_owner(within)}, and {folder} to {_owner(folder)}",
            f"sudo chown -R {for_chown(folder.stat().st_uid)} {quoted(within)}",
        )
    elif not os.access(within, os.W_OK | os.X_OK):
        yield fault(
            "folder",
            f"{within} cannot be written by this account",
            _chown_advice(within, "-R "),
        )


def _chown_advice(path: Path, options: str = "") -> str:
    """The command that makes the path ours."""
    ours = f"sudo chown {options}{for_chown(os.geteuid())} {quoted(path)}"
    return ours if path.stat().st_uid == ROOT else f"run as {_owner(path)}, or {ours}"


def _owner(path: Path) -> str:
    return account_name(path.stat().st_uid)


def _file_system(database: Path) -> Iterator[Finding]:
    kind = _kind_of(database.absolute().parent)
    if kind in _REMOTE or kind.startswith("fuse.sshfs"):
        yield fault(
            "file system",
            f"the database lies on {kind}, whose locks SQLite cannot trust",
            "move DATA_DIR to a local disk",
        )
    elif kind:
        yield fine("file system", f"the database lies on {kind}")


def _kind_of(folder: Path) -> str:
    """The type of the file system; empty if unknown."""
    if not _MOUNTS.exists():
        return ""
    found = ""
    longest = -1
    for line in _MOUNTS.read_text(errors="replace").splitlines():
        _device, mounted_at, kind = line.split(" ")[:3]
        if folder.is_relative_to(mounted_at) and len(mounted_at) >= longest:
            longest, found = len(mounted_at), kind
    return found


def check_clock(settings: Settings) -> Iterator[Finding]:
    yield _compared(settings.osrm_base_url)
    newest = newest_event(settings.database_path)
    if newest is not None and newest > system_clock() + TOLERANCE:
        yield fault(
            _CLOCK,
            f"the newest event in the database is of {newest:%Y-%m-%d %H:%M:%S} UTC, in the future",
            "the clock was set back: check it with timedatectl",
        )
    try:
        ZoneInfo(USUAL_ZONE)
    except ZoneInfoNotFoundError:
        yield fault(_CLOCK, f"the time zone {USUAL_ZONE} is unknown", "pip install tzdata")


def _compared(url: str) -> Finding:
    """Compare our clock with the map service's, from its Date header."""
    theirs = _time_at(url)
    if theirs is None:
        return fine(_CLOCK, "OSRM did not send its time, so this clock was not compared")
    ahead = system_clock() - theirs
    if abs(ahead) > TOLERANCE:
        where = "ahead of" if ahead > TOLERANCE else "behind"
        return fault(
            _CLOCK,
            f"it is {abs(ahead.total_seconds()):.0f} s {where} that of OSRM's server",
            "set it by NTP: timedatectl set-ntp true",
        )
    return fine(_CLOCK, "it agrees with that of OSRM's server")


def _time_at(url: str) -> dt.datetime | None:
    asked = urllib.request.Request(url, method="HEAD", headers={"User-Agent": "bakureserve"})  # noqa: S310
    headers = None
    with suppress(OSError, ValueError):
        try:
            with urllib.request.urlopen(asked, timeout=_CLOCK_SECONDS) as answer:  # noqa: S310
                headers = answer.headers
        except urllib.error.HTTPError as error:
            headers = error.headers
        return parsedate_to_datetime(headers["Date"]) if headers and headers["Date"] else None
    return None
