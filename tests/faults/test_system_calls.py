"""A server and its commands under the system-call filter that `service install` writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakureserve.settings import Settings
from tests.end_to_end.test_accounts import AYSEL, WISH, answered, ask
from tests.faults.register import fault
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import command, serving
from tests.kit.sandbox import FILTER, UNDER_THE_FILTER, can_filter
from tests.kit.waiting import wait_for

pytestmark = pytest.mark.skipif(not can_filter(), reason="needs libseccomp")


def test_the_filter_is_the_one_that_the_unit_names(tmp_path: Path) -> None:
    unit = command("service", "install", data_dir=tmp_path).stdout

    assert [line for line in unit.splitlines() if line.startswith("SystemCallFilter")] == [*FILTER]
    assert "SystemCallErrorNumber=EPERM" in unit


@fault("system-calls-forbidden")
def test_a_guest_signs_up_books_and_gets_a_letter_and_all_of_it_is_backed_up_and_restored(
    tmp_path: Path,
) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    with serving(tmp_path, under=UNDER_THE_FILTER, DEV="off") as server:
        entered = answered(ask(server, "POST", "/auth/signup", body=AYSEL), 201)
        proof = {"email": AYSEL["email"], "password": AYSEL["password"]}
        assert ask(server, "POST", "/auth/login", body=proof).status_code == 200
        token = entered["access_token"]
        booked = answered(ask(server, "POST", "/reservations", token=token, body=WISH), 201)
        wait_for(lambda: any((tmp_path / "outbox").glob("*")))
        backup = command("backup", data_dir=tmp_path, under=UNDER_THE_FILTER)
        assert backup.returncode == 0, backup.stderr
        assert server.stop() == 0
    [copy] = (tmp_path / "backups").glob("*.db")

    restored = command("restore", str(copy), "--yes", data_dir=tmp_path, under=UNDER_THE_FILTER)

    assert restored.returncode == 0, restored.stderr
    assert command("check", data_dir=tmp_path, under=UNDER_THE_FILTER).returncode == 0
    with serving(tmp_path, under=UNDER_THE_FILTER, DEV="off") as server:
        assert answered(ask(server, "GET", "/reservations", token=token)) == [booked]
