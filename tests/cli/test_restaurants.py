"""The directory at the terminal, and the files it comes from and goes to."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.restaurant_facts import facts_of
from bakureserve.cli.status import Status
from bakureserve.domain.restaurants.listing import json_from_restaurants
from bakureserve.domain.restaurants.restaurant import SpecialDay, TurnTime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit import program
from tests.kit.builders import a_restaurant, periods, some_hours
from tests.kit.houses import CAY_EVI, SAHIL, by_another_hand
from tests.store.samples import a_reservation, book

NEW = a_restaurant(id="33333333-3333-4333-8333-333333333333", slug="yeni", name="Yeni")

TO_COME = a_reservation(start=dt.datetime(2099, 5, 1, 15, tzinfo=dt.UTC))


def documents(*restaurants: Any) -> str:
    return json.dumps(json_from_restaurants(restaurants))


@pytest.fixture
def booked(house_settings: Settings) -> None:
    by_another_hand(house_settings.database_path, lambda tx: book(tx, TO_COME))


class TestListing:
    def test_a_pipe_gets_a_line_for_each(self, run: Run) -> None:
        assert run("restaurants", "list").cells == [
            ["sahil-bagi", "Sahil Bağı", "Bulvar", "Azerbaijani", "3", "12"],
            ["isti-cay-evi", "İsti Çay Evi", "Şəki", "", "3", "12"],
        ]

    @pytest.mark.parametrize(
        ("words", "found"),
        [("cay", ["isti-cay-evi"]), ("azerbaijani bulvar", ["sahil-bagi"]), ("nowhere", [])],
    )
    def test_a_search_narrows_it(self, words: str, found: list[str], run: Run) -> None:
        assert [row[0] for row in run("restaurants", "list", "--search", words).cells] == found

    def test_json_is_what_the_server_lists(self, run: Run) -> None:
        listed = run("restaurants", "list", "--json").json

        assert [each["id"] for each in listed] == [SAHIL.id, CAY_EVI.id]
        assert listed[0]["tags"] == ["seaside", "qəhvə"]

    def test_a_terminal_gets_a_table(self, house_settings: Settings) -> None:
        folder = house_settings.data_dir
        shown = program.on_a_terminal("restaurants", "list", cwd=folder, DATA_DIR=str(folder))

        assert "COVERS" in shown
        assert "Sahil Bağı" in shown


class TestShowing:
    @pytest.mark.parametrize("name", [SAHIL.id, SAHIL.slug])
    def test_it_is_found_by_id_and_by_slug(self, name: str, run: Run) -> None:
        facts = dict(run("restaurants", "show", name).cells)

        assert facts["name"] == "Sahil Bağı"
        assert facts["open mon–sun"] == "10:00–23:00"
        assert facts["tables in Hall"] == "T1 (2), T2 (4), T3 (6)"

    def test_json_is_a_document_that_can_be_imported(self, run: Run) -> None:
        shown = run("restaurants", "show", SAHIL.slug, "--json")

        assert shown.json == json_from_restaurants([SAHIL])[0]
        taken = run("restaurants", "import", "-", fed=shown.out)
        assert taken.cells == [["sahil-bagi", "Sahil Bağı", "unchanged"]]

    @pytest.mark.parametrize("verb", ["show", "remove", "export"])
    def test_an_unknown_one_is_not_found(self, verb: str, run: Run) -> None:
        ran = run("restaurants", verb, "nowhere")

        assert ran == (Status.NOT_FOUND, "", "There is no restaurant nowhere.\n")

    def test_a_week_puts_neighbouring_days_of_equal_hours_together(self) -> None:
        week = some_hours("12:00-15:00 18:00-02:00", week={0: "", 6: "12:00-24:00"})
        facts = dict(facts_of(a_restaurant(hours=week)))

        assert {name: said for name, said in facts.items() if name.startswith("open")} == {
            "open mon": "closed",
            "open tue–sat": "12:00–15:00, 18:00–02:00",
            "open sun": "12:00–24:00",
        }

    def test_special_days_come_with_their_notes(self) -> None:
        days = (
            SpecialDay(date=dt.date(2027, 1, 1), note="Painting"),
            SpecialDay(date=dt.date(2027, 1, 2), periods=periods("18:00-03:00")),
        )
        hours = some_hours()
        facts = dict(
            facts_of(a_restaurant(hours=type(hours)(weekly=hours.weekly, special_days=days)))
        )

        assert facts["open 2027-01-01"] == "closed (Painting)"
        assert facts["open 2027-01-02"] == "18:00–03:00"

    def test_the_policy_is_told_in_words(self) -> None:
        restaurant = a_restaurant(
            turn_times=(TurnTime(2, 90), TurnTime(4, 120)),
            last_seating_minutes=45,
            lead_minutes=30,
            horizon_days=14,
            max_party=8,
        )
        facts = dict(facts_of(restaurant))

        assert facts["turn time"] == "up to 2: 90 min, up to 4: 120 min"
        assert facts["last seating"] == "45 min before closing"
        assert facts["can be booked"] == "30 min to 14 days ahead"
        assert facts["late cancellation"] == "from the start on"
        assert facts["party"] == "1 to 8"

    def test_so_is_the_cancellation_window(self) -> None:
        facts = dict(facts_of(a_restaurant(cancellation_minutes=120)))

        assert facts["late cancellation"] == "from 120 min before the start on"


class TestImporting:
    @pytest.mark.parametrize("form", ["array", "sample", "one"])
    def test_each_form_is_taken(self, form: str, run: Run, tmp_path: Path) -> None:
        (document,) = json_from_restaurants([NEW])
        text = {"array": [document], "sample": {"venues": [document]}, "one": document}[form]
        (tmp_path / "new.json").write_text(json.dumps(text))

        ran = run("restaurants", "import", "new.json")

        assert ran.status == Status.OK
        assert ran.cells == [["yeni", "Yeni", "added"]]
        assert ran.err == "Added 1, changed 0, left 0 as they were.\n"

    def test_json_tells_what_became_of_each(self, run: Run) -> None:
        ran = run("restaurants", "import", "-", "--json", fed=documents(NEW, SAHIL))

        assert [(row["id"], row["change"]) for row in ran.json] == [
            (NEW.id, "added"),
            (SAHIL.id, "unchanged"),
        ]

    def test_a_dry_run_keeps_nothing(self, run: Run) -> None:
        ran = run("restaurants", "import", "-", "--dry-run", fed=documents(NEW))

        assert ran.cells == [["yeni", "Yeni", "added"]]
        assert ran.err.endswith("This was a dry run: nothing was kept.\n")
        assert len(run("restaurants", "list").cells) == 2

    def test_what_had_to_be_assumed_is_told(self, run: Run) -> None:
        ran = run("restaurants", "import", "-", fed='[{"name": "Yeni", "id": "a", "slug": "yeni"}]')

        assert ran.status == Status.OK
        assert "Warning: [0].timezone: No time zone given: Asia/Baku is assumed.\n" in ran.err

    def test_one_wrong_document_keeps_all_out_and_every_problem_is_told(self, run: Run) -> None:
        bad = {"venues": [*json_from_restaurants([NEW]), {"phone": 5}]}

        ran = run("restaurants", "import", "-", fed=json.dumps(bad))

        assert ran.status == Status.REFUSED
        assert ran.err.splitlines() == [
            "venues[1].name: This field is required.",
            "venues[1].phone: Must be text of at most 4000 characters.",
        ]
        assert len(run("restaurants", "list").cells) == 2

    @pytest.mark.usefixtures("booked")
    def test_every_conflict_is_told_and_nothing_is_taken(self, run: Run) -> None:
        smaller = a_restaurant(tables=SAHIL.tables[1:])
        namesake = a_restaurant(id="a", slug=CAY_EVI.slug)

        ran = run("restaurants", "import", "-", fed=documents(NEW, smaller, namesake))

        assert ran.status == Status.CONFLICT
        first, second, last = ran.err.splitlines()
        assert first.startswith("sahil-bagi: Table t1 has 1 booking that is not over.")
        assert second.startswith("isti-cay-evi: The slug isti-cay-evi belongs to")
        assert last.startswith("Nothing was changed, because of 2 of the restaurants: sahil-bagi,")
        assert len(run("restaurants", "list").cells) == 2

    def test_a_booking_that_new_rules_refuse_is_told_and_is_a_finding(
        self, run: Run, house_settings: Settings
    ) -> None:
        day = dt.datetime.now(dt.UTC).replace(hour=15, minute=0) + dt.timedelta(days=30)
        booking = a_reservation(start=day, service_date=day.date())
        by_another_hand(house_settings.database_path, lambda tx: book(tx, booking))
        closed = a_restaurant(hours=some_hours(special={f"{day:%Y-%m-%d}": ""}))
        said = f"party of 2, r1: The restaurant is closed on {day:%Y-%m-%d}."

        rehearsed = run("restaurants", "import", "-", "--dry-run", fed=documents(closed))
        ran = run("restaurants", "import", "-", "--json", fed=documents(closed))

        assert (rehearsed.status, ran.status) == (Status.FINDING, Status.FINDING)
        assert said in rehearsed.err
        assert said in ran.err
        (outcome,) = ran.json
        assert [each["id"] for each in outcome["stranded"]] == ["r1"]
        assert outcome["stranded"][0]["reasons"][0]["code"] == "closed_that_day"

    def test_another_zone_needs_a_flag_while_guests_are_to_come(
        self, run: Run, house_settings: Settings
    ) -> None:
        day = dt.datetime.now(dt.UTC).replace(hour=12, minute=0) + dt.timedelta(days=30)
        booking = a_reservation(start=day, service_date=day.date())
        by_another_hand(house_settings.database_path, lambda tx: book(tx, booking))
        moved = documents(a_restaurant(timezone="Europe/London"))

        refused = run("restaurants", "import", "-", fed=moved)
        taken = run("restaurants", "import", "-", "--allow-zone-change", fed=moved)

        assert refused.status == Status.CONFLICT
        assert "--allow-zone-change" in refused.err
        assert taken.status == Status.FINDING
        assert "Its guest was told the time of Asia/Baku" in taken.err

    @pytest.mark.parametrize(
        ("arguments", "fed", "said"),
        [
            (["nowhere.json"], "", "No such file"),
            (["."], "", "Is a directory"),
            (["-"], "[1,", "Line 1, column 4 is not valid JSON"),
            ([], "", "Missing argument 'FILE'"),
        ],
    )
    def test_a_file_that_cannot_be_read_is_refused(
        self, arguments: list[str], fed: str, said: str, run: Run
    ) -> None:
        ran = run("restaurants", "import", *arguments, fed=fed)

        assert ran.status == Status.REFUSED
        assert said in ran.err


class TestExporting:
    def test_an_import_of_an_export_changes_nothing(self, run: Run) -> None:
        exported = run("restaurants", "export").out

        assert json.loads(exported) == json_from_restaurants([SAHIL, CAY_EVI])
        taken = run("restaurants", "import", "-", fed=exported)
        assert {row[2] for row in taken.cells} == {"unchanged"}

    def test_it_goes_to_a_file_when_one_is_named(self, run: Run, tmp_path: Path) -> None:
        ran = run("restaurants", "export", CAY_EVI.slug, "--output", "one.json")

        assert (ran.status, ran.out) == (Status.OK, "")
        assert ran.err == "Wrote 1 restaurant to one.json.\n"
        assert json.loads((tmp_path / "one.json").read_text()) == json_from_restaurants([CAY_EVI])


class TestValidating:
    def test_a_good_file_needs_no_database(self, tmp_path: Path) -> None:
        (tmp_path / "good.json").write_text(documents(SAHIL, CAY_EVI))

        ran = program.run("restaurants", "validate", "good.json", cwd=tmp_path, DATA_DIR="nowhere")

        assert (ran.returncode, ran.stdout) == (Status.OK, "")
        assert ran.stderr == "2 restaurants, nothing wrong.\n"
        assert not (tmp_path / "nowhere").exists()

    def test_all_problems_are_the_data(self, run: Run) -> None:
        ran = run("restaurants", "validate", "-", fed='[{"slug": "A"}, 5]')

        assert ran.status == Status.FINDING
        assert ran.cells == [
            ["[0].name", "This field is required."],
            ["[0].slug", "Must be 1 to 120 of the characters a–z, 0–9 and -."],
            ["[1]", "Must be an object."],
        ]

    def test_json_has_a_code_for_each(self, run: Run) -> None:
        ran = run("restaurants", "validate", "-", "--json", fed="[5]")

        assert ran.status == Status.FINDING
        assert ran.json == [
            {"field": "[0]", "code": "field_not_an_object", "problem": "Must be an object."}
        ]
        assert run("restaurants", "validate", "-", "--json", fed="[]").json == []

    def test_a_text_that_is_no_json_is_one_problem(self, run: Run) -> None:
        ran = run("restaurants", "validate", "-", fed="{")

        assert ran.status == Status.FINDING
        assert ran.cells[0][1].startswith("Line 1, column 2 is not valid JSON")


class TestRemoving:
    def test_it_asks_and_with_nobody_to_answer_does_nothing(self, run: Run) -> None:
        ran = run("restaurants", "remove", SAHIL.slug)

        assert ran.status == Status.REFUSED
        assert ran.err.startswith("This removes Sahil Bağı (sahil-bagi). Go on?\n")
        assert len(run("restaurants", "list").cells) == 2

    def test_one_without_reservations_is_gone(self, run: Run) -> None:
        ran = run("restaurants", "remove", SAHIL.slug, "--yes")

        assert (ran.status, ran.err) == (Status.OK, "Sahil Bağı is gone.\n")
        assert [row[0] for row in run("restaurants", "list").cells] == ["isti-cay-evi"]

    def test_what_became_of_it_is_json_when_asked_for(self, run: Run) -> None:
        assert run("restaurants", "remove", SAHIL.slug, "--yes", "--json").json == {
            "id": SAHIL.id,
            "slug": SAHIL.slug,
            "outcome": "removed",
        }

    def test_one_with_a_past_is_hidden_and_comes_back_by_its_export(
        self, run: Run, house_settings: Settings
    ) -> None:
        past = a_reservation(status="completed")
        by_another_hand(house_settings.database_path, lambda tx: book(tx, past))

        assert "is hidden from guests" in run("restaurants", "remove", SAHIL.id, "--yes").err
        assert [row[0] for row in run("restaurants", "list").cells] == ["isti-cay-evi"]
        exported = run("restaurants", "export", SAHIL.slug).out
        assert run("restaurants", "import", "-", fed=exported).cells[0][2] == "changed"
        assert len(run("restaurants", "list").cells) == 2

    @pytest.mark.usefixtures("booked")
    def test_one_with_guests_to_come_stays(self, run: Run) -> None:
        ran = run("restaurants", "remove", SAHIL.slug, "--yes")

        assert ran.status == Status.CONFLICT
        assert "Reservations there that are not over: 1." in ran.err


def test_the_journal_names_the_operators_account(
    run: Run, house_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "nigar")

    run("restaurants", "remove", SAHIL.slug, "--yes")

    written = by_another_hand(
        house_settings.database_path,
        lambda tx: tx.all("select actor_kind, actor, action from audit"),
    )
    assert written == [("cli", "nigar", "restaurant.removed")]


@pytest.mark.parametrize(
    "arguments",
    [
        ("restaurants", "list"),
        ("reservations", "list"),
        ("seed",),
        ("check",),
        ("check", "--repair"),
        ("backup",),
        ("migrate", "down", "--yes"),
        ("users", "list"),
    ],
)
def test_without_a_database_all_say_the_same_and_end_alike(
    arguments: tuple[str, ...], run: Run, tmp_path: Path
) -> None:
    ran = run(*arguments, "--data-dir", str(tmp_path / "nowhere"))

    assert ran.status == Status.SCHEMA
    assert "There is no database at" in ran.err
    assert " serve` makes one" in ran.err
    assert not (tmp_path / "nowhere").exists()
