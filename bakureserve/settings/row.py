"""A row of the settings table, and how a field of it is declared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

from bakureserve.settings.kinds import Kind

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One row: the field, the names its variable once had, its rules and its default."""

    field: str
    older: tuple[str, ...]
    kind: Kind[Any]
    default: Any
    what: str
    secret: bool

    @property
    def name(self) -> str:
        """The variable's present name."""
        return self.field.upper()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name of the variable, the present one first."""
        return (self.name, *self.older)

    @property
    def flag(self) -> str:
        """Its option on the command line."""
        return "--" + self.field.replace("_", "-")

    def show(self, value: Any) -> str:
        """The value for display; for a secret only whether it is set."""
        if self.secret:
            return "set" if value else "unset"
        return self.kind.show(value)

    def markdown(self) -> str:
        """The setting's row in the documentation's table."""
        older = f" (older: {', '.join(f'`{name}`' for name in self.older)})" if self.older else ""
        shown = "" if self.secret else self.kind.show(self.default)
        default = f"`{shown}`" if shown else "unset"
        what = f"{self.what} Secret." if self.secret else self.what
        return f"| `{self.name}`{older} | {default} | {self.kind.allowed} | {what} |"


def setting(
    kind: Kind[T], *, default: T, what: str, older: tuple[str, ...] = (), secret: bool = False
) -> T:
    """Declare a field of `Settings` with its kind, default and description."""
    row = {"older": older, "kind": kind, "what": what, "secret": secret}
    declared: T = field(default=default, metadata=row)
    return declared
