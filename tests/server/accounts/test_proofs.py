"""From a sign-up or a lost password over the letter's link back to the server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes, policy
from typing import get_args

import msgspec
import pytest
from structlog.testing import capture_logs

from bakureserve.domain.accounts.account import Purpose
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.api.service import Features
from bakureserve.server.static import PAGES
from bakureserve.settings import Settings
from tests.kit.browser import Browser, browser_of
from tests.kit.calls import problem
from tests.kit.houses import SetClock
from tests.kit.people import CHEAP, PASSWORD, a_newcomer
from tests.server.test_deliveries import soon
from tests.server.test_pages import words

SITE = "https://book.example.az"
ADDRESS = "leyla@example.az"
LEYLA = a_newcomer("Leyla")
ELSEWHERE = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Accept-Language": "en"}


@pytest.fixture
async def served(house_settings: Settings, clock: SetClock) -> AsyncIterator[Runtime]:
    settings = replace(house_settings, public_url=SITE)
    async with open_runtime(settings, clock=clock, hashing=CHEAP) as runtime:
        yield runtime


@pytest.fixture
async def site(served: Runtime) -> AsyncIterator[Browser]:
    async with browser_of(served, identify=None) as opened:
        yield opened


async def tokens_in_letters(runtime: Runtime, number: int, **languages: str) -> dict[str, str]:
    """What the links in so many letters hold, as an operator reads them, by what they are for.

    `languages` is what some of them are written in, by the same.
    """
    tokens, written_in = {}, {}
    for file in await soon(runtime.settings.data_dir / "outbox", number):
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert letter["To"] == ADDRESS
        found = re.search(rf"{SITE}/book/#(\w+)=(\S+)", file.read_text("utf-8"))
        assert found is not None
        tokens[found[1]], written_in[found[1]] = found[2], letter["Content-Language"]
    assert written_in | languages == written_in
    return tokens


async def test_a_sign_up_is_verified_by_the_link_that_its_letter_has(
    served: Runtime, site: Browser
) -> None:
    signed_up = await site.post("/v1/auth/signup", json=LEYLA, headers=ELSEWHERE)
    user = (await signed_up.json())["user"]
    assert not user["verified_email"]

    token = (await tokens_in_letters(served, 1, verify="en"))["verify"]
    assert (await site.post("/v1/auth/verify", json={"token": token})).status == 204

    login = await site.post("/v1/auth/login", json={"email": ADDRESS, "password": PASSWORD})
    assert (await login.json())["user"]["verified_email"]
    again = await site.post("/v1/auth/verify", json={"token": token})
    await problem(again, 422, "link_refused")


async def test_a_lost_password_is_replaced_by_the_link_that_a_letter_has(
    served: Runtime, site: Browser
) -> None:
    await site.post("/v1/auth/signup", json=LEYLA)
    await tokens_in_letters(served, 1)
    asked = await site.post("/v1/auth/password/forgot", json={"email": ADDRESS}, headers=ELSEWHERE)
    assert asked.status == 202

    token = (await tokens_in_letters(served, 2, reset="en"))["reset"]
    wanted = {"token": token, "password": "another horse"}
    reset = await site.post("/v1/auth/password/reset", json=wanted)
    assert reset.status == 204

    old = await site.post("/v1/auth/login", json={"email": ADDRESS, "password": PASSWORD})
    await problem(old, 401, "credentials_wrong")
    for _ in range(5):
        await site.post("/v1/auth/login", json={"email": ADDRESS, "password": "a guess"})
    entering = {"email": ADDRESS, "password": "another horse"}
    await problem(await site.post("/v1/auth/login", json=entering), 429, "too_many_attempts")
    entering["device_token"] = reset.headers["Device-Token"]
    assert (await site.post("/v1/auth/login", json=entering)).status == 200


async def test_the_log_says_what_an_operator_can_do_about_each_letter(
    served: Runtime, site: Browser
) -> None:
    with capture_logs() as logs:
        await site.post("/v1/auth/signup", json=LEYLA)
        await tokens_in_letters(served, 1)
        await site.post("/v1/auth/password/forgot", json={"email": ADDRESS})
        await tokens_in_letters(served, 2)

    told = [each["hint"] for each in logs if each["event"] == "account_letter_in_a_file"]
    assert [hint.partition("run: ")[2] for hint in told] == [
        "bakureserve users verify EMAIL",
        "bakureserve users passwd EMAIL",
    ]


def test_the_booking_page_opens_what_letters_link_to() -> None:
    opened = re.search(r"\^#\((\S+?)\)=", (PAGES / "shared/proof.js").read_text())

    assert opened is not None
    assert set(opened[1].split("|")) == set(get_args(Purpose))
    assert "openLink();" in (PAGES / "book/main.js").read_text()


def test_the_page_has_words_for_every_way_that_letters_go_out() -> None:
    page = (PAGES / "shared/proof.js").read_text()
    (ways,) = [each.type for each in msgspec.structs.fields(Features) if each.name == "letters"]

    for table in re.findall(r"const (?:SIGNED_UP|FORGOTTEN) = (.+);", page):
        told = dict(re.findall(r'(\w+): "(\w+)"', table))
        assert set(told) == set(get_args(ways))
        assert set(told.values()) <= words("shared").keys()


def test_the_page_tells_who_lost_their_password_of_a_command_that_sets_one() -> None:
    for key in ("forgot_in_file", "forgot_never"):
        assert all("users passwd" in sentence for sentence in words("shared")[key].values())
    for key in ("letter_in_file", "letter_never"):
        assert all("users verify" in sentence for sentence in words("shared")[key].values())


def test_a_page_that_says_to_ask_for_another_letter_can_ask() -> None:
    assert 'post("/v1/auth/verify/request")' in (PAGES / "shared/proof.js").read_text()


def test_links_lead_where_the_settings_say() -> None:
    for given, address in (
        ({}, "http://127.0.0.1:8000"),
        ({"host": "0.0.0.0", "port": 80}, "http://localhost:80"),
        ({"host": "::1"}, "http://[::1]:8000"),
        ({"host": "0.0.0.0", "public_url": SITE}, SITE),
    ):
        assert Settings(**given).public_address == address  # type: ignore[arg-type]
