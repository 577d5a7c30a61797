"""What guests and staff say about a booking beyond when and where, and what is not understood."""

from __future__ import annotations

from typing import Any

import msgspec

from bakureserve.server.api.reservations import NewReservation
from tests.kit.browser import Browser
from tests.kit.calls import Json, a_wish, ask, book, problem

ALLERGY = "Allergy: walnuts, nuts of any kind."


async def test_a_guests_notes_reach_the_restaurant(browser: Browser) -> None:
    booked = await book(browser, notes=f"  {ALLERGY}\n ")
    assert booked["notes"] == ALLERGY
    for who in ("guest", "host", "admin"):
        shown = await (await ask(browser, "GET", f"/{booked['id']}", who=who)).json()
        assert shown["notes"] == ALLERGY
    path = f"/{booked['id']}"
    changed = await ask(browser, "PATCH", path, json={"notes": "None of that."})
    assert (await changed.json())["notes"] == "None of that."
    cleared = await ask(browser, "PATCH", path, json={"notes": None})
    assert (await cleared.json())["notes"] is None


async def test_notes_are_never_cut(browser: Browser) -> None:
    longest = "ə" * 2000
    booked = await book(browser, notes=longest)
    assert booked["notes"] == longest
    path = f"/{booked['id']}"
    for method, where in (("POST", ""), ("PATCH", path)):
        body = {"notes": longest + "ə"}
        answer = await ask(
            browser, method, where, json=a_wish(**body) if method == "POST" else body
        )
        document = await problem(answer, 422, "field_too_long")
        assert [each["field"] for each in document["errors"]] == ["notes"]


STAFF_SAY: list[tuple[str, Any]] = [
    ("staff_notes", "Slow to pay"),
    ("tags", ["VIP"]),
    ("pinned", True),
    ("override", ["closed_that_day"]),
]


async def test_what_only_staff_may_say_is_refused_of_a_guest(browser: Browser) -> None:
    booked = await book(browser)
    for field, value in (*STAFF_SAY, ("Override", []), ("over-ride", []), ("OVER_RIDE", [])):
        for method, where, body in (
            ("POST", "", a_wish(start="2027-03-02T12:00")),
            ("PATCH", f"/{booked['id']}", {}),
        ):
            answer = await ask(browser, method, where, json=body | {field: value})
            document = await problem(answer, 403, "field_staff_only")
            assert field in document["detail"] or value == []
    assert len(await (await ask(browser, "GET")).json()) == 1


async def test_staff_say_it_when_they_book_and_later(browser: Browser) -> None:
    said: Json = dict(STAFF_SAY[:-1])
    booked = await book(browser, "host", **said)
    assert {field: booked[field] for field in said} == said
    plain = await book(browser)
    for field, value in said.items():
        changed = await ask(browser, "PATCH", f"/{plain['id']}", who="host", json={field: value})
        assert (await changed.json())[field] == value


async def test_staff_notes_stay_among_the_staff(browser: Browser) -> None:
    booked = await book(browser)
    path = f"/{booked['id']}"
    await ask(browser, "PATCH", path, who="host", json={"staff_notes": "Slow to pay"})
    for answer in (
        await ask(browser, "GET", path),
        await ask(browser, "PATCH", path, json={"guest_name": "Nigar", "staff_notes": None}),
        await ask(browser, "POST", f"{path}/cancel"),
    ):
        assert (await answer.json())["staff_notes"] is None
    (listed,) = await (await ask(browser, "GET")).json()
    assert listed["staff_notes"] is None
    shown = await (await ask(browser, "GET", path, who="host")).json()
    assert shown["staff_notes"] == "Slow to pay"


async def test_no_guess_tells_what_staff_noted(browser: Browser) -> None:
    path = f"/{(await book(browser))['id']}"
    await ask(browser, "PATCH", path, who="host", json={"staff_notes": "Slow to pay"})
    for guess in ("Slow to pay", " Slow  to pay", "Quick to pay"):
        answer = await ask(browser, "PATCH", path, json={"staff_notes": guess})
        await problem(answer, 403, "field_staff_only")


async def test_a_guest_may_send_back_what_they_were_shown(browser: Browser) -> None:
    booked = await book(browser)
    path = f"/{booked['id']}"
    await ask(
        browser, "PATCH", path, who="host", json={"staff_notes": "Slow to pay", "tags": ["VIP"]}
    )
    shown = await (await ask(browser, "GET", path)).json()
    answer = await ask(browser, "PATCH", path, json=shown | {"guest_name": "Nigar"})
    assert answer.status == 200
    kept = await (await ask(browser, "GET", path, who="host")).json()
    assert (kept["staff_notes"], kept["tags"], kept["guest_name"]) == (
        "Slow to pay", ["VIP"], "Nigar"
    )  # fmt: skip


async def test_a_booking_for_a_table_that_was_asked_for_is_pinned_to_it(browser: Browser) -> None:
    booked = await book(browser, table_id="t2")
    assert booked["pinned"]
    path = f"/{booked['id']}"
    free = await (await ask(browser, "PATCH", path, json={"table_id": None})).json()
    assert (free["table_id"], free["pinned"]) == ("t1", False)
    asked_for = await (await ask(browser, "PATCH", path, json={"table_id": "t3"})).json()
    assert (asked_for["tables"], asked_for["pinned"]) == (["t3"], True)
    assert not (await book(browser, "host", table_id="t2", pinned=False))["pinned"]


async def test_the_source_is_the_servers_to_say(browser: Browser) -> None:
    sent = {"source": "phone", "status": "seated", "email": "a@b.az", "notes": ALLERGY}
    answer = await ask(browser, "POST", json=a_wish(**sent))
    booked = await answer.json()
    assert answer.status == 201
    assert answer.headers["Ignored-Fields"] == "source, status, email"
    assert (booked["source"], booked["status"], booked["notes"]) == ("api", "booked", ALLERGY)
    assert (await book(browser, "host"))["source"] == "staff"


async def test_a_misspelt_field_of_a_booking_is_refused(browser: Browser) -> None:
    for sent in ("partySize", "Party-Size", "guestname", "Notes", "restaurantId"):
        document = await problem(
            await ask(browser, "POST", json=a_wish(**{sent: 2})), 422, "field_misspelt"
        )
        assert [each["field"] for each in document["errors"]] == [sent]


def test_a_body_of_an_earlier_version_is_known_by_its_key_as_before() -> None:
    old = NewReservation("r", 2, "2027-03-02T19:00", "Aysel")
    assert msgspec.json.encode(old) == (
        b'{"restaurant_id":"r","party_size":2,"start":"2027-03-02T19:00","guest_name":"Aysel",'
        b'"end":null,"guest_phone":null,"table_id":null}'
    )
