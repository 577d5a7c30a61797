"""A restaurant as lists show it and as words find it, without its floor, hours and policy."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import msgspec

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import fold


class CardDetails(msgspec.Struct, frozen=True, kw_only=True):
    """The part of a card that the store finds in a restaurant's document."""

    neighborhood: str = ""
    address: str = ""
    short_description: str = ""
    cuisine: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    price_level: str = ""
    average_spend: str = ""
    cover_photo: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Card(CardDetails, frozen=True, kw_only=True):
    """What lists show of a restaurant. `position` orders them; a `retired` one is hidden."""

    id: str
    slug: str
    name: str
    timezone: str
    city: str
    position: int
    retired: bool = False

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


def card_of(restaurant: Restaurant, position: int) -> Card:
    """The card of a restaurant that guests can see."""
    names = (name for name in Card.__struct_fields__ if name not in {"position", "retired"})
    return Card(position=position, **{name: getattr(restaurant, name) for name in names})


def search_text(card: Card) -> str:
    """Name, slug, city, neighbourhood, cuisine and tags, folded: the text in which words are
    looked for."""
    parts = (card.name, card.slug, card.city, card.neighborhood, *card.cuisine, *card.tags)
    return fold("\n".join(parts))
