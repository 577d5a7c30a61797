"""Asking the operator: before something is lost, and for secrets.

Secrets come from a prompt or a pipe, never from an argument, which every process can read.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bakureserve.domain.errors import Invalid

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")]


def confirm(question: str, *, yes: bool) -> None:
    """Ask the operator to go on. Raises typer.Abort on no, Invalid without a terminal."""
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo(question, err=True)
        raise Invalid("confirmation_missing")
    typer.confirm(question, abort=True, err=True)


def read_password(what: str) -> str:
    """A new password: typed twice at a terminal, or the first line of a pipe. Raises Invalid."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(what, hide_input=True, confirmation_prompt=True, err=True)
        return typed
    line = sys.stdin.readline()
    if not line.strip("\r\n"):
        raise Invalid("password_not_given")
    return line.rstrip("\r\n")


def asked_for(value: str | None, what: str, option: str) -> str:
    """The option's value, or what is typed at a terminal when it was left out."""
    if value is not None:
        return value
    if not sys.stdin.isatty():
        raise typer.BadParameter("It is required.", param_hint=option)
    typed: str = typer.prompt(what, err=True)
    return typed
