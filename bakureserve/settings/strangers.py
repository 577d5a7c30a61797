"""Variables of a `.env` that no setting has: mistyped ones, which silently mean the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bakureserve.settings.outdated import WITHOUT_EFFECT
from bakureserve.settings.table import TABLE

_LIKENESS = 0.7


@dataclass(frozen=True)
class Stranger:
    """A name in a file, and the setting that may be meant, or nothing."""

    name: str
    file: Path
    meant: str

    def __str__(self) -> str:
        meant = f" Did you mean {self.meant}?" if self.meant else ""
        return f"{self.name} in {self.file} is no setting, and has no effect.{meant}"


def strangers_in(file: Path, values: Mapping[str, str | None]) -> Iterable[Stranger]:
    """Those of the names in a file."""
    known = {name for row in TABLE for name in row.names}
    for name in values:
        if name not in known and name not in WITHOUT_EFFECT:
            yield Stranger(name, file, _likest(name.upper(), known))


def _likest(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches  # noqa: PLC0415  # most files have no such name

    return next(iter(get_close_matches(name, sorted(known), 1, _LIKENESS)), "")
