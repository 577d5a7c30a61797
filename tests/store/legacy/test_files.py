from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bakureserve.domain.errors import Invalid
from bakureserve.store.legacy.files import find_old_files, old_files_in
from bakureserve.store.legacy.json_rows import DEEPEST
from tests.kit.old_server import (
    a_restaurant,
    a_row,
    a_user,
    codes,
    query,
    run,
    stored,
    write,
)

WHOLE = json.dumps({"reservations": [a_row()]}, indent=1).encode()

BAD_FILES = {
    "truncated": ("old_file_truncated", WHOLE[:-30], 21),
    "truncated after a row": ("old_file_truncated", WHOLE[:-3], 23),
    "no JSON": ("old_file_not_json", b"reservations:\n- id: 1\n", 1),
    "a comma too many": ("old_file_not_json", b'{"reservations": [\n1,\n]}', 3),
    "text after the end": ("old_file_not_json", WHOLE + b"\n]", 25),
    "NaN": ("old_file_not_json", b'{"reservations": [\nNaN]}', 2),
    "Latin-1": ("old_file_not_utf8", b'{"reservations":\n[{"id": "caf\xe9"}]}', 2),
    "UTF-16": ("old_file_not_utf8", WHOLE.decode().encode("utf-16"), 1),
    "half a letter at the end": ("old_file_not_utf8", b'{"a": "\xc3', 1),
}
WRONG_SHAPES = {
    "an array": b"[]",
    "null": b"null",
    "another key": b'{"bookings": []}',
    "rows in an object": b'{"reservations": {"r1": {}}}',
    "text": b'"reservations"',
}


@pytest.mark.parametrize(("code", "content", "line"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_file_is_named_with_the_line_and_nothing_is_taken(
    path: Path, tmp_path: Path, code: str, content: bytes, line: int
) -> None:
    folder = write(tmp_path / "old", users={"u1": a_user()})
    (folder / "reservations.json").write_bytes(content)
    report = run(path, folder)
    assert report.result == "nothing_taken"
    assert report.error is not None
    assert report.error.code == code
    assert report.error.params["path"] == str(folder / "reservations.json")
    assert report.error.params["line"] == line
    assert query(path, "select count(*) from restaurant") == [(0,)]
    assert query(path, "select count(*) from user_account") == [(0,)]


@pytest.mark.parametrize(
    ("content", "offset", "column"),
    [(b'{"reservations": [1, \n 2 x]}', 25, 4), (b'\xef\xbb\xbf{"reservations": [x]}', 21, 22)],
)
def test_the_place_is_exact_to_the_byte(
    path: Path, tmp_path: Path, content: bytes, offset: int, column: int
) -> None:
    folder = write(tmp_path / "old")
    (folder / "reservations.json").write_bytes(content)
    error = run(path, folder).error
    assert error is not None
    assert (error.params["byte"], error.params["column"]) == (offset, column)


def test_a_file_of_the_wrong_shape_is_refused(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old")
    for content in WRONG_SHAPES.values():
        (folder / "reservations.json").write_bytes(content)
        error = run(path, folder).error
        assert error is not None
        assert error.code == "old_file_wrong_shape"
        assert error.params["expected"] == '{"reservations": […]}'
    (folder / "reservations.json").write_bytes(b'{"reservations": [' + b"[" * 200_000)
    error = run(path, folder).error
    assert error is not None
    assert (error.code, error.params["deepest"]) == ("old_file_too_deep", DEEPEST)


def test_a_byte_order_mark_does_no_harm(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", [a_row(guest_name="Ərəstün")])
    for file in folder.iterdir():
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert run(path, folder).is_clean
    assert stored(path).guest_name == "Ərəstün"


def test_keys_beside_the_rows_are_named(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old")
    content = {"version": {"major": [3]}, "reservations": [a_row()], "saved_by": "old"}
    (folder / "reservations.json").write_text(json.dumps(content))
    report = run(path, folder)
    assert report.files["reservations.json"].unread == ["version", "saved_by"]
    assert not report.is_clean
    assert report.landed == 2


def test_an_unknown_key_is_kept_whatever_it_holds(path: Path, tmp_path: Path) -> None:
    values = {
        "1.5": 1.5,
        "9007199254740993": 9007199254740993,
        "123456789012345678901234567890": "123456789012345678901234567890",
        "1e999": "1e999",
        '["a", {"b": null}]': ["a", {"b": None}],
    }
    folder = row_with(tmp_path / "old", "loyalty", ", ".join(values).join("[]"))
    assert run(path, folder).is_clean
    assert stored(path).extra == {"loyalty": list(values.values())}


def row_with(folder: Path, field: str, written: str) -> Path:
    """The folder with a row whose field is written so."""
    write(folder, [a_row(**{field: "HERE"}), a_row("r2", table_id="t2")])
    file = folder / "reservations.json"
    file.write_text(file.read_text().replace('"HERE"', written))
    return folder


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("party_size", "old_party_unreadable"),
        ("status", "old_status_unknown"),
        ("start", "old_time_unreadable"),
        ("restaurant_id", "old_restaurant_unknown"),
        ("guest_phone", "old_text_cut"),
        ("prep_eta_minutes", "old_value_unusable"),
    ],
)
def test_an_endless_number_is_the_fault_of_its_row(
    path: Path, tmp_path: Path, field: str, reason: str
) -> None:
    report = run(path, row_with(tmp_path / "old", field, "9" * 5000))
    assert codes(report) == [reason]
    assert stored(path, "r2").table_id == "t2"
    if field in {"guest_phone", "prep_eta_minutes"}:  # what a row can do without is kept aside
        assert stored(path).extra == {field: "9" * 5000}


def test_faults_are_told_of_accounts_and_restaurants_as_well(path: Path, tmp_path: Path) -> None:
    restaurant = a_restaurant(set_aside="of the file's own", city="HERE")
    folder = write(tmp_path / "old", restaurants=[restaurant], users={"u1": a_user(name="HERE")})
    for file in folder.iterdir():
        file.write_text(file.read_text().replace('"HERE"', r'"a", "x": 1, "x": "\udfff"'))
    report = run(path, folder)
    assert codes(report, "u1") == ["old_text_broken", "old_key_repeated"]
    assert codes(report, "v1")[:2] == ["old_text_broken", "old_key_repeated"]
    kept = {"broken_text": {"x": r'"\udfff"'}, "repeated_keys": {"x": [1]}}
    ((extra,),) = query(path, "select extra from user_account")
    assert json.loads(extra) == {"x": "\ufffd", **kept}
    ((document,),) = query(path, "select document from restaurant")
    assert json.loads(document)["extra"]["set_aside"] == {"set_aside": "of the file's own", **kept}


def test_the_rows_of_a_file_stand_in_it_once(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old")
    (folder / "reservations.json").write_text('{"reservations": [], "reservations": [1]}')
    error = run(path, folder).error
    assert error is not None
    assert (error.code, error.params["found"]) == ("old_file_wrong_shape", "its key twice")


def test_the_files_are_hashed_and_left_as_they_are(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", [a_row()], users={"u1": a_user()})
    before = {file: (file.read_bytes(), file.stat().st_mtime_ns) for file in folder.iterdir()}
    for file in folder.iterdir():
        file.chmod(0o400)
    report = run(path, folder)
    import hashlib

    for file, (content, changed) in before.items():
        found = report.files[file.name]  # type: ignore[index]
        assert (found.bytes, found.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert (file.read_bytes(), file.stat().st_mtime_ns) == (content, changed)


def test_an_empty_file_is_said_to_be_empty(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old")
    file = folder / "reservations.json"
    for content in (b"", b"\xef\xbb\xbf", b" \n\n"):
        file.write_bytes(content)
        error = run(path, folder).error
        assert error is not None
        assert (error.code, error.params["path"]) == ("old_file_empty", str(file))


NO_FILES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "a folder": ("old_file_not_a_file", Path.mkdir),
    "a pipe": ("old_file_not_a_file", os.mkfifo),
    "a device": ("old_file_not_a_file", lambda path: path.symlink_to("/dev/zero")),
    "a link to nothing": ("old_file_link_dangles", lambda path: path.symlink_to("nowhere")),
    "a link to itself": ("old_file_unreadable", lambda path: path.symlink_to(path)),
}


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(("code", "put"), NO_FILES.values(), ids=NO_FILES)
def test_what_stands_in_a_files_place_and_is_none_is_refused(
    tmp_path: Path, code: str, put: Callable[[Path], None], named: bool
) -> None:
    folder = write(tmp_path / "old")
    place = folder / "users.json"
    put(place)
    with pytest.raises(Invalid, match=code) as refused:
        find_old_files(folder, place if named else None)
    assert refused.value.params["path"] == str(place)


def test_accounts_may_lie_elsewhere(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="old_files_missing"):
        find_old_files(tmp_path)
    assert old_files_in(tmp_path) == []
    folder = write(tmp_path / "old")
    elsewhere = tmp_path / "program" / "people.json"
    with pytest.raises(Invalid, match="old_file_missing"):
        find_old_files(folder, elsewhere)
    elsewhere.parent.mkdir()
    elsewhere.write_text("{}")
    (folder / "users.json").symlink_to(folder / "restaurants.json")
    assert find_old_files(folder).users == folder / "users.json"
    (folder / "users.json").unlink()
    (folder / "users.json").mkdir()  # is not looked at when another is named
    assert find_old_files(folder, elsewhere).users == elsewhere


def test_reservations_alone_need_restaurants_in_the_store(path: Path, tmp_path: Path) -> None:
    alone = write(tmp_path / "alone", [a_row()], restaurants=None)
    refused = run(path, alone)
    run(path, write(tmp_path / "venues", restaurants=[a_restaurant()]))
    taken = run(path, alone)
    assert refused.error is not None
    assert refused.error.code == "old_restaurants_missing"
    assert taken.is_clean
    assert taken.landed == 1


def test_a_row_that_is_no_object_is_rejected_alone(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", [a_row(), "r2", None, [a_row("r3")]])
    report = run(path, folder)
    counts = report.files["reservations.json"].counts()
    assert counts == {"read": 4, "imported": 1, "unchanged": 0, "adjusted": 0, "rejected": 3}
    rejected = [entry for entry in report.entries if entry.outcome == "rejected"]
    assert [entry.position for entry in rejected] == [1, 2, 3]
    assert {reason.code for entry in rejected for reason in entry.reasons} == {"old_row_not_object"}
    assert codes(report, "v1") == ["assumed_opening_hours", "assumed_booking"]
