"""`bakureserve outbox`."""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path

import pytest

from bakureserve.cli.status import Status
from bakureserve.domain.notifications import Failure
from bakureserve.domain.reservations.reservation import BookingRequest
from bakureserve.notify.mail import MailServer
from bakureserve.runtime import open_runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.builders import utc
from tests.kit.cast import HOST
from tests.kit.houses import SAHIL, SetClock
from tests.kit.post_office import PostOffice, open_office


@pytest.fixture
def dead(house_settings: Settings) -> str:
    """A delivery that was given up."""

    async def fail() -> str:
        # Today, since commands go by the real clock.
        now = dt.datetime.now(dt.UTC)
        async with open_runtime(house_settings, clock=SetClock(now)) as runtime:
            day = now.date() + dt.timedelta(days=2)
            await runtime.booking.create(
                HOST,
                BookingRequest(
                    restaurant_id=SAHIL.id,
                    party_size=2,
                    start=utc(f"{day} 15:00"),
                    guest_name="Aysel",
                ),
            )
            await runtime.outbox.plan()
            token, (taken,) = await runtime.outbox.claim()
            await runtime.outbox.settle(taken, token, Failure("http_410", permanent=True))
            return taken.id

    return asyncio.run(fail())


def test_what_was_given_up_is_listed_with_why(run: Run, dead: str) -> None:
    (row,) = run("outbox", "list", "--dead").cells
    assert (row[0], row[2:]) == (
        dead,
        ["reservation.booked", "webhook", SAHIL.slug, "dead", "1", "http_410"],
    )
    (listed,) = run("outbox", "list", "--json").json
    assert (listed["id"], listed["status"], listed["error"]) == (dead, "dead", "http_410")
    assert "notice" not in listed
    assert run("outbox", "list", "--status", "sent").cells == []


def test_what_was_given_up_can_be_tried_again(run: Run, dead: str) -> None:
    ran = run("outbox", "retry", "--dead", "--json")
    assert [(each["id"], each["status"]) for each in ran.json] == [(dead, "waiting")]
    assert "tried again: 1." in ran.err


def test_it_can_be_dropped_once_somebody_agrees(run: Run, dead: str) -> None:
    refused = run("outbox", "drop", dead)
    assert refused.status != 0
    dropped = run("outbox", "drop", dead, "--yes", "--json")
    assert [each["status"] for each in dropped.json] == ["dropped"]
    assert run("outbox", "list", "--dead").cells == []


@pytest.mark.parametrize("verb", ["retry", "drop"])
def test_something_has_to_be_named_that_exists(run: Run, dead: str, verb: str) -> None:
    assert "--dead" in run("outbox", verb).err
    unknown = run("outbox", verb, "nothing", *(["--yes"] if verb == "drop" else []))
    assert unknown.status != 0
    assert "There is no delivery nothing" in unknown.err


@pytest.mark.parametrize("verb", [("retry",), ("drop", "--yes")])
def test_nothing_is_done_when_one_of_them_is_not_there(
    run: Run, dead: str, verb: tuple[str, ...]
) -> None:
    assert run("outbox", *verb, dead, "nothing").status == Status.NOT_FOUND
    (listed,) = run("outbox", "list", "--dead", "--json").json
    assert listed["id"] == dead


def test_a_restaurant_s_secret_needs_the_operator_s(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "WEBHOOK_SECRET" in run("outbox", "secret", SAHIL.slug).err
    monkeypatch.setenv("WEBHOOK_SECRET", "a-master-secret-of-the-operator")
    told = run("outbox", "secret", SAHIL.slug, "--json").json
    assert told["restaurant"] == SAHIL.slug
    assert told["secret"].startswith("whsec_")


class TestATrialLetter:
    def at(self, office: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SMTP_HOST", office.host)
        monkeypatch.setenv("SMTP_PORT", str(office.port))
        monkeypatch.setenv("SMTP_SECURITY", "none")

    def test_goes_the_way_of_all_letters_and_needs_no_database(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        office = PostOffice()
        with open_office(office) as server:
            self.at(server, monkeypatch)
            ran = run(
                "outbox", "test", "Admin@Baku.example", "--json", "--data-dir", str(tmp_path / "no")
            )
        (letter,) = office.letters
        assert letter.rcpt_tos == ["admin@baku.example"]
        assert ran.json["server"] == server.name
        assert ran.json["message_id"].encode() in letter.content
        assert not (tmp_path / "no").exists()

    def test_that_is_refused_says_with_what_words(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with open_office(PostOffice("550 5.7.1 this domain has no SPF")) as server:
            self.at(server, monkeypatch)
            ran = run("outbox", "test", "admin@baku.example")
        assert ran.status == Status.UNAVAILABLE
        assert "refused it with 550" in ran.err
        assert "this domain has no SPF" in ran.err

    def test_that_nothing_takes_says_why(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        with open_office(PostOffice()) as server:
            pass
        self.at(server, monkeypatch)
        ran = run("outbox", "test", "admin@baku.example")
        assert ran.status == Status.UNAVAILABLE
        assert "nothing listens at that address" in ran.err

    def test_without_a_mail_server_says_where_letters_go(self, run: Run) -> None:
        ran = run("outbox", "test", "admin@baku.example")
        assert ran.status == Status.CONFLICT
        assert "SMTP_HOST is unset" in ran.err

    def test_to_what_is_no_address_is_refused(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SMTP_HOST", "127.0.0.1")
        assert run("outbox", "test", "admin").status == Status.REFUSED
