from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.server import scrubbing
from bakureserve.server.scrubbing import REMOVED, Scrubber, scrubber_for
from bakureserve.settings import Settings

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJheXNlbCJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


def test_what_must_not_leave_is_taken_out_of_a_text() -> None:
    for text, secret in (
        (f"refused {JWT}", JWT),
        ("header Bearer abc.def-123", "abc.def-123"),
        ("GET https://api.gomap.az/x?guid=0a1b2c3d&lat=1", "0a1b2c3d"),
        ("{'password': 'acisso2'}", "acisso2"),
        ('"refresh_token":"rt-77"', "rt-77"),
        ("redis://default:hunter2@cache:6379/0", "hunter2"),
        ("no mailbox aysel.q@example.az here", "aysel.q@example.az"),
        ("call +994 50 123 45 67 now", "123 45 67"),
        ("call 050 123 45 67 now", "123 45 67"),
        ("call 0501234567", "0501234567"),
        ("sms to 994501234567 failed", "994501234567"),
        ("from 40.372600,49.843300 to", "40.3726"),
        ("route 49.8433, 40.3726", "49.8433"),
        ("Coordinates(latitude=40.3726, longitude=49.8433)", "40.3726"),
    ):
        scrubbed = Scrubber().text(text)
        assert secret not in scrubbed
        assert REMOVED in scrubbed


def test_what_an_operator_needs_stays() -> None:
    for text in (
        "2026-11-25T19:53:09.105198Z 4e2eca886e18-1 GET /v1/restaurants/{restaurant} 200",
        "served 203.0.113.9 in 0.5690000000360312 s",
        "reservation 019ac0de-7a1b-7c3d-8e4f-001122334455 table_taken",
        "osrm: timeout after 1200 ms, 3 failures",
        "bakureserve.db-wal has 104857600 bytes",
    ):
        assert Scrubber().text(text) == text


@given(
    st.lists(
        st.sampled_from([JWT, "Bearer ", "basic ", "a1", "guid", "token", "=", ":", "x@y.az", "+"])
        | st.sampled_from(
            ["994", "050", "123", "45", "67", " ", "-", "(", "40.3726", "lat", ",", "/"]
        )
    ).map("".join)
)
def test_a_short_text_that_looks_harmless_holds_nothing_to_take_out(text: str) -> None:
    fits = any(pattern.search(text) for pattern, _ in scrubbing._PATTERNS)
    assert scrubbing._SUSPECT.search(text) or not fits


def test_a_known_secret_goes_wherever_it_stands() -> None:
    settings = Settings(gomap_guid="kq", maps_api_key="map.key")
    assert scrubber_for(settings).text("GET /a/map.key/b?x=kq") == (
        f"GET /a/{REMOVED}/b?x={REMOVED}"
    )


def test_fields_that_tell_of_a_person_lose_their_value() -> None:
    scrubbed = Scrubber().value(
        {
            "guest_phone": "12",
            "current_location": {"latitude": 40.0},
            "access_token": "t",
            "legs": [{"latitude": 40.4, "outcome": "ok"}],
            "password": "",
            "status": 200,
        }
    )
    assert scrubbed == {
        "guest_phone": REMOVED,
        "current_location": REMOVED,
        "access_token": REMOVED,
        "legs": [{"latitude": REMOVED, "outcome": "ok"}],
        "password": "",
        "status": 200,
    }


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(JSON, st.text(st.characters(categories=("L",)), min_size=12, max_size=30))
def test_a_secret_is_found_at_any_depth(document: object, secret: str) -> None:
    scrubbed = Scrubber([secret]).value({"a": [document, {"b": f"x {secret} y"}]})
    assert secret not in str(scrubbed)
