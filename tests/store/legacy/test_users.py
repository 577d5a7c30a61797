from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import argon2
import pytest

from bakureserve.domain.accounts import contact
from bakureserve.store.legacy.report import ReportEntry
from tests.kit.builders import utc
from tests.kit.old_server import (
    a_restaurant,
    a_user,
    codes,
    entry_of,
    query,
    run,
    without,
    write,
)

COLUMNS = (
    "id", "name", "email", "phone", "password_hash", "role", "verified_email", "verified_phone",
    "extra",
)  # fmt: skip


def accounts(path: Path) -> dict[str, dict[str, Any]]:
    rows = query(path, f"select {', '.join(COLUMNS)} from user_account")
    return {row[0]: dict(zip(COLUMNS, row, strict=True)) for row in rows}


def test_an_account_comes_along_whole(path: Path, tmp_path: Path) -> None:
    report = run(path, write(tmp_path / "old", users={"u1": a_user(loyalty=3)}))
    assert report.is_clean
    assert accounts(path)["u1"] == {
        **without(a_user(), "created_at", "updated_at"),
        "role": "guest",
        "verified_email": 1,
        "verified_phone": 0,
        "extra": '{"loyalty":3}',
    }
    times = query(path, "select created_at, updated_at from user_account")
    assert times == [
        tuple(int(utc(f"2026-10-0{day} 12:00").timestamp() * 1_000_000) for day in (1, 2))
    ]


def test_a_hash_is_taken_unless_it_is_of_another_kind_or_beyond_all_cost(
    path: Path, tmp_path: Path
) -> None:
    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    unusable = (
        "secret",
        "$2b$12$abcdefghijklmnopqrstuv",
        "$argon2i$v=19$m=8,t=1,p=1$c29t$cXFx",
        "$argon2id$v=19$m=4194304,t=9,p=64$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        7,
        "",
    )
    users = {
        f"u{number}": a_user(f"u{number}", password_hash=each)
        for number, each in enumerate((quick.hash("çox gizli"), *unusable))
    }
    report = run(path, write(tmp_path / "old", users=users))
    found = accounts(path)
    assert quick.verify(found["u0"]["password_hash"], "çox gizli")
    for number in range(1, len(unusable) + 1):
        assert codes(report, f"u{number}") == ["old_password_unusable"]
        kept = found[f"u{number}"]
        assert (kept["password_hash"], kept["extra"]) == (None, "{}")


@pytest.mark.parametrize(
    ("old", "ours"),
    [
        (" Leyla@Example.AZ ", "leyla@example.az"),
        ("leyla@xn--mnchen-3ya.de", "leyla@münchen.de"),
        ("zoe\u0308@example.az", "zo\u00eb@example.az"),
    ],
)
def test_an_address_is_written_as_logins_look_for_it(
    path: Path, tmp_path: Path, old: str, ours: str
) -> None:
    report = run(path, write(tmp_path / "old", users={"u1": a_user(email=old)}))
    assert codes(report, "u1") == ["old_email_normalised"]
    assert accounts(path)["u1"]["email"] == ours == contact.email_key(old)


def test_of_two_accounts_with_one_address_the_first_is_taken(path: Path, tmp_path: Path) -> None:
    users = {"u1": a_user("u1"), "u2": a_user("u2", email="U1@example.az")}
    report = run(path, write(tmp_path / "old", users=users))
    assert codes(report, "u2") == ["old_email_taken"]
    assert entry_of(report, "u2").reasons[0].params == {"other": "u1"}
    assert list(accounts(path)) == ["u1"]


def test_an_account_without_a_way_to_log_in_is_rejected(path: Path, tmp_path: Path) -> None:
    users: dict[str, Any] = {
        "u0": a_user("u0", role="admin", is_admin=True),
        "u1": a_user(email=None),
        "u2": a_user(email="leyla"),
        "u3": a_user(email=f"{'a' * 250}@example.az"),
        "u4": ["leyla@example.az"],
        "": a_user(),
        "  ": a_user(),
        "k" * 121: a_user(),
    }
    report = run(path, write(tmp_path / "old", users=users))
    for number in (1, 2, 3):
        assert codes(report, f"u{number}") == ["old_email_unusable"]
        assert entry_of(report, f"u{number}").position == number
    assert codes(report, "u4") == ["old_row_not_object"]
    assert report.files["users.json"].rejected == 7
    assert list(accounts(path)) == ["u0"]
    assert accounts(path)["u0"]["role"] == "guest"  # nobody becomes more by an old file


def test_the_key_in_the_file_is_the_id(path: Path, tmp_path: Path) -> None:
    report = run(path, write(tmp_path / "old", users={"u1": a_user("u7")}))
    assert codes(report, "u1") == ["old_id_differs"]
    assert accounts(path)["u1"]["extra"] == '{"id":"u7"}'


def test_a_key_that_comes_twice_counts_twice(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", restaurants=[a_restaurant()])
    user = json.dumps(a_user())
    (folder / "users.json").write_text(f'{{"users": {{"u1": {user}, "u1": {user}}}}}')
    report = run(path, folder)
    assert codes(report, "u1") == ["old_id_repeated"]
    assert report.files["users.json"].counts()["read"] == 2


def test_the_report_tells_neither_addresses_nor_hashes(path: Path, tmp_path: Path) -> None:
    users = {
        "u1": a_user(email="Gizli@example.az"),
        "u2": a_user("u2", email="gizli@example.az"),
        "u3": a_user("u3", password_hash="gizli", phone=5550000000),
    }
    out = io.BytesIO()
    report = run(path, write(tmp_path / "old", users=users))
    report.write_json(out)
    assert len(report.entries) == 4
    for personal in (b"izli", b"argon2", b"555000", b"Leyla"):
        assert personal not in out.getvalue()


@pytest.mark.parametrize(
    ("old", "ours", "reasons"),
    [
        ("+994501112233", "+994501112233", []),
        ("050 111 22 33", "+994501112233", ["old_phone_normalised"]),
        (994501112233, "+994501112233", ["old_value_converted", "old_phone_normalised"]),
        ("+447700900123", "+447700900123", []),
        ("ask my brother", "", ["old_phone_unusable"]),
        ("", "", []),
        (None, "", []),
    ],
)
def test_a_phone_number_is_written_as_accounts_write_it(
    path: Path, tmp_path: Path, old: Any, ours: str, reasons: list[str]
) -> None:
    user = a_user(phone=old, verified_phone=True)
    report = run(path, write(tmp_path / "old", users={"u1": user}))
    account = accounts(path)["u1"]
    assert (account["phone"], account["verified_phone"]) == (ours, bool(ours))
    assert json.loads(account["extra"]) == ({"phone": old} if reasons else {})
    assert [code for entry in report.entries if entry.id == "u1" for code in told(entry)] == reasons


def told(entry: ReportEntry) -> list[str]:
    return [reason.code for reason in entry.reasons]


def test_a_password_hash_that_is_written_twice_is_kept_once(path: Path, tmp_path: Path) -> None:
    folder = write(tmp_path / "old", users={"u1": a_user()})
    file = folder / "users.json"
    twice = '"password_hash": "an older one", "password_hash"'
    file.write_text(file.read_text().replace('"password_hash"', twice))
    assert codes(run(path, folder), "u1") == ["old_key_repeated"]
    assert accounts(path)["u1"]["extra"] == '{"repeated_keys":{}}'
