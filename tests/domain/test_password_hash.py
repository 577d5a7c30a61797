from __future__ import annotations

import pytest
from argon2 import PasswordHasher

from bakureserve.domain.accounts.account import is_affordable

SALT_AND_DIGEST = "$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA"


def with_costs(costs: str) -> str:
    return f"$argon2id$v=19${costs}{SALT_AND_DIGEST}"


@pytest.mark.parametrize(
    "hasher",
    [
        PasswordHasher(),
        PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1, salt_len=64, hash_len=128),
    ],
)
def test_what_programs_usually_make_is_affordable(hasher: PasswordHasher) -> None:
    assert is_affordable(hasher.hash("çox gizli"))


@pytest.mark.parametrize(
    ("costs", "affordable"),
    [
        ("m=262144,t=4,p=16", True),
        ("m=262145,t=1,p=1", False),
        ("m=65536,t=17,p=1", False),
        ("m=8,t=999999999,p=1", False),
        ("m=4096,t=1,p=17", False),
        ("m=9999999999,t=1,p=1", False),
    ],
)
def test_what_would_take_gigabytes_or_minutes_or_many_threads_is_not(
    costs: str, affordable: bool
) -> None:
    assert is_affordable(with_costs(costs)) is affordable


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        "$2b$12$abcdefghijklmnopqrstuv",
        f"$argon2i$v=19$m=8,t=1,p=1{SALT_AND_DIGEST}",
        f"$argon2id$v=18$m=8,t=1,p=1{SALT_AND_DIGEST}",
        with_costs("m=-8,t=1,p=1"),
        with_costs("m=8,t=1,p=1") + "\n",
        with_costs("m=8,t=1,p=1") + "A" * 200,
    ],
)
def test_anything_else_is_no_hash_of_ours(text: str) -> None:
    assert not is_affordable(text)
