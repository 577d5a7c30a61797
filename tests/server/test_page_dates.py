"""On which date the pages open, by their own scripts run in Node."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from bakureserve.domain.restaurants.hours_document import hours_document
from bakureserve.server import pages
from tests.kit.builders import some_hours

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None, reason="Node runs the scripts of pages"
)

AS_MODULES = ("--no-warnings", "--experimental-default-type=module", "--input-type=module")
NODE = shutil.which("node")
SCRIPTS = next(iter(pages.__path__))
CLOSED_AND_EARLY = {"2027-03-08": "", "2027-03-10": "01:00-03:00"}
HOURS = hours_document(some_hours("12:00-02:00", week={5: "18:00-24:00"}, special=CLOSED_AND_EARLY))

# By the restaurant's clock · the date whose service runs
MOMENTS = [
    ("2027-03-05T23:30", "2027-03-05"),
    ("2027-03-06T00:30", "2027-03-05"),
    ("2027-03-06T01:59", "2027-03-05"),
    ("2027-03-06T02:00", "2027-03-06"),  # closed: the next day's is to come
    ("2027-03-07T00:30", "2027-03-07"),  # Saturday closes at midnight
    ("2027-03-09T00:30", "2027-03-09"),  # the day before was closed
    ("2027-03-10T00:30", "2027-03-09"),
    ("2027-03-10T01:00", "2027-03-10"),  # whose own service has begun
]


def run(expression: str, script: str = "shared/dates.js") -> object:
    """What the expression is with one of the pages' scripts as `page`, in a browser of another
    zone."""
    assert NODE is not None
    script = (
        f"import * as page from {json.dumps(f'{SCRIPTS}/{script}')};"
        f"console.log(JSON.stringify({expression}))"
    )
    ran = subprocess.run(
        [NODE, *AS_MODULES, "-e", script],
        env={"TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(ran.stdout)


def test_a_page_opens_on_the_date_whose_service_runs() -> None:
    moments = json.dumps([f"{moment}:00+04:00" for moment, _ in MOMENTS])
    hours = json.dumps(HOURS)
    days = run(f"{moments}.map((at) => page.serviceDay('Asia/Baku', {hours}, new Date(at)))")
    assert days == [day for _, day in MOMENTS]


def test_the_list_of_all_restaurants_opens_on_last_night_until_six() -> None:
    moments = json.dumps(["2027-03-06T05:59:00+04:00", "2027-03-06T06:00:00+04:00"])
    days = run(f"{moments}.map((each) => page.serviceDayOfAll('Asia/Baku', new Date(each)))")
    assert days == ["2027-03-05", "2027-03-06"]


def test_a_link_to_the_evening_names_restaurant_and_day() -> None:
    for search, day, restaurant in (
        ("?restaurant=sahil&date=2026-12-04", "2026-12-04", "sahil"),
        ("?date=2026-02-30", "today", None),
        ("?date=x&restaurant=nowhere", "today", None),
        ("", "today", None),
    ):
        address = f"{json.dumps(search)}, "
        asked = f"page.askedRestaurant({address}[{{slug: 'cay'}}, {{slug: 'sahil'}}])?.slug ?? null"

        assert run(f"page.askedDay({address}'today')", "admin/address.js") == day
        assert run(asked, "admin/address.js") == restaurant
