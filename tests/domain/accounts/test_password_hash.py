from __future__ import annotations

from argon2 import PasswordHasher

from bakureserve.domain.accounts.account import is_affordable

SALT_AND_DIGEST = "$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"


def with_costs(costs: str) -> str:
    return f"$argon2id$v=19${costs}{SALT_AND_DIGEST}"


def test_what_programs_usually_make_is_affordable() -> None:
    for hasher in [
        PasswordHasher(),
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, salt_len=64, hash_len=128),
    ]:
        assert is_affordable(hasher.hash("çox gizli"))


def test_what_would_take_gigabytes_or_minutes_or_many_threads_is_not() -> None:
    for costs, affordable in [
        ("m=262144,t=4,p=16", True),
        ("m=262145,t=1,p=1", False),
        ("m=65536,t=17,p=1", False),
        ("m=8,t=999999999,p=1", False),
        ("m=4096,t=1,p=17", False),
        ("m=9999999999,t=1,p=1", False),
    ]:
        assert is_affordable(with_costs(costs)) is affordable


def test_anything_else_is_no_hash_of_ours() -> None:
    for text in [
        "",
        "secret",
        "$2b$12$abcdefghijklmnopqrstuv",
        f"$argon2i$v=19$m=8,t=1,p=1{SALT_AND_DIGEST}",
        f"$argon2id$v=18$m=8,t=1,p=1{SALT_AND_DIGEST}",
        with_costs("m=-8,t=1,p=1"),
        with_costs("m=8,t=1,p=1") + "\n",
        with_costs("m=8,t=1,p=1") + "A" * 200,
    ]:
        assert not is_affordable(text)
