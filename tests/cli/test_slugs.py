"""Restaurants by slugs that are mistyped, or not yet typed to the end."""

from __future__ import annotations

import pytest

from bakureserve.cli.context import closest_slug
from bakureserve.cli.exit_status import Status
from tests.cli.conftest import Run
from tests.kit.houses import CAY_EVI, SAHIL

SLUGS = ["das-nerdivan", "qirx-pille-cay-evi", "sahil-bagi"]
NAME_A_RESTAURANT = [
    "restaurants show",
    "restaurants remove",
    "restaurants export",
    "reservations list --restaurant",
    "reservations export --restaurant",
    "reservations close-day --restaurant",
    "arrivals list",
    "outbox secret",
    "users grant aysel@example.az",
    "users revoke aysel@example.az",
]


@pytest.mark.parametrize(
    ("typed", "slug"),
    [
        ("das-nerdvan", "das-nerdivan"),
        ("Daş Nərdivan", "das-nerdivan"),
        ("dash nerdivan", "das-nerdivan"),
        ("qirx", "qirx-pille-cay-evi"),
        ("sahil_bagi", "sahil-bagi"),
        ("nowhere", None),
        ("", None),
        ("d", None),
    ],
)
def test_the_likeliest_slug_is_meant(typed: str, slug: str | None) -> None:
    assert closest_slug(typed, SLUGS) == slug


def test_a_slug_with_a_slip_is_answered_with_the_right_one(run: Run) -> None:
    said = f"There is no restaurant sahl-bagi. Did you mean {SAHIL.slug}?\n"
    for line in NAME_A_RESTAURANT:
        if not line.startswith("users revoke"):
            yes = ["--yes"] if "remove" in line else []
            assert run(*line.split(), "sahl-bagi", *yes) == (Status.NOT_FOUND, "", said), line


def test_an_id_is_read_in_any_letter_case_wherever_a_restaurant_is_named(run: Run) -> None:
    id_ = "0b5c1a3e-aaaa-4bbb-8ccc-dddddddddddd"
    run("users", "add", "--email", "aysel@example.az", "--name", "Aysel", fed="correct horse\n")
    for line in NAME_A_RESTAURANT:
        assert f"There is no restaurant {id_}." in run(*line.split(), id_.upper()).err, line


def offered(run: Run, typed: str) -> list[str]:
    """What the Tab key offers after these words."""
    at = str(len(typed.split(" ")))
    return run.completed(COMP_WORDS=f"bakureserve {typed}", COMP_CWORD=at)


def test_the_tab_key_offers_slugs_wherever_a_restaurant_is_named(run: Run) -> None:
    for words in (*NAME_A_RESTAURANT, "eta way 40.4,49.8", "eta", "eta 40.4,49.8"):
        assert offered(run, f"{words} sah") == [SAHIL.slug], words


def test_the_tab_key_offers_slugs_of_the_folder_that_is_named_before(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", "elsewhere")
    found = offered(run, f"--data-dir {run.folder} restaurants show ")
    assert found == sorted([SAHIL.slug, CAY_EVI.slug])


@pytest.mark.parametrize("content", [None, b"no database"])
def test_the_tab_key_offers_nothing_where_there_is_no_database(
    content: bytes | None, bare: Run
) -> None:
    if content is not None:
        bare.database.write_bytes(content)
    assert offered(bare, "restaurants show ") == []
    assert bare.database.exists() is (content is not None)
