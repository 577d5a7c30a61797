"""How a person is reached and proves who they are: e-mail, telephone, password, checked."""

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
"""Where a number without a country code is."""

# What Unicode makes of Azerbaijani's İ in lower case: an i with one dot more, which is never typed.
_DOTTED = re.compile("i\u0307+")
# What RFC 5322 gives a meaning of its own outside quotes; quoted mailboxes are not taken.
_MAILBOX = re.compile(r'[^@\s"(),:;<>\[\\\]]+')


def email_key(text: str) -> str:
    """The address as accounts are found by it: trimmed, composed (NFC), in lower case.

    `İ` is `i`, as Azerbaijani has it. A domain is spelt in its own letters, however it was typed
    (`xn--mnchen-3ya.de` is `münchen.de`). Never raises: what is no address comes out as
    itself. Twice changes nothing.
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
    extension, which E.164 cannot say.
    """
    try:
        number = phonenumbers.parse(dialled(text), HOME_REGION)
    except phonenumbers.NumberParseException as error:
        raise Invalid("phone_not_a_number", field=field) from error
    if number.extension or not phonenumbers.is_valid_number(number):
        raise Invalid("phone_not_a_number", field=field)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def password(text: str, *, email: str = "", name: str = "", field: str = "password") -> str:
    """A password that may be set, untouched.

    Its length is all that is asked of it (NIST SP 800-63B, section 3.1.1.2), and that it is not
    the person's own e-mail or name. Raises Invalid: password_too_short, password_too_long,
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
