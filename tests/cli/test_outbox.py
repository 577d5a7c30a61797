"""`bakureserve outbox`."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.domain.notifications import Failure
from bakureserve.domain.reservations.reservation import BookingRequest
from bakureserve.notify.mail import MailServer
from bakureserve.runtime import open_runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.builders import utc
from tests.kit.cast import HOST
from tests.kit.deliveries import connect
from tests.kit.houses import SAHIL, SetClock
from tests.kit.post_office import PostOffice, open_office


@pytest.fixture
def dead(house_settings: Settings) -> str:
    """A delivery that was given up."""

    async def fail() -> str:
        now = dt.datetime.now(dt.UTC)  # commands go by the real clock
        booking = BookingRequest(
            restaurant_id=SAHIL.id,
            party_size=2,
            start=utc(f"{now.date() + dt.timedelta(days=2)} 15:00"),
            guest_name="Aysel",
        )
        async with open_runtime(house_settings, clock=SetClock(now)) as runtime:
            await connect(runtime, SAHIL)
            await runtime.booking.create(HOST, booking)
            await runtime.outbox.plan()
            token, (taken,) = await runtime.outbox.claim()
            await runtime.outbox.settle(taken, token, Failure("http_410", permanent=True))
            return taken.id

    return asyncio.run(fail())


def test_a_delivery_that_was_given_up_is_listed_with_the_reason(run: Run, dead: str) -> None:
    (row,) = run("outbox", "list", "--dead").cells
    assert row[0] == dead
    assert row[2:] == ["reservation.booked", "webhook", SAHIL.slug, "dead", "1", "http_410"]
    (listed,) = run("outbox", "list", "--json").json
    assert (listed["id"], listed["status"], listed["error"]) == (dead, "dead", "http_410")
    assert "notice" not in listed
    assert run("outbox", "list", "--status", "sent").cells == []


def test_a_delivery_that_was_given_up_can_be_tried_again(run: Run, dead: str) -> None:
    ran = run("outbox", "retry", "--dead", "--json")
    assert [(each["id"], each["status"]) for each in ran.json] == [(dead, "waiting")]
    assert "tried again: 1." in ran.err


def test_a_delivery_can_be_dropped_after_a_yes(run: Run, dead: str) -> None:
    assert run("outbox", "drop", dead).status == Status.REFUSED
    dropped = run("outbox", "drop", dead, "--yes", "--json")
    assert [each["status"] for each in dropped.json] == ["dropped"]
    assert run("outbox", "list", "--dead").cells == []


@pytest.mark.parametrize("verb", ["retry", "drop --yes"])
def test_deliveries_have_to_be_named_that_all_exist(run: Run, dead: str, verb: str) -> None:
    assert "--dead" in run("outbox", *verb.split()).err
    run("outbox", *verb.split(), dead, "nothing").ends(
        Status.NOT_FOUND, "There is no delivery nothing"
    )
    (listed,) = run("outbox", "list", "--dead", "--json").json
    assert listed["id"] == dead


def test_a_restaurants_secret_needs_the_operators(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "WEBHOOK_SECRET" in run("outbox", "secret", SAHIL.slug).err
    monkeypatch.setenv("WEBHOOK_SECRET", "a-master-secret-of-the-operator")
    told = run("outbox", "secret", SAHIL.slug, "--json").json
    assert told["restaurant"] == SAHIL.slug
    assert told["secret"].startswith("whsec_")


def go_through(office: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTP_HOST", office.host)
    monkeypatch.setenv("SMTP_PORT", str(office.port))
    monkeypatch.setenv("SMTP_SECURITY", "none")


def test_a_trial_letter_goes_the_way_of_all_letters_and_needs_no_database(
    bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = PostOffice()
    with open_office(office) as server:
        go_through(server, monkeypatch)
        told = bare("outbox", "test", "Admin@Baku.example", "--json").json
    (letter,) = office.letters
    assert letter.rcpt_tos == ["admin@baku.example"]
    assert told["server"] == server.name
    assert told["message_id"].encode() in letter.content
    assert list(bare.folder.iterdir()) == []
    ran = bare("outbox", "test", "admin@baku.example")  # the office has closed
    assert ran.status == Status.UNAVAILABLE
    assert "nothing listens at that address" in ran.err
    assert bare("outbox", "test", "admin").status == Status.REFUSED


def test_a_trial_letter_that_is_refused_tells_with_what_words(
    bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_office(PostOffice("550 5.7.1 this domain has no SPF")) as server:
        go_through(server, monkeypatch)
        ran = bare("outbox", "test", "admin@baku.example")
    assert ran.status == Status.UNAVAILABLE
    assert "refused it with status 550" in ran.err
    assert "this domain has no SPF" in ran.err


def test_a_trial_letter_without_a_mail_server_tells_where_letters_go(bare: Run) -> None:
    bare("outbox", "test", "admin@baku.example").ends(Status.CONFLICT, "SMTP_HOST is unset")
