"""Owners of reservations who have their account with an outside issuer."""

from __future__ import annotations

from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, outside_subject
from bakureserve.store.transaction import Transaction

# A subject with its issuer before it is a URL, a space, and the rest.
_NAMELESS = (
    "select distinct owner_id from reservation where owner_id is not null and owner_id <> ?"
    " and not (owner_id like 'http%' and instr(owner_id, ' ') > 0)"
    " and owner_id not in (select id from user_account)"
)


def adopt(transaction: Transaction, issuer: str) -> int:
    """Name the issuer before every bare outside subject; how many subjects that were.

    Bare ones came from the old server, which knew one issuer, and from versions before subjects
    were told apart. Whoever has or had an account here stays who they are.
    """
    bare = [row[0] for row in transaction.all(_NAMELESS, (LOCAL_SUBJECT,))]
    for subject in bare:
        transaction.execute(
            "update reservation set owner_id = ? where owner_id = ?",
            (outside_subject(issuer, subject), subject),
        )
    return len(bare)
