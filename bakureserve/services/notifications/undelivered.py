"""Why a letter did not go out, as an error that has words."""

from __future__ import annotations

from bakureserve.causes import CAUSES
from bakureserve.domain.errors import Unavailable

_SMTP = "smtp_"
_OURS = frozenset(
    {"expired", "files", "letter_malformed", "no_way_out", "smtp_timeout", "smtp_unsuitable"}
)


def why(code: str) -> Unavailable:
    """What the code of a failed attempt means."""
    told = code.removeprefix(_SMTP)
    if code.startswith(_SMTP) and told in CAUSES:
        return Unavailable(f"cause_{told}")
    if status := _reply(code):
        return Unavailable("letter_refused", status=status)
    family = "files" if code.startswith("files_") else code
    if family in _OURS:
        return Unavailable(f"letter_{family.removeprefix('letter_')}")
    return Unavailable("letter_failed", code=code)


def is_of_one_mailbox(code: str) -> bool:
    """Whether the code tells of a mailbox that a mail server refused for good, as it does where an
    address is mistyped (RFC 5321, section 4.2.1)."""
    return _reply(code).startswith("5")


def is_passing(code: str) -> bool:
    """Whether a mail server asked to come back later, as it may at a first letter."""
    return _reply(code).startswith("4")


def _reply(code: str) -> str:
    """The number that the mail server answered; empty where it was something else."""
    told = code.removeprefix(_SMTP)
    return told if code.startswith(_SMTP) and told.isdecimal() else ""
