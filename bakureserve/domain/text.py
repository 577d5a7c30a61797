"""Text that people type: folded for search, squeezed for storage, and checked against limits."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from bakureserve.domain.errors import Invalid

LONGEST_NAME = 80
SHORTEST_PHONE, LONGEST_PHONE = 6, 32
LONGEST_NOTES = 400
LONGEST_BOOKING_NOTES = 2000
MOST_TAGS, LONGEST_TAG = 20, 40
MOST_PREP_ITEMS = 12
LONGEST_PREP_ITEM = 80

_UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_PHONE = re.compile(r"[0-9+().\- ]*")
_DASHES = str.maketrans(
    dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d", "-")
)

# What mail programs make a link of: a scheme, `www.`, and a domain or an IPv4 address with a path
# or a query. Domains end in letters or in what stands for them (`xn--p1ai`), and maybe in a dot.
_LINK = re.compile(
    r"://|(?<!\w)www\.|(\w\.([^\W\d_]{2,}|xn--[a-z\d-]+)|\d(\.\d+){3})\.?(:\d*)?([/\\]|[?#]\w)",
    re.IGNORECASE,
)
_DOT_IN_DOMAINS = "\u3002"
"""Browsers take the ideographic full stop for a dot (UTS 46), and NFKC does not."""

# Letters that Unicode does not take apart into a base letter and an accent.
_BASE_LETTERS = str.maketrans({"ə": "e", "ı": "i", "ø": "o", "ł": "l", "đ": "d"})

# Each Russian letter as Azerbaijani writes the sound, folded.
_LATIN = str.maketrans(
    dict(zip("абвгдежзиклмнопрстуфхцчшщыэ", "abvqdejziklmnoprstufxccssie", strict=True))
    | {"ю": "yu", "я": "ya", "ъ": "", "ь": ""}
)

# Drawn as nothing, although Unicode counts them as letters, marks or symbols.
_BLANKS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cs"})


def canonical_id(text: str) -> str:
    """A UUID in lower case, as it is stored; any other id unchanged."""
    return text if text.islower() or not _UUID.fullmatch(text) else text.lower()


def fold(text: str) -> str:
    """Text as search compares it: without case, accents and surplus white space.

    Azerbaijani letters fold to their base letters: ə to e, ı and İ to i, ç ğ ö ş ü to c g o s u;
    and ё to е. Folding twice changes nothing. After the compatibility caseless matching of the
    Unicode standard (chapter 3.13, D146), with the combining marks left out.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    bare = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return " ".join(bare.translate(_BASE_LETTERS).split())


def to_latin(folded: str) -> str:
    """Folded text with Russian letters as Azerbaijani would write them: хырдалан as xirdalan."""
    return folded if folded.isascii() else folded.translate(_LATIN)


def squeeze(text: str) -> str:
    """Text on one line, as it is stored: white space of any kind becomes single spaces.

    Characters that show nothing (control, zero-width, bidirectional, lone surrogates) are left out,
    and accents are composed (NFC), so that a text that looks blank is empty.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    shown = "".join(letter for letter in text if letter.isspace() or _is_visible(letter))
    return " ".join(unicodedata.normalize("NFC", shown).split())


def guest_name(text: str, *, field: str = "guest_name") -> str:
    """A name of up to LONGEST_NAME characters, squeezed.

    Names appear in e-mails, where they must not become links; a bare domain is accepted.
    Raises Invalid: name_blank, name_has_link, name_too_long.
    """
    name = squeeze(text)
    if not name:
        raise Invalid("name_blank", field=field)
    if len(name) > LONGEST_NAME:
        raise Invalid("name_too_long", field=field, longest=LONGEST_NAME)
    if _has_link(name):
        raise Invalid("name_has_link", field=field)
    return name


def dialled(text: str) -> str:
    """A telephone number as typed, squeezed, unchecked.

    Dashes of every kind, as web pages and contact lists write them, become the one on the keyboard.
    """
    number = squeeze(text)
    return number if number.isascii() else number.translate(_DASHES)


def phone(text: str, *, field: str = "guest_phone") -> str:
    """A telephone number as `dialled`; '' is none. Raises Invalid (phone_malformed)."""
    number = dialled(text)
    if not number:
        return ""
    if not (_PHONE.fullmatch(number) and SHORTEST_PHONE <= len(number) <= LONGEST_PHONE):
        raise Invalid(
            "phone_malformed", field=field, shortest=SHORTEST_PHONE, longest=LONGEST_PHONE
        )
    return number


def notes(text: str, *, field: str = "notes", longest: int = LONGEST_NOTES) -> str:
    """Notes of up to `longest` characters, squeezed. Raises Invalid (notes_too_long)."""
    squeezed = squeeze(text)
    if len(squeezed) > longest:
        raise Invalid("notes_too_long", field=field, longest=longest)
    return squeezed


def tags(words: Sequence[str], *, field: str = "tags") -> tuple[str, ...]:
    """Up to MOST_TAGS tags of up to LONGEST_TAG characters, squeezed, each once; blanks are none.

    Raises Invalid: tags_too_many, or tag_too_long with the tag's place, as in `tags[2]`.
    """
    squeezed = [squeeze(word) for word in words]
    for place, tag in enumerate(squeezed):
        if len(tag) > LONGEST_TAG:
            raise Invalid("tag_too_long", field=f"{field}[{place}]", longest=LONGEST_TAG)
    found = tuple(dict.fromkeys(filter(None, squeezed)))
    if len(found) > MOST_TAGS:
        raise Invalid("tags_too_many", field=field, most=MOST_TAGS)
    return found


def prep_items(items: Sequence[str], *, field: str = "items") -> tuple[str, ...]:
    """The dishes of a pre-order, squeezed; blank ones are none.

    They appear in e-mails, as names do. Raises Invalid: prep_items_too_many, or prep_item_too_long
    and prep_item_has_link with the item's place, as in `items[2]`.
    """
    squeezed = [squeeze(item) for item in items]
    for place, item in enumerate(squeezed):
        if len(item) > LONGEST_PREP_ITEM:
            raise Invalid(
                "prep_item_too_long", field=f"{field}[{place}]", longest=LONGEST_PREP_ITEM
            )
        if _has_link(item):
            raise Invalid("prep_item_has_link", field=f"{field}[{place}]")
    dishes = tuple(filter(None, squeezed))
    if len(dishes) > MOST_PREP_ITEMS:
        raise Invalid("prep_items_too_many", field=field, most=MOST_PREP_ITEMS)
    return dishes


def _has_link(text: str) -> bool:
    if text.isascii() and "." not in text and ":" not in text:
        return False  # as nearly always, and a microsecond sooner
    spelt = unicodedata.normalize("NFKC", text).replace(_DOT_IN_DOMAINS, ".")
    return _LINK.search(spelt) is not None


def _is_visible(letter: str) -> bool:
    return letter not in _BLANKS and unicodedata.category(letter) not in _INVISIBLE_CATEGORIES
