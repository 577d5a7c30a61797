from __future__ import annotations

from yarl import URL

from bakureserve.settings import Settings
from tests.server.conftest import Client, MakeClient


async def test_an_old_address_leads_to_its_successor(client: Client) -> None:
    for method, path, status, location in (
        ("GET", "/restaurants", 301, "/v1/restaurants"),
        ("HEAD", "/restaurants", 301, "/v1/restaurants"),
        ("GET", "/restaurants/?q=%C3%A7ay&x=a+b", 301, "/v1/restaurants/?q=%C3%A7ay&x=a+b"),
        ("GET", "/restaurants/a%2Fb/floorplan", 301, "/v1/restaurants/a%2Fb/floorplan"),
        ("POST", "/reservations", 308, "/v1/reservations"),
        ("PATCH", "/reservations/1", 308, "/v1/reservations/1"),
        ("DELETE", "/reservations/1", 308, "/v1/reservations/1"),
        ("GET", "/directions?origin=1,2", 301, "/v1/directions?origin=1,2"),
        ("GET", "/maps/geocode?query=x", 301, "/v1/maps/geocode?query=x"),
        ("GET", "/config/features", 301, "/v1/config/features"),
        ("POST", "/auth/login", 308, "/v1/auth/login"),
        ("GET", "/restaurants//evil.example", 301, "/v1/restaurants//evil.example"),
        ("GET", '/restaurants/x>;rel="next', 301, "/v1/restaurants/x%3E;rel=%22next"),
    ):
        answer = await client.session.request(method, url(client, path), allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (status, location)
        assert answer.headers["Deprecation"] == "@1793491200"
        assert answer.headers["Sunset"] == "Mon, 01 Nov 2027 00:00:00 GMT"
        assert answer.headers["Link"] == f'<{location}>; rel="successor-version"'


def url(client: Client, path: str) -> URL:
    """The address exactly as written, percent signs and slashes too."""
    return URL(f"http://{client.server.host}:{client.server.port}{path}", encoded=True)


async def test_nothing_else_is_redirected(client: Client) -> None:
    for path in (
        "/host/",
        "/kitchen/",
        "/app/",
        "/restaurantsx",
        "//restaurants",
        "/livez",
        "/v1/tagged",
    ):
        async with client.session.get(url(client, path), allow_redirects=False) as answer:
            assert answer.status in {200, 404}
            assert "Location" not in answer.headers


async def test_switched_off_an_old_address_is_gone_and_names_its_successor(
    make_client: MakeClient,
) -> None:
    client = await make_client(settings=Settings(legacy_routes=False))
    answer = await client.get("/restaurants/x?q=1", allow_redirects=False)
    document = await answer.json(content_type=None)
    assert (answer.status, document["code"]) == (410, "legacy_route_gone")
    assert answer.headers["Link"] == '</v1/restaurants/x?q=1>; rel="successor-version"'
    assert "/v1/restaurants/x" in document["detail"]
