"""What there is before the commands of a page are run, where the page itself does not make it."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tests.docs.pages import ROOT
from tests.docs.world import World
from tests.kit.old_server import a_row, a_user, write
from tests.kit.post_office import PostOffice, open_office

Setting = Callable[[World], None]
PASSWORD = "correct horse"
THE_DOCS_NOW = dt.datetime(2026, 11, 25, 19, 20, tzinfo=dt.UTC)
"""When the pages' commands are run, by the clock of their worlds: a Wednesday evening in Baku."""

FRIDAY_AFTERNOON = dt.datetime(2026, 11, 27, 12, 0, tzinfo=dt.UTC)
FRIDAY_EVENING = dt.datetime(2026, 11, 27, 15, 5, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Scene:
    """The world of a page.

    `before` has happened when its first command is run. `placeholders` are words of the page in
    capitals and what is typed for them. `typed` are the lines that somebody types at a command's
    questions, and `meanwhile` is what others do before a command. Both name it by its beginning.
    """

    environ: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Setting, ...] = ()
    placeholders: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meanwhile: Mapping[str, Setting] = field(default_factory=dict)
    now: dt.datetime = THE_DOCS_NOW


def a_server(world: World) -> None:
    """`bakureserve serve` on port 8000, with the sample restaurants, and well."""
    world.run_well("bakureserve serve")
    world.eventually("bakureserve health")


def a_database(world: World) -> None:
    """The database of a first start, and no server."""
    world.run_well("bakureserve serve")
    assert world.stop_servers() == []


def leyla(world: World) -> None:
    """Leyla has signed up on the page."""
    sign_up(world, "leyla")


def email(name: str) -> str:
    """The address of somebody on a page."""
    return f"{name}@example.az"


def go_to(world: World, now: dt.datetime) -> None:
    """Have everything that starts from now on go by a clock at which it is this moment."""
    world.set_clock((now - dt.datetime.now(dt.UTC)).total_seconds())


def sign_up(world: World, name: str) -> str:
    """Open an account; its access token."""
    asked = {"name": name.title(), "email": email(name), "phone": "+994501234567"}
    answer = world.call("POST", "/v1/auth/signup", asked | {"password": PASSWORD})
    token: str = answer["access_token"]
    return token


def book(
    world: World, name: str, covers: int, start: str, *, token: str = "", table: str | None = None
) -> str:
    """Book at Daş Nərdivan, at a time of its clock; the reservation's id."""
    asked = {"restaurant_id": "das-nerdivan", "party_size": covers, "guest_name": name}
    asked |= {"start": start, "table_id": table}
    answer = world.call("POST", "/v1/reservations", asked, token=token)
    id_: str = answer["id"]
    return id_


def a_book_with_three_bookings(world: World) -> None:
    """Two parties are to come on 5 December and one on New Year's Eve.

    Of the first the restaurant's own machine could not be told: its webhook had no secret.
    """
    world.run_well("bakureserve serve --dev")
    _have_webhook(world, "https://das-nerdivan.example/hook")
    book(world, "Aysel Quliyeva", 2, "2026-12-05T19:00")
    world.eventually("bakureserve outbox list --dead | grep webhook_secret_missing")
    _have_webhook(world, "")
    book(world, "Rauf Hüseynov", 5, "2026-12-05T19:30")
    book(world, "Nigar Əliyeva", 2, "2026-12-31T19:00")
    assert world.stop_servers() == []


def _have_webhook(world: World, url: str) -> None:
    world.run_well(
        "bakureserve restaurants export das-nerdivan"
        f""" | sed 's|"webhook_url":"[^"]*"|"webhook_url":"{url}"|'"""
        " | bakureserve restaurants import -"
    )


def a_backup(world: World) -> None:
    """A backup was taken today, so that no server takes one by itself."""
    world.run_well("bakureserve backup")


def two_guests_on_the_way(world: World) -> None:
    """Friday evening: Rauf is late for 19:00, and others want his table; Aysel comes early."""
    a_server(world)
    token = {name: sign_up(world, name) for name in ("rauf", "aysel")}
    booked = {
        "rauf": book(world, "Rauf Hüseynov", 5, "2026-11-27T19:00", token=token["rauf"]),
        "aysel": book(world, "Aysel Quliyeva", 2, "2026-11-27T19:30", token=token["aysel"]),
    }
    next_party = ("Nigar Əliyeva", 5, "2026-11-27T22:00")
    book(world, *next_party, token=token["aysel"], table="lower-vault-2")
    assert world.stop_servers() == []
    go_to(world, FRIDAY_EVENING)
    a_server(world)
    for name, place in (("rauf", (40.44, 49.90)), ("aysel", (40.40, 49.86))):
        on_the_way(world, name, booked[name], place)


def on_the_way(world: World, name: str, reservation: str, place: tuple[float, float]) -> None:
    """Announce a guest, approve it as staff, and tell where they are."""
    guest = world.call("POST", "/v1/auth/login", {"email": email(name), "password": PASSWORD})
    path = f"/v1/reservations/{reservation}/arrival_intent"
    token = guest["access_token"]
    world.call("POST", path, {"lead_minutes": 20, "prep_scope": "full"}, token=token)
    world.run_well(
        f"export TOKEN=$(bakureserve token issue --for {email(name)} --scope admin)",
        "curl -sf -H 'Content-Type: application/json' -H \"Authorization: Bearer $TOKEN\""
        f""" http://127.0.0.1:8000{path}/decision -d '{{"action": "approve"}}'""",
    )
    where = {"latitude": place[0], "longitude": place[1]}
    world.call("POST", f"{path}/location", where, token=token)


def a_password_store(world: World) -> None:
    """`pass`, which keeps the passwords of whoever looks after the server."""
    world.put("bin/pass", f"#!/bin/sh\necho {PASSWORD}\n", mode=0o755)


def orxan(world: World) -> None:
    """Orxan is an administrator."""
    world.run_well(
        f"echo {PASSWORD} | bakureserve users add --admin --email {email('orxan')} --name Orxan"
    )


def a_mail_server(world: World) -> None:
    """A mail server takes letters without a password, and `.env` names it."""
    server = world.keep(open_office(PostOffice()))
    lines = ("SMTP_HOST=127.0.0.1", f"SMTP_PORT={server.port}", "SMTP_SECURITY=none", "")
    world.put("srv/baku/.env", "\n".join(lines), mode=0o600)


def one_account(world: World) -> None:
    """`sudo -u baku`, where there is no other account to become."""
    world.put("bin/sudo", '#!/bin/sh\nshift 2\nexec "$@"\n', mode=0o755)


def a_file_of_restaurants(world: World) -> None:
    """`restaurants.json` lies where the operator works."""
    world.run_well("bakureserve restaurants export --output restaurants.json")


def a_checkout(world: World) -> None:
    """The folder of a checkout into which `make` has installed what the server needs."""
    for name in ("Makefile", "pyproject.toml"):
        shutil.copyfile(ROOT / name, world.home / name)
    (world.home / ".venv").mkdir()
    (world.home / ".venv" / "bin").symlink_to(world.root / "bin")
    (world.home / ".venv" / ".serving").touch()


def old_files(world: World) -> None:
    """The old server's files in the folder `old`, and in `/srv/old`."""
    guest = a_user("u1", name="Kamran", email="kamran@example.az")
    for folder in (world.home / "old", world.root / "srv" / "old"):
        write(folder, [a_row()], users={"u1": guest})


SCENES: dict[str, Scene] = {
    "README.md": Scene(
        before=(a_checkout, old_files),
        meanwhile={".venv/bin/bakureserve users verify": leyla},
        placeholders={"OLD_DIR": "old"},
        typed={
            ".venv/bin/bakureserve users add --admin": (
                *("orxan@example.az", "Orxan", PASSWORD, PASSWORD),
            )
        },
    ),
    "docs/accounts.md": Scene(before=(a_server,)),
    "docs/api.md": Scene(before=(a_server,)),
    "docs/notices.md": Scene(
        environ={"DATA_DIR": "/srv/baku"},
        before=(a_database, a_book_with_three_bookings, a_mail_server),
    ),
    "docs/observability/README.md": Scene(before=(a_database, a_backup, orxan, a_server)),
    "docs/arrivals.md": Scene(before=(two_guests_on_the_way,), now=FRIDAY_AFTERNOON),
    "docs/cli.md": Scene(
        environ={"DATA_DIR": "/srv/baku"},
        before=(
            *(a_database, a_book_with_three_bookings, a_backup),
            *(a_password_store, a_server, leyla),
        ),
    ),
    "docs/deployment/README.md": Scene(
        environ={"DATA_DIR": "/srv/baku"},
        before=(one_account, a_database, a_file_of_restaurants, a_server),
        typed={
            "sudo -u baku bakureserve --data-dir /srv/baku users add --admin": (
                *("orxan@example.az", "Orxan", PASSWORD, PASSWORD),
            )
        },
    ),
    "docs/migration.md": Scene(
        environ={"DATA_DIR": "/srv/baku"},
        before=(a_database, old_files),
        placeholders={"DIR": "/srv/old"},
    ),
    "docs/operations.md": Scene(
        environ={"DATA_DIR": "/srv/baku"}, before=(a_database, a_backup, a_server)
    ),
}
