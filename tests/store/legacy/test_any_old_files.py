"""Whatever the old files hold: nothing is lost, counts add up, and no table is held twice."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.kit.examples import examples
from tests.kit.old_server import a_restaurant, a_row, a_user, dump, overlaps, query, run

JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2)
    ),
    max_leaves=4,
)


def _hour(hour: int, form: int) -> str:
    if form == 0:
        return f"2026-12-03T{hour + 4:02}:00:00"
    return f"2026-12-03T{hour + 4:02}:00:00+04:00" if form == 1 else f"2026-12-03T{hour:02}:00:00Z"


@st.composite
def rows(draw: st.DrawFn) -> Any:
    """A row of an evening in which everybody wants the same few tables, now and then spoilt."""
    hour, length = draw(st.integers(8, 16)), draw(st.integers(0, 3))
    row = a_row(
        draw(st.sampled_from("abcdefghij")),
        restaurant_id=draw(st.sampled_from(["v1", "v1", "v1", "v2", "v9"])),
        table_id=draw(st.sampled_from(["t1", "t1", "t2", "t9", None])),
        party_size=draw(st.integers(1, 6)),
        status=draw(st.sampled_from(["booked", "booked", "cancelled"])),
        start=_hour(hour, draw(st.integers(0, 2))),
        end=_hour(hour + length, draw(st.integers(0, 2))),
    )
    if draw(st.integers(0, 3)) == 0:
        name = draw(st.sampled_from([*row, "unknown"]))
        if draw(st.booleans()):
            row[name] = draw(JUNK)
        else:
            row.pop(name, None)
    return draw(st.just(row) | st.just(row) | st.just(row) | JUNK)


@st.composite
def restaurants(draw: st.DrawFn) -> Any:
    restaurant = a_restaurant(
        draw(st.sampled_from(["v1", "v2"])), *draw(st.lists(CAPACITY, max_size=3))
    )
    if draw(st.integers(0, 2)) == 0:
        restaurant[draw(st.sampled_from([*restaurant, "tags", "latitude"]))] = draw(JUNK)
    if draw(st.integers(0, 4)) == 0 and isinstance(restaurant["areas"], list):
        restaurant["areas"] = [*restaurant["areas"], draw(JUNK)]
    return restaurant


CAPACITY = st.integers(1, 6)
USERS = st.dictionaries(
    st.sampled_from(["u1", "u2", "u3"]),
    st.builds(lambda email: a_user(email=email), st.sampled_from(["a@b.az", "A@b.az", "c@d.az", 1]))
    | JUNK,
    max_size=3,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(60))
@given(
    restaurants=st.lists(restaurants(), max_size=3),
    bookings=st.lists(rows(), max_size=14),
    users=USERS,
)
def test_nothing_is_lost_nothing_is_held_twice_and_a_second_run_changes_nothing(
    migrated: Path, restaurants: list[Any], bookings: list[Any], users: dict[str, Any]
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = Path(shutil.copy(migrated, folder / "store.db"))
        contents = {
            "restaurants.json": restaurants,
            "reservations.json": {"reservations": bookings},
            "users.json": {"users": users},
        }
        for file, content in contents.items():
            (folder / file).write_text(json.dumps(content))
        report = run(path, folder)
        assert report.result == "taken", report.error
        read = {"restaurants.json": restaurants, "reservations.json": bookings, "users.json": users}
        for file in report.files.values():
            assert file.read == len(read[file.file])
            assert file.read == file.imported + file.unchanged + file.adjusted + file.rejected
        landed = {file.file: file.imported + file.adjusted for file in report.files.values()}
        assert landed == {
            "restaurants.json": query(path, "select count(*) from restaurant")[0][0],
            "reservations.json": query(path, "select count(*) from reservation")[0][0],
            "users.json": query(path, "select count(*) from user_account")[0][0],
        }
        listed = [entry for entry in report.entries if entry.outcome in {"adjusted", "rejected"}]
        assert all(entry.reasons for entry in listed)
        assert len(listed) == sum(f.adjusted + f.rejected for f in report.files.values())
        assert len({(entry.file, entry.position) for entry in listed}) == len(listed)
        assert overlaps(path) == []
        _every_live_party_has_a_table_or_needs_attention(path)
        before = dump(path)
        again = run(path, folder)
        assert dump(path) == before
        assert again.landed == 0
        assert again.rejected == report.rejected


def _every_live_party_has_a_table_or_needs_attention(path: Path) -> None:
    assert (
        query(
            path,
            "select r.id from reservation r left join table_occupancy o on o.reservation_id = r.id"
            " where r.status in ('booked', 'seated')"
            " and (r.attention is not null) = (o.table_key is not null)"
            " or r.table_key is not o.table_key and o.table_key is not null",
        )
        == []
    )
