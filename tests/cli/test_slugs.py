"""Restaurants by slugs that are mistyped, or not yet typed to the end."""

from __future__ import annotations

from pathlib import Path

import pytest

from bakureserve.cli.slugs import meant
from bakureserve.cli.status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit import program
from tests.kit.houses import CAY_EVI, SAHIL

SLUGS = ["das-nerdivan", "qirx-pille-cay-evi", "sahil-bagi"]


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
def test_the_likest_is_meant(typed: str, slug: str | None) -> None:
    assert meant(typed, SLUGS) == slug


@pytest.mark.parametrize(
    "line",
    [
        "restaurants show sahl-bagi",
        "restaurants remove sahl-bagi --yes",
        "restaurants export sahl-bagi",
        "reservations list --restaurant sahl-bagi",
        "reservations export --restaurant sahl-bagi",
        "reservations close-day --restaurant sahl-bagi",
        "arrivals list sahl-bagi",
        "outbox secret sahl-bagi",
        "users grant somebody@example.az sahl-bagi",
    ],
)
def test_a_slug_with_a_slip_is_answered_with_the_right_one(line: str, run: Run) -> None:
    ran = run(*line.split())

    assert (ran.status, ran.out) == (Status.NOT_FOUND, "")
    assert ran.err == f"There is no restaurant sahl-bagi. Did you mean {SAHIL.slug}?\n"


@pytest.mark.parametrize(
    "line",
    [
        "restaurants show",
        "restaurants export",
        "reservations list --restaurant",
        "reservations close-day --restaurant",
        "arrivals list",
        "outbox secret",
        "users grant aysel@example.az",
        "users revoke aysel@example.az",
    ],
)
def test_an_id_is_read_in_any_letter_case_wherever_a_restaurant_is_named(
    line: str, run: Run
) -> None:
    id_ = "0b5c1a3e-aaaa-4bbb-8ccc-dddddddddddd"
    run(*["users", "add", "--email", "aysel@example.az", "--name", "Aysel"], fed="correct horse\n")

    assert f"There is no restaurant {id_}." in run(*line.split(), id_.upper()).err


class TestTheTabKey:
    @pytest.mark.parametrize(
        "words",
        [
            "restaurants show",
            "restaurants remove",
            "restaurants export",
            "reservations list --restaurant",
            "reservations export --restaurant",
            "reservations close-day --restaurant",
            "arrivals list",
            "outbox secret",
            "users grant somebody@example.az",
            "users revoke somebody@example.az",
            "eta way 40.4,49.8",
            "eta",
            "eta 40.4,49.8",
        ],
    )
    def test_offers_slugs_wherever_a_restaurant_is_named(
        self, words: str, house_settings: Settings
    ) -> None:
        typed = f"bakureserve {words} sah"

        assert self.offered(typed, house_settings.data_dir) == [SAHIL.slug]

    def test_offers_all_of_the_folder_that_is_named_before_it(
        self, house_settings: Settings, tmp_path: Path
    ) -> None:
        typed = f"bakureserve --data-dir {house_settings.data_dir} restaurants show "

        assert self.offered(typed, tmp_path) == sorted([SAHIL.slug, CAY_EVI.slug])

    @pytest.mark.parametrize("content", [None, b"no database"])
    def test_offers_nothing_and_says_nothing_where_there_is_no_database(
        self, content: bytes | None, tmp_path: Path
    ) -> None:
        if content is not None:
            (tmp_path / "bakureserve.db").write_bytes(content)

        assert self.offered("bakureserve restaurants show ", tmp_path) == []
        assert len(list(tmp_path.iterdir())) == (content is not None)

    @staticmethod
    def offered(typed: str, data_dir: Path) -> list[str]:
        done = program.run(
            cwd=data_dir,
            DATA_DIR=str(data_dir),
            _BAKURESERVE_COMPLETE="complete_bash",
            COMP_WORDS=typed,
            COMP_CWORD=str(len(typed.split(" ")) - 1),
        )
        assert done.stderr == ""
        return done.stdout.split()
