"""Ways on the command line, where no map service answers: told, drawn, compared and learnt from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import get_args

import pytest

from bakureserve.cli.screens.eta import BECAUSE, leg_bar, sum_of
from bakureserve.cli.screens.marks import MARKS
from bakureserve.cli.status import Status
from bakureserve.domain.arrivals.calibration import Prediction
from bakureserve.domain.places.estimate import Choice, Leg, Outcome, TrafficCondition
from bakureserve.eta.factory import eta_rules
from bakureserve.eta.route import Route
from bakureserve.eta.route_choice import BaseRoute, Circumstances, make_estimate
from bakureserve.eta.speed_fit import FEWEST_TRIPS
from bakureserve.settings import Settings
from bakureserve.store import calibration, reservations
from bakureserve.store.transaction import Transaction
from tests.cli.conftest import Run
from tests.kit import program
from tests.kit.houses import NOW, SAHIL, by_another_hand
from tests.store.samples import a_reservation

HOME = "40.4093,49.8671"


class TestAWay:
    @pytest.mark.parametrize("to", ["40.37,49.8372", SAHIL.slug, "sahl bagi"])
    def test_is_estimated_to_a_point_a_restaurant_or_a_name(self, run: Run, to: str) -> None:
        ran = run("eta", HOME, to)

        facts = dict(ran.cells)
        assert facts["provider"] == "fallback"
        assert facts["eta"].startswith("15 min")
        assert facts["from"] == HOME

    def test_that_is_a_guess_exits_with_one(self, run: Run) -> None:
        assert run("eta", HOME, SAHIL.slug).status == Status.FINDING

    def test_may_be_asked_for_by_its_verb(self, run: Run) -> None:
        assert run("eta", "way", HOME, SAHIL.slug) == run("eta", HOME, SAHIL.slug)

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--json", HOME, SAHIL.slug],
            [HOME, "--json", SAHIL.slug],
            [HOME, SAHIL.slug, "--json"],
            ["--debug", HOME, SAHIL.slug, "--json"],
            ["way", HOME, SAHIL.slug, "--json"],
        ],
    )
    def test_is_json_when_asked_for_wherever_the_option_stands(
        self, run: Run, arguments: list[str]
    ) -> None:
        told = run("eta", *arguments).json

        assert told["destination"]["name"] == "Sahil Bağı"
        assert told["directions"]["provider"] == told["diagnosis"]["base"] == "fallback"

    @pytest.mark.parametrize(
        "arguments", [["--debug", HOME, SAHIL.slug], [HOME, SAHIL.slug, "--debug"]]
    )
    def test_is_drawn_with_its_sum(self, run: Run, arguments: list[str]) -> None:
        ran = run("eta", *arguments)

        assert f"{HOME} → Sahil Bağı, Bulvar" in ran.out
        assert "fallback: no map service came in time" in ran.out
        assert "1200 ms" in ran.out
        assert "5.05 km as the crow flies" in ran.out
        assert "× 1 + 0 =" in ran.out

    def test_is_compared_with_what_others_say(self, run: Run) -> None:
        ran = run("eta", HOME, SAHIL.slug, "--compare")

        rows = {cells[0]: cells[1:] for cells in ran.cells}
        assert rows.keys() == {"gomap", "osrm", "straight line", "fallback"}
        assert rows["gomap"] == ["", "", "", "disabled"]
        assert rows["straight line"][0] == "5.05"
        assert rows["fallback"][2] == "28"

    def test_is_asked_for_again_and_again(self, run: Run) -> None:
        ran = run("eta", HOME, SAHIL.slug, "--repeat", "3")

        assert [cells[:2] for cells in ran.cells] == [[str(n), "fallback"] for n in (1, 2, 3)]
        assert "ms at least" in ran.err
        assert len(run("eta", HOME, SAHIL.slug, "--repeat", "3", "--json").json) == 3

    def test_to_nowhere_is_refused_in_a_sentence(self, run: Run) -> None:
        ran = run("eta", HOME, "nowhere at all")

        assert (ran.status, ran.out) == (Status.NOT_FOUND, "")
        assert "nowhere at all" in ran.err

    @pytest.mark.parametrize("point", ["91,49", "-90.5,49", "40.4,181", "nan,49"])
    def test_from_a_point_that_is_not_on_earth_is_never_one_from_a_place_of_that_name(
        self, run: Run, point: str
    ) -> None:
        ran = run("eta", point, SAHIL.slug)

        assert (ran.status, ran.out) == (Status.NOT_FOUND, "")
        assert f"no point {point} on earth" in ran.err

    @pytest.mark.parametrize(
        "arguments",
        [
            ["-33.9,18.4", "-34.1,18.5"],
            ["way", "-33.9,18.4", "-34.1,18.5"],
            ["--debug", "-33.9,18.4", "-34.1,18.5"],
            ["-33.9,18.4", "--debug", "-34.1,18.5"],
            ["--data-dir", ".", "-33.9,18.4", "-34.1,18.5"],
            ["-.5,18.4", "-0.6,18.5"],
        ],
    )
    def test_leads_between_points_south_of_the_equator(
        self, run: Run, arguments: list[str]
    ) -> None:
        ran = run("eta", *arguments)

        assert ran.err == ""
        assert ran.status == Status.FINDING
        assert ",18.4" in ran.out

    @pytest.mark.parametrize("arguments", [[], [HOME], [HOME, SAHIL.slug, "--repeat", "0"]])
    def test_that_is_half_said_is_refused(self, run: Run, arguments: list[str]) -> None:
        ran = run("eta", *arguments)

        assert (ran.status, ran.out) == (Status.REFUSED, "")
        assert "Try 'bakureserve eta way --help'" in ran.err

    def test_fits_a_narrow_terminal(self, house_settings: Settings) -> None:
        shown = program.on_a_terminal(
            *("eta", HOME, SAHIL.slug, "--debug"),
            cwd=house_settings.data_dir,
            DATA_DIR=str(house_settings.data_dir),
            OSRM_BASE_URL=house_settings.osrm_base_url,
            COLUMNS="80",
        )

        assert "Sahil Bağı" in shown
        assert "OUTCOME" in shown


class TestAWayWithoutADatabase:
    @pytest.fixture
    def bare(self, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
        """Runs the program on a box where nothing was ever set up."""
        folder = tmp_path / "bare"
        folder.mkdir()
        return partial(program.run, cwd=folder, DATA_DIR=str(folder / "none"))

    def test_is_drawn_between_points(self, bare: Callable[..., CompletedProcess[str]]) -> None:
        ran = bare("eta", HOME, "40.37,49.8372", "--debug")

        assert (ran.returncode, ran.stderr) == (Status.FINDING, "")
        assert "5.05 km as the crow flies" in ran.stdout

    @pytest.mark.parametrize("to", ["das-nerdivan", "das nerdivan"])
    def test_leads_to_the_samples_by_name(
        self, bare: Callable[..., CompletedProcess[str]], to: str
    ) -> None:
        ran = bare("eta", HOME, to, "--debug")

        assert ran.returncode == Status.FINDING
        assert f"{HOME} → Daş Nərdivan" in ran.stdout
        assert ran.stderr == "There is no database: names are those of the sample restaurants.\n"

    def test_leaves_nothing_behind(
        self, bare: Callable[..., CompletedProcess[str]], tmp_path: Path
    ) -> None:
        bare("eta", HOME, "das-nerdivan")

        assert list((tmp_path / "bare").iterdir()) == []

    def test_ends_with_a_sentence_when_the_name_is_unknown(
        self, bare: Callable[..., CompletedProcess[str]]
    ) -> None:
        ran = bare("eta", HOME, "nowhere at all", "--debug")

        assert (ran.returncode, ran.stdout) == (Status.NOT_FOUND, "")
        assert "nowhere at all" in ran.stderr
        assert "Traceback" not in ran.stderr

    @pytest.mark.parametrize("content", [b"", b"no database" * 1000])
    def test_is_estimated_between_points_beside_a_database_that_cannot_be_opened(
        self, run: Run, house_settings: Settings, content: bytes
    ) -> None:
        house_settings.database_path.write_bytes(content)

        assert dict(run("eta", HOME, "40.37,49.8372").cells)["provider"] == "fallback"
        assert run("eta", HOME, SAHIL.slug).out == ""


class TestDebug:
    @pytest.mark.parametrize("arguments", [["--debug", HOME, "nowhere"], [HOME, "nowhere"]])
    def test_of_a_way_never_means_a_traceback(self, run: Run, arguments: list[str]) -> None:
        assert "Traceback" not in run("eta", *arguments, "--debug").err

    def test_in_the_environment_means_a_traceback_and_draws_nothing(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("BAKURESERVE_DEBUG", "1")

        assert "as the crow flies" not in run("eta", HOME, SAHIL.slug).out
        assert "Traceback" in run("eta", HOME, "nowhere").err

    def test_of_another_verb_means_a_traceback(self, run: Run, tmp_path: Path) -> None:
        ran = run("eta", "accuracy", "--debug", "--data-dir", str(tmp_path / "none"))

        assert "Traceback" in ran.err


class TestDrawing:
    def test_has_words_for_every_choice_and_a_colour_for_every_outcome(self) -> None:
        assert BECAUSE.keys() == set(get_args(Choice))
        assert MARKS.keys() >= set(get_args(Outcome))

    @pytest.mark.parametrize(
        ("started", "took", "outcome", "drawn"),
        [
            (0, 600, "ok", "█████     "),
            (600, 300, "ok", "     ███  "),
            (0, 1200, "timeout", "██████████"),
            (0, 5000, "late", "██████████"),
            (0, 0.2, "cached", "█         "),
            (1500, 10, "ok", "         █"),
            (0, 0, "disabled", "          "),
            (0, 0, "circuit_open", "          "),
        ],
    )
    def test_a_bar_runs_from_start_to_end_within_the_deadline(
        self, started: float, took: float, outcome: Outcome, drawn: str
    ) -> None:
        leg = Leg(name="osrm", service="osrm", started_ms=started, took_ms=took, outcome=outcome)

        assert leg_bar(leg, 1200, 10) == drawn


class TestTheSum:
    @pytest.mark.parametrize(
        ("base_seconds", "traffic", "line_km", "told"),
        [
            (508.0, "heavy", 4.0, "508 × 1.25 + 120 = 755 s, 13 min"),
            (508.4, "heavy", 4.0, "508.4 × 1.25 + 120 = 755.5, rounded up 756 s, 13 min"),
            (508.3451, "heavy", 4.0, "508.3 × 1.25 + 120 = 755.375, rounded up 756 s, 13 min"),
            (686.4, "unknown", 4.0, "686.4 × 1 + 0 = 686.4, rounded up 687 s, 12 min"),
            (686.0000001, "unknown", 4.0, "686 × 1 + 0 = 686 s, 12 min"),
            (12.0, "smooth", 0.1, "12 × 1 + 0 = 12, at least 60 s, 1 min"),
        ],
    )
    def test_makes_the_answer(
        self, base_seconds: float, traffic: TrafficCondition, line_km: float, told: str
    ) -> None:
        estimate = make_estimate(
            BaseRoute(Route(distance_km=5.0, seconds=base_seconds), "osrm", "osrm_alone"),
            Circumstances(line_km=line_km, traffic=traffic, legs=(), deadline_ms=1, took_ms=1),
            eta_rules(Settings()),
        )

        made = sum_of(estimate.diagnosis, estimate.eta_seconds)

        assert f"{made} s, {estimate.eta_minutes} min" == told


def add_trips(settings: Settings, trips: int, *, minutes: int) -> None:
    """So many drives of five kilometres as the crow flies, said to take ten minutes."""
    prediction = Prediction(
        seconds=600,
        provider="osrm",
        route_metres=6000,
        straight_metres=5000,
        hour=19,
        district="Bulvar",
    )

    def drive(transaction: Transaction) -> None:
        for number in range(trips):
            reservation = a_reservation(f"trip-{number}", table_id=None)
            reservations.insert(transaction, reservation, None)
            calibration.add(transaction, reservation.id, prediction, NOW)
            arrived_at = NOW + dt.timedelta(minutes=minutes)
            calibration.settle(transaction, reservation.id, arrived_at)

    by_another_hand(settings.database_path, drive)


class TestAccuracy:
    def test_says_so_when_nothing_is_known(self, run: Run) -> None:
        ran = run("eta", "accuracy")

        assert (ran.status, ran.out) == (Status.OK, "")
        assert "Nobody has arrived yet" in ran.err
        assert run("eta", "accuracy", "--json").json == []

    def test_is_told_by_provider_hour_and_district(
        self, run: Run, house_settings: Settings
    ) -> None:
        add_trips(house_settings, 3, minutes=15)

        assert run("eta", "accuracy").cells == [
            ["all", "", "3", "3", "-300", "300", "300", "300", "300"],
            ["provider", "osrm", "3", "3", "-300", "300", "300", "300", "300"],
            ["hour", "19", "3", "3", "-300", "300", "300", "300", "300"],
            ["district", "Bulvar", "3", "3", "-300", "300", "300", "300", "300"],
        ]
        first = run("eta", "accuracy", "--json").json[0]
        assert (first["by"], first["mean_error"], first["p90"]) == ("all", -300.0, 300)


class TestFitting:
    def test_needs_trips(self, run: Run) -> None:
        ran = run("eta", "fit")

        assert ran.cells == [
            ["city", "28", "28", "0", "0", "no"],
            ["highway", "60", "60", "0", "0", "no"],
        ]
        assert "Nothing was fitted" in ran.err

    def test_tells_first_and_does_it_then(self, run: Run, house_settings: Settings) -> None:
        add_trips(house_settings, 2 * FEWEST_TRIPS, minutes=30)

        dry = run("eta", "fit", "--dry-run")
        assert dry.cells[0] == ["city", "28", "13.5", "40", "40", "yes"]
        assert "nothing was changed" in dry.err
        assert dict(run("eta", HOME, SAHIL.slug).cells)["eta"].startswith("15 min")

        done = run("eta", "fit", "--json")
        assert done.json["city"]["after_kmh"] == 13.5
        assert "hold now" in done.err
        assert dict(run("eta", HOME, SAHIL.slug).cells)["eta"].startswith("31 min")

        assert "The settings hold again" in run("eta", "fit", "--reset").err
        assert dict(run("eta", HOME, SAHIL.slug).cells)["eta"].startswith("15 min")
        assert "held already" in run("eta", "fit", "--reset").err
        assert run("eta", "fit", "--reset", "--json").json == {"reset": False}

    def test_a_reset_is_never_a_rehearsal(self, run: Run, house_settings: Settings) -> None:
        add_trips(house_settings, 2 * FEWEST_TRIPS, minutes=30)
        run("eta", "fit")

        ran = run("eta", "fit", "--reset", "--dry-run")

        assert ran.status == Status.REFUSED
        assert "do not go together" in ran.err
        assert "The settings hold again" in run("eta", "fit", "--reset").err
