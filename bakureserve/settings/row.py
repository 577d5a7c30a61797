"""A row of the settings table, and how a field of it is declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from bakureserve.settings.kinds import Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One row: the field, its variables (first today's name, then older ones), its rules."""

    field: str
    names: tuple[str, ...]
    kind: Kind[Any]
    default: Any
    what: str
    secret: bool

    @property
    def name(self) -> str:
        """The variable's present name."""
        return self.names[0]

    @property
    def flag(self) -> str:
        """The command line's name of it."""
        return "--" + self.field.replace("_", "-")

    def show(self, value: Any) -> str:
        """The value as it may be seen by anybody: of a secret only whether it is set."""
        if self.secret:
            return "set" if value else "unset"
        return self.kind.show(value)


def setting(*names: str, kind: Kind[T], default: T, what: str, secret: bool = False) -> T:
    """Declare a field of `Settings` together with everything that is known about it."""
    row = {"names": names, "kind": kind, "what": what, "secret": secret}
    declared: T = field(default=default, metadata=row)
    return declared
