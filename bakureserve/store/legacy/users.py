"""One old account → a row of ours, and the reasons why it is not quite the same."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import msgspec

from bakureserve.domain.accounts import contact
from bakureserve.domain.accounts.account import is_affordable
from bakureserve.domain.errors import Invalid
from bakureserve.domain.text import LONGEST_NAME, LONGEST_PHONE, canonical_id
from bakureserve.store.codec import dumps, to_us
from bakureserve.store.legacy.json_rows import OldRow
from bakureserve.store.legacy.report import Reason
from bakureserve.store.legacy.row_reader import LONGEST_ID, Rejected, RowReader
from bakureserve.store.transaction import Transaction

KNOWN = frozenset(
    {
        "id", "name", "email", "phone", "verified_email", "verified_phone", "created_at",
        "updated_at", "password_hash",
    }
)  # fmt: skip

LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3, without the angle brackets

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")

_INSERT = (
    "insert into user_account (id, name, email, phone, password_hash, role, verified_email,"
    " verified_phone, extra, created_at, updated_at) values (?, ?, ?, ?, ?, 'guest', ?, ?, ?, ?, ?)"
)


class OldUser(msgspec.Struct, frozen=True, kw_only=True):
    """A person's account. Always a guest's: the old server knew no other role in its files."""

    id: str
    name: str
    email: str
    phone: str
    password_hash: str | None
    verified_email: bool
    verified_phone: bool
    extra: dict[str, Any]
    created_at: dt.datetime
    updated_at: dt.datetime
    reasons: tuple[Reason, ...]


def mapped(row: OldRow, now: dt.datetime) -> OldUser:
    """The account that a row describes; its key in the file is its id. Raises Rejected."""
    fields = RowReader.of(row.read, KNOWN)
    _forget_passwords(fields)
    created_at, updated_at = fields.take_moment("created_at"), fields.take_moment("updated_at")
    phone = _phone(fields)
    return OldUser(
        id=_id(row, fields),
        name=fields.take_text("name", LONGEST_NAME),
        email=_email(fields),
        phone=phone,
        password_hash=_password_hash(fields),
        verified_email=fields.take("verified_email", bool, False),
        verified_phone=fields.take("verified_phone", bool, False) and bool(phone),
        created_at=created_at or updated_at or now,
        updated_at=updated_at or created_at or now,
        extra=fields.extra,
        reasons=tuple(fields.reasons),
    )


def exists(transaction: Transaction, user_id: str) -> bool:
    return transaction.one("select 1 from user_account where id = ?", (user_id,)) is not None


def insert(transaction: Transaction, user: OldUser) -> None:
    """Add the account. Raises Rejected when another one has its e-mail address."""
    other = transaction.one("select id from user_account where email = ?", (user.email,))
    if other:
        raise Rejected("old_email_taken", other=other[0])
    transaction.execute(
        _INSERT,
        (
            user.id,
            user.name,
            user.email,
            user.phone,
            user.password_hash,
            user.verified_email,
            user.verified_phone,
            dumps(user.extra),
            to_us(user.created_at),
            to_us(user.updated_at),
        ),
    )


def _id(row: OldRow, fields: RowReader) -> str:
    key = row.key or ""
    if not key.strip() or len(key) > LONGEST_ID:
        raise Rejected("old_id_unusable")
    plain = canonical_id(key)
    if canonical_id(str(fields.fields.get("id", key))) != plain:
        fields.set_aside("id", "old_id_differs")
    elif key != plain:
        fields.set_aside("id", "old_value_converted")
    return plain


def _email(fields: RowReader) -> str:
    value = fields.fields.get("email")
    email = contact.email_key(value) if isinstance(value, str) else ""
    if not _EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL:
        raise Rejected("old_email_unusable")
    if email != value:
        fields.set_aside("email", "old_email_normalised")
    return email


def _phone(fields: RowReader) -> str:
    text = fields.take_text("phone", LONGEST_PHONE)
    if not text or _E164.fullmatch(text):  # whether it can be called, its owner knows
        return text
    try:
        number = contact.phone_e164(text)
    except Invalid:
        fields.set_aside("phone", "old_phone_unusable")
        return ""
    if number != text:
        fields.set_aside("phone", "old_phone_normalised")
    return number


def _forget_passwords(fields: RowReader) -> None:
    """What is kept beside an account holds no hash but the one that is in use."""
    for kept in fields.extra.values():
        if isinstance(kept, dict):
            kept.pop("password_hash", None)


def _password_hash(fields: RowReader) -> str | None:
    value = fields.fields.get("password_hash")
    if value is None or (isinstance(value, str) and is_affordable(value)):
        return value
    fields.note("old_password_unusable")
    return None
