"""Writes notices as e-mail: to guests with a calendar entry, to restaurants as plain text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from zoneinfo import ZoneInfo

from bakureserve.domain.language import LANGUAGES, Language
from bakureserve.domain.notifications import WEBHOOK_SWITCHED_OFF, AccountLetter, Delivery, Notice
from bakureserve.locale import say
from bakureserve.notify.calendar import calendar_of, is_over, method_of

SITE = "Baku Reserve"
"""The sender's name on e-mail about accounts; e-mail about bookings carries the restaurant's."""
_DATE = {"en": "%A, %d %B %Y", "az": "%d.%m.%Y", "ru": "%d.%m.%Y"}
_KINDS = {
    "reservation.booked": "booked",
    "reservation.confirmed": "booked",
    "reservation.changed": "changed",
    "reservation.preordered": "preordered",
    WEBHOOK_SWITCHED_OFF: "webhook_off",
}
_ABOUT_A_BOOKING = frozenset({"booked", "changed", "cancelled", "preordered"})


@dataclass(frozen=True)
class Letters:
    """Writes e-mail from `sender`, in `language` where the reader's is not known."""

    sender: str
    language: Language

    def letter(self, delivery: Delivery, link: str = "") -> EmailMessage:
        """The delivery as a message. The same delivery gives the same Message-ID every time.

        `link` is for e-mail about an account, which needs one.
        """
        if delivery.letter is not None:
            return self._about_account(delivery, delivery.letter, link)
        notice = delivery.booking_notice
        language = _language(notice.language, self.language)
        params = _params(notice, language)
        kind = _kind(notice)
        reader = "guest" if delivery.party == "guest" else "house"
        subject = say(f"mail_{reader}_{kind}_subject", params, language)
        message = self._headed(subject, delivery, notice.restaurant_name, notice.at)
        message.set_content(_text(reader, kind, notice, params, language))
        if delivery.party == "guest":
            self._attach_calendar(message, delivery, params, language)
        message["Content-Language"] = language  # last: set_content drops what begins with Content-
        return message

    def trial(self, address: str, now: dt.datetime) -> EmailMessage:
        """A test message, with which an operator checks that e-mail arrives."""
        message = EmailMessage()
        message["Subject"] = say("mail_trial_subject", {}, self.language)
        message["From"] = Address(SITE, addr_spec=self.sender)
        message["To"] = Address(addr_spec=address)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = make_msgid(domain=self.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(say("mail_trial", {}, self.language) + "\n")
        return message

    def _about_account(self, delivery: Delivery, letter: AccountLetter, link: str) -> EmailMessage:
        language = _language(letter.language, self.language)
        params = {"link": link, "email": delivery.recipient}
        subject = say(f"mail_{letter.purpose}_subject", params, language)
        message = self._headed(subject, delivery, SITE, letter.at)
        message["X-Account"] = delivery.subject  # by which erasure finds its file
        paragraphs = [say(f"mail_{letter.purpose}", params, language)]
        if letter.purpose == "reset" and letter.unproved:
            paragraphs.append(say("mail_reset_unproved", {}, language))
        message.set_content("\n\n".join(paragraphs) + "\n")
        message["Content-Language"] = language
        return message

    def _headed(
        self, subject: str, delivery: Delivery, sender: str, at: dt.datetime
    ) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = subject
        message["From"] = Address(sender, addr_spec=self.sender)
        message["To"] = Address(addr_spec=delivery.recipient)
        message["Date"] = format_datetime(at)
        message["Message-ID"] = f"<{delivery.id}@{self.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies
        return message

    def _attach_calendar(
        self,
        message: EmailMessage,
        delivery: Delivery,
        params: dict[str, object],
        language: Language,
    ) -> None:
        notice = delivery.booking_notice
        entry = calendar_of(
            notice,
            summary=say("mail_calendar_summary", params, language),
            organizer=self.sender,
            attendee=delivery.recipient,
        )
        message.add_alternative(
            entry.decode(),
            subtype="calendar",
            params={"method": method_of(notice), "name": "reservation.ics"},
        )


def legible(letter: EmailMessage) -> bytes:
    """The message as a file that people can read: text and links are not encoded.

    Mail servers get it encoded, since not all of them accept bytes beyond ASCII.
    """
    for part in letter.walk():
        if part.get_content_maintype() == "text":
            words = part.get_payload(decode=True)
            del part["Content-Transfer-Encoding"]
            part["Content-Transfer-Encoding"] = "8bit"
            part.set_payload(words.decode("ascii", "surrogateescape"))  # type: ignore[union-attr]
    return letter.as_bytes()


def _kind(notice: Notice) -> str:
    kind = _KINDS.get(notice.kind, "cancelled")
    return "cancelled" if kind in _ABOUT_A_BOOKING and is_over(notice) else kind


def _text(
    reader: str, kind: str, notice: Notice, params: dict[str, object], language: Language
) -> str:
    lines = [say(f"mail_{reader}_{kind}", params, language)]
    if kind not in _ABOUT_A_BOOKING:
        return lines[0] + "\n"
    lines += ["", say("mail_when", params, language)]
    lines.append(say("mail_party", params, language))
    if reader == "guest":
        lines += [say("mail_where", params, language)] if notice.address else []
        lines += [say("mail_phone", params, language)] if notice.phone else []
    else:
        guest = say("mail_guest", params, language)
        lines.append(guest.rstrip())  # some guests give no telephone number
        lines += [say("mail_items", params, language)] if notice.prep_items else []
        lines += [say("mail_notes", params, language)] if notice.notes else []
    lines.append(say("mail_reference", params, language))
    return "\n".join(lines) + "\n"


def _params(notice: Notice, language: Language) -> dict[str, object]:
    zone = ZoneInfo(notice.timezone)
    start, end = notice.start.astimezone(zone), notice.end.astimezone(zone)
    return {
        "restaurant": notice.restaurant_name,
        "name": notice.guest_name,
        "guest_phone": notice.guest_phone,
        "party_size": notice.party_size,
        "day": _day(start, language),
        "time": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "address": notice.address,
        "phone": notice.phone,
        "table": notice.table_name or notice.table_id or "–",
        "items": notice.prep_items,
        "notes": notice.notes,
        "reference": notice.reservation_id,
    }


def _day(moment: dt.datetime, language: Language) -> str:
    return moment.strftime(_DATE[language])


def _language(wanted: str, otherwise: Language) -> Language:
    for language in LANGUAGES:
        if wanted == language:
            known: Language = language
            return known
    return otherwise
