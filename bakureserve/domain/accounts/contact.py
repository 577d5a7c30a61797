"""Check a person's e-mail address, telephone number and password."""

from __future__ import annotations

import re
import unicodedata

import idna
import phonenumbers

from bakureserve.domain.errors import Invalid
from bakureserve.domain.text import dialled, fold, squeeze

LONGEST_EMAIL = 254
"""Octets in UTF-8; RFC 5321, section 4.5.3.1.3, without the angle brackets."""
LONGEST_MAILBOX = 64
"""Octets before the @; RFC 5321, section 4.5.3.1.1."""
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
HOME_REGION = "AZ"
"""The region of a number without a country code."""

# Unicode lower-cases Azerbaijani's İ to an i with a second dot, which people never type.
_DOTTED = re.compile("i\u0307+")
# No characters that RFC 5322 reserves outside quotes; quoted mailboxes are not accepted.
_MAILBOX = re.compile(r'[^@\s"(),:;<>\[\\\]]+')


def email_key(text: str) -> str:
    """The address by which an account is found: trimmed, composed (NFC), in lower case.

    `İ` becomes `i`, as in Azerbaijani, and a domain gets its own letters (`xn--mnchen-3ya.de`
    becomes `münchen.de`). Never raises: text that is no address is treated alike. Idempotent.
    """
    trimmed = _lower(squeeze(text))
    mailbox, at, domain = trimmed.rpartition("@")
    return f"{mailbox}{at}{_readable(domain) or domain}" if at else trimmed


def email(text: str, *, field: str = "email") -> str:
    """An address that mail could be sent to, as `email_key`. Raises Invalid (email_malformed)."""
    address = email_key(text)
    mailbox, at, domain = address.rpartition("@")
    fits = _octets(mailbox) <= LONGEST_MAILBOX and _octets(address) <= LONGEST_EMAIL
    if not (at and fits and _MAILBOX.fullmatch(mailbox) and _readable(domain)):
        raise Invalid("email_malformed", field=field)
    return address


def phone_e164(text: str, *, field: str = "phone") -> str:
    """A telephone number with its country code, such as +994501234567 (ITU-T E.164).

    One without a country code is Azerbaijani. Raises Invalid (phone_not_a_number), also for an
    extension, which E.164 cannot express.
    """
    try:
        number = phonenumbers.parse(dialled(text), HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone_not_a_number", field=field) from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Invalid("phone_not_a_number", field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def password(text: str, *, email: str = "", name: str = "", field: str = "password") -> str:
    """A password that may be set, unchanged.

    Only its length is checked (NIST SP 800-63B, section 3.1.1.2), and that it is not the person's
    own e-mail address or name. Raises Invalid: password_too_short, password_too_long,
    password_obvious, password_unusable (half of a surrogate pair, which has no bytes).
    """
    if len(text) < SHORTEST_PASSWORD:
        raise Invalid("password_too_short", field=field, shortest=SHORTEST_PASSWORD)
    if len(text) > LONGEST_PASSWORD:
        raise Invalid("password_too_long", field=field, longest=LONGEST_PASSWORD)
    if any(unicodedata.category(letter) == "Cs" for letter in text):
        raise Invalid("password_unusable", field=field)
    if fold(text) in {fold(email), fold(name)} - {""}:
        raise Invalid("password_obvious", field=field)
    return text


def _lower(text: str) -> str:
    lower = unicodedata.normalize("NFC", text.lower())
    return unicodedata.normalize("NFC", _DOTTED.sub("i", lower))


def _readable(domain: str) -> str:
    """The domain in its own letters, as IDNA 2008 and UTS 46 read it; '' for no domain."""
    try:
        return idna.decode(idna.encode(domain.rstrip("."), uts46=True))
    except UnicodeError:
        return ""


def _octets(text: str) -> int:
    return len(text.encode())
