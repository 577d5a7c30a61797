"""Who has proved that they read the address of their account, and by which links they can."""

from __future__ import annotations

from typing import Any

import peewee as pw

# An operator vouches for the addresses they type.
_VOUCHED_FOR = """
update user_account set verified_email = 1 where exists (
    select 1 from audit a where a.noun_id = user_account.id and a.action = 'user.added')"""


def migrate(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    # Accounts of before are not self-made, so that their letters go on.
    migrator.add_fields(
        "user_account",
        allow_not_null=True,
        self_made=pw.BooleanField(constraints=[pw.SQL("DEFAULT 0")]),
    )
    migrator.sql(_VOUCHED_FOR)

    @migrator.create_model
    class AccountProof(pw.Model):
        token_hash = pw.BlobField(primary_key=True)
        user = pw.ForeignKeyField(migrator.orm["user_account"], on_delete="CASCADE")
        purpose = pw.TextField(constraints=[pw.Check("purpose in ('verify', 'reset')")])
        expires_at = pw.BigIntegerField(index=True)

        class Meta:
            table_name = "account_proof"

    @migrator.create_model
    class LetterSlot(pw.Model):
        id = pw.AutoField()
        mark = pw.BlobField()
        topic = pw.TextField(constraints=[pw.Check("topic in ('account', 'notice')")])
        at = pw.BigIntegerField(index=True)

        class Meta:
            table_name = "letter_slot"
            indexes = ((("mark", "topic", "at"), False),)


def rollback(migrator: Any, database: pw.Database, *, fake: bool = False) -> None:
    for table in ("letter_slot", "account_proof"):
        migrator.remove_model(table)
    migrator.remove_fields("user_account", "self_made")
