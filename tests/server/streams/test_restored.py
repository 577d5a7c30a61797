"""Following a reservation across a restoring of the database."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bakureserve.settings import Settings
from bakureserve.store.maintenance.backup import back_up
from bakureserve.store.maintenance.restore import restore
from tests.kit.browser import open_browser
from tests.kit.calls import ask, book
from tests.kit.houses import SetClock
from tests.server.streams.following import follow, of_reservation


async def test_who_was_told_what_has_not_happened_any_more_is_told_how_it_stands(
    house_settings: Settings, clock: SetClock, tmp_path: Path
) -> None:
    """Although as much has happened since, so that the number of their last event is in use."""
    backup = tmp_path / "backup.db"
    async with open_browser(house_settings, clock) as browser:
        path = of_reservation((await book(browser))["id"])
        back_up(house_settings.database_path, backup)
        follower = await follow(browser, path)
        await follower.next()
        await ask(browser, "POST", f"/{path.split('/')[3]}/cancel")
        had = (await follower.next())["id"]
    clock.now += dt.timedelta(minutes=1)
    restore(house_settings.database_path, backup, now=clock.now)

    async with open_browser(house_settings, clock) as browser:
        for day in range(3, 6):
            await book(browser, start=f"2027-03-{day:02}T19:00:00+04:00")
        follower = await follow(browser, f"{path}?after={had}")
        told = await follower.next()
        assert (told["type"], told["data"]["status"]) == ("snapshot", "booked")
        assert told["id"] > had
        await ask(browser, "POST", f"/{path.split('/')[3]}/cancel")
        assert (await follower.next())["data"]["status"] == "cancelled"
