"""Restaurants' photos: files in a folder, and the addresses at which guests see them."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote, unquote

ADDRESS = "/assets/"
"""Where photos are served; documents of the old server use the same addresses."""

MEDIA_TYPES: Mapping[str, str] = {
    ".avif": "image/avif",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
}
"""Content types of photos by suffix. Nothing else in the folder is served."""

_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


class Photos:
    """The photos below `folder`, as of the last look; `public_url` returns the server's address.

    Only regular files count: no links, which could lead out of the folder, and no hidden ones.
    `mark` rises whenever a look finds changes.
    """

    def __init__(self, folder: Path, public_url: Callable[[], str]) -> None:
        self._folder = folder
        self._public_url = public_url
        self._known: frozenset[str] | None = None
        self.mark = 0

    def look(self) -> None:
        """List the present photos. Reads folders, so run it in a thread."""
        found = frozenset(_pictures(str(self._folder)))
        if found != self._known:
            self._known = found
            self.mark += 1

    def address(self, link: str) -> str | None:
        """The absolute address of a photo that a document names; None if it does not exist.

        A photo on another server is assumed to exist.
        """
        if not link or _ELSEWHERE.match(link):
            return link or None
        path = link.partition("#")[0].partition("?")[0]
        name = unquote(path).removeprefix(ADDRESS)
        return f"{self._public_url()}{ADDRESS}{quote(name)}" if name in self._names() else None

    def addresses(self, links: Iterable[str]) -> tuple[str, ...]:
        """The addresses of the links that exist."""
        found = (self.address(link) for link in links)
        return tuple(each for each in found if each is not None)

    def file(self, name: str) -> Path | None:
        """The photo of this name, if there is one."""
        if name not in self._names():
            return None
        path = self._folder.resolve() / name
        still_there = path.is_file() and path.resolve() == path
        return path if still_there else None

    def _names(self) -> frozenset[str]:
        if self._known is None:
            self.look()
        return self._known or frozenset()


def _pictures(folder: str, below: str = "") -> Iterator[str]:
    try:
        entries = list(os.scandir(folder))
    except OSError:  # missing, or unreadable
        return
    for each in entries:
        if each.name.startswith("."):
            continue
        if each.is_dir(follow_symlinks=False):
            yield from _pictures(each.path, f"{below}{each.name}/")
        elif each.is_file(follow_symlinks=False) and _is_picture(each.name):
            yield below + each.name


def _is_picture(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in MEDIA_TYPES  # noqa: PTH122  # of thousands
