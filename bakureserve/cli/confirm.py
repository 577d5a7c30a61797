"""Asking before something is lost."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bakureserve.domain.errors import Invalid

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def confirm(question: str, *, yes: bool) -> None:
    """Go on only when the operator agrees. Raises typer.Abort, or Invalid with nobody to ask."""
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo(question, err=True)
        raise Invalid("confirmation_missing")
    typer.confirm(question, abort=True, err=True)
