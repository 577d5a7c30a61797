"""The keys that sign our own tokens: one small file that only its owner may read.

Every process reads the file itself. A server looks at it twice a second, so a rotation from the
command line reaches it without a restart.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import hmac
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

import msgspec
import structlog
from joserfc.jwk import OctKey
from msgspec import Meta

from bakureserve.domain.errors import Unavailable
from bakureserve.ownership import another_owner, own_account

log = structlog.get_logger(__name__)

ALGORITHM = "HS256"
KEY_BYTES = 32
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

_Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class Key:
    """One signing key: the name that tokens give it, when it was made, and 256 secret bits."""

    kid: Annotated[str, Meta(min_length=1)]
    created: Annotated[dt.datetime, Meta(tz=True)]
    secret: Annotated[bytes, Meta(min_length=KEY_BYTES, max_length=KEY_BYTES)] = field(repr=False)

    @cached_property
    def jwk(self) -> OctKey:
        return OctKey.import_key(self.secret, {"kid": self.kid, "alg": ALGORITHM, "use": "sig"})

    def mac(self, purpose: str, *parts: str) -> bytes:
        """HMAC-SHA256 over the parts; valid for this purpose and these parts alone."""
        message = "\0".join((purpose, *parts)).encode()
        return hmac.digest(self.secret, message, "sha256")


class _KeyFile(msgspec.Struct):
    """The file: every key that is still valid, the newest last."""

    keys: Annotated[list[Key], Meta(min_length=1)]


class KeyRing:
    """The keys in the file at `path`, which is made at first use.

    `by_kid` has the keys that are known, the newest last. Every method raises Unavailable if the
    file cannot be used and no keys have been read yet; once read, keys are kept when the file is
    lost or damaged.
    """

    def __init__(self, path: Path, clock: Callable[[], dt.datetime]) -> None:
        self._path = path
        self._clock = clock
        self.by_kid: dict[str, Key] = {}
        self._stamp: _Stamp | None = None
        self._kept_for = ""

    def __repr__(self) -> str:
        return f"KeyRing({str(self._path)!r})"

    def current(self) -> Key:
        """The key to sign with: the newest."""
        return self.all()[0]

    def all(self) -> list[Key]:
        """Every key that is still valid, the newest first."""
        if not self.by_kid:
            self._look()
        return list(reversed(self.by_kid.values()))

    def find(self, kid: str) -> Key | None:
        """The key that a token names; None if it is unknown or retired.

        For an unknown key it looks first whether the file has changed.
        """
        if kid not in self.by_kid:
            self._look()
        return self.by_kid.get(kid)

    def refresh(self) -> None:
        """Read the file again if it has changed; nothing happens before keys were first read."""
        if self.by_kid:
            self._look()

    def rotate(self, now: dt.datetime, keep: dt.timedelta) -> Key:
        """Sign with a new key from now on, and return it.

        For `keep` after it was replaced, a key still checks the tokens it has signed; then it is
        dropped. If `keep` is zero, every token signed so far is void at once.
        """
        with _changing(self._path):
            kept = _still_needed(_read(self._path) if self._path.exists() else (), now, keep)
            added = _new_key(now)
            _write(self._path, [*kept, added])
        self._look()
        return added

    def _look(self) -> None:
        if not self.by_kid and not self._path.exists():
            _create(self._path, self._clock())
        stamp = _stamp(self._path)
        if not self.by_kid or stamp != self._stamp:
            self._load(stamp)

    def _load(self, stamp: _Stamp | None) -> None:
        """Read the file. If it cannot be used, the next look tries again: its mode may be
        corrected, or a descriptor become free, without a change of its stamp."""
        try:
            self.by_kid = {key.kid: key for key in _read(self._path)}
        except Unavailable as error:
            if not self.by_kid:
                raise
            if error.code != self._kept_for:
                log.warning("signing_keys_kept", path=str(self._path), reason=error.code)
            self._kept_for = error.code
        else:
            self._stamp, self._kept_for = stamp, ""


def _new_key(now: dt.datetime) -> Key:
    return Key(kid=secrets.token_hex(8), created=now, secret=secrets.token_bytes(KEY_BYTES))


def _still_needed(keys: Sequence[Key], now: dt.datetime, keep: dt.timedelta) -> list[Key]:
    """The keys replaced less than `keep` ago; the last one is being replaced now."""
    replaced = [*(key.created for key in keys[1:]), now]
    return [key for key, when in zip(keys, replaced, strict=False) if when > now - keep]


def _stamp(path: Path) -> _Stamp | None:
    """What changes whenever the file is replaced; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> list[Key]:
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            data = file.read()
    except OSError as error:
        raise Unavailable("keys_unreadable", path=str(path), reason=error.strerror) from None
    if owner := another_owner(found):
        raise Unavailable(
            "keys_owned_by_another", path=str(path), owner=owner, account=own_account()
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & _OTHERS:
        raise Unavailable("keys_open_to_others", path=str(path), mode=f"{mode:04o}")
    try:
        return msgspec.json.decode(data, type=_KeyFile).keys
    except (ValueError, RecursionError):
        raise Unavailable("keys_damaged", path=str(path)) from None


def _create(path: Path, now: dt.datetime) -> None:
    """Make the file, unless another process has made it meanwhile."""
    with _changing(path):
        if not path.exists():
            _write(path, [_new_key(now)])


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """Lock the file's folder, so that two processes never change the keys at the same time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            yield
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise Unavailable("keys_unwritable", path=str(path), reason=error.strerror) from None


def _write(path: Path, keys: Sequence[Key]) -> None:
    """Put a new file in place of the old one, whole or not at all. Raises OSError."""
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(_KeyFile(list(keys)))))
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
