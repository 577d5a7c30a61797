"""How accounts and their sessions are shown at the terminal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bakureserve.domain.accounts.account import Session, User


@dataclass(frozen=True)
class Row:
    """An account, with the slugs of the restaurants that the person works for."""

    user: User
    restaurants: tuple[str, ...]


IN_A_LIST: Mapping[str, Callable[[Row], object]] = {
    "ID": lambda row: row.user.id,
    "EMAIL": lambda row: row.user.email,
    "NAME": lambda row: row.user.name,
    "ROLE": lambda row: row.user.kind,
    "RESTAURANTS": lambda row: row.restaurants,
    "DISABLED": lambda row: _moment(row.user.disabled_at),
}

IN_FULL: Mapping[str, Callable[[Row], object]] = {
    "ID": lambda row: row.user.id,
    "EMAIL": lambda row: row.user.email,
    "EMAIL_VERIFIED": lambda row: row.user.verified_email,
    "NAME": lambda row: row.user.name,
    "PHONE": lambda row: row.user.phone,
    "PHONE_VERIFIED": lambda row: row.user.verified_phone,
    "ROLE": lambda row: row.user.kind,
    "RESTAURANTS": lambda row: row.restaurants,
    "DISABLED": lambda row: _moment(row.user.disabled_at),
    "CREATED": lambda row: _moment(row.user.created_at),
    "UPDATED": lambda row: _moment(row.user.updated_at),
}

OF_SESSIONS: Mapping[str, Callable[[Session], object]] = {
    "ID": lambda session: session.id,
    "DEVICE": lambda session: session.device,
    "OPENED": lambda session: _moment(session.created_at),
    "LAST_USED": lambda session: _moment(session.last_used_at),
    "UNTIL": lambda session: _moment(session.expires_at),
}


def _moment(when: object) -> str:
    """In UTC, to the second."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}" if when else ""
