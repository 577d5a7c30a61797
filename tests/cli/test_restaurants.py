"""The directory at the terminal, the files it comes from and goes to, and the samples."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.cli.restaurants import facts_of
from bakureserve.domain.restaurants.listing import json_from_restaurants
from bakureserve.domain.restaurants.restaurant import SpecialDay, TurnTime
from tests.cli.conftest import Run
from tests.kit.builders import a_restaurant, periods, some_hours
from tests.kit.houses import CAY_EVI, SAHIL
from tests.kit.rows import a_reservation, book

NEW = a_restaurant(id="33333333-3333-4333-8333-333333333333", slug="yeni", name="Yeni")
IN_A_MONTH = dt.datetime.now(dt.UTC).replace(hour=12, minute=0) + dt.timedelta(days=30)


def documents(*restaurants: Any) -> str:
    return json.dumps(json_from_restaurants(restaurants))


def book_at(run: Run, start: dt.datetime, **fields: Any) -> None:
    reservation = a_reservation(start=start, service_date=start.date(), **fields)
    run.store(lambda tx: book(tx, reservation))


def slugs(run: Run, *options: str) -> list[str]:
    return [row[0] for row in run("restaurants", "list", *options).cells]


def test_a_list_is_a_line_for_each_in_a_pipe(run: Run) -> None:
    assert run("restaurants", "list").cells == [
        ["sahil-bagi", "Sahil Bağı", "Bulvar", "Azerbaijani", "3", "12"],
        ["isti-cay-evi", "İsti Çay Evi", "Şəki", "", "3", "12"],
    ]


def test_a_list_is_narrowed_by_a_search(run: Run) -> None:
    for words, found in {"cay": [CAY_EVI], "azerbaijani bulvar": [SAHIL], "nowhere": []}.items():
        assert slugs(run, "--search", words) == [each.slug for each in found]


def test_a_list_in_json_is_what_the_server_lists(run: Run) -> None:
    listed = run("restaurants", "list", "--json").json
    assert [each["id"] for each in listed] == [SAHIL.id, CAY_EVI.id]
    assert listed[0]["tags"] == ["seaside", "qəhvə"]


@pytest.mark.parametrize("name", [SAHIL.id, SAHIL.slug])
def test_one_is_shown_by_id_and_by_slug(name: str, run: Run) -> None:
    facts = run("restaurants", "show", name).facts
    assert facts["name"] == "Sahil Bağı"
    assert facts["open mon–sun"] == "10:00–23:00"
    assert facts["tables in Hall"] == "T1 (2), T2 (4), T3 (6)"


def test_one_shown_in_json_can_be_imported(run: Run) -> None:
    shown = run("restaurants", "show", SAHIL.slug, "--json")
    assert shown.json == json_from_restaurants([SAHIL])[0]
    taken = run("restaurants", "import", "-", fed=shown.out)
    assert taken.cells == [["sahil-bagi", "Sahil Bağı", "unchanged"]]


@pytest.mark.parametrize("verb", ["show", "remove", "export"])
def test_an_unknown_one_is_not_found(verb: str, run: Run) -> None:
    ran = run("restaurants", verb, "nowhere")
    assert ran == (Status.NOT_FOUND, "", "There is no restaurant nowhere.\n")


def test_facts_put_neighbouring_days_of_equal_hours_together() -> None:
    hours = some_hours("12:00-15:00 18:00-02:00", week={0: "", 6: "12:00-24:00"})
    days = (
        SpecialDay(date=dt.date(2027, 1, 1), note="Painting"),
        SpecialDay(date=dt.date(2027, 1, 2), periods=periods("18:00-03:00")),
    )
    facts = facts_of(a_restaurant(hours=type(hours)(weekly=hours.weekly, special_days=days)))
    assert {name: said for name, said in facts if name.startswith("open")} == {
        "open mon": "closed",
        "open tue–sat": "12:00–15:00, 18:00–02:00",
        "open sun": "12:00–24:00",
        "open 2027-01-01": "closed (Painting)",
        "open 2027-01-02": "18:00–03:00",
    }


def test_facts_tell_the_booking_policy_in_words() -> None:
    restaurant = a_restaurant(
        turn_times=(TurnTime(2, 90), TurnTime(4, 120)),
        last_seating_minutes=45,
        lead_minutes=30,
        horizon_days=14,
        max_party=8,
    )
    assert dict(facts_of(restaurant)).items() >= {
        ("turn time", "up to 2: 90 min, up to 4: 120 min"),
        ("last seating", "45 min before closing"),
        ("can be booked", "30 min to 14 days ahead"),
        ("late cancellation", "from the start"),
        ("party", "1 to 8"),
    }
    strict = dict(facts_of(a_restaurant(cancellation_minutes=120)))
    assert strict["late cancellation"] == "from 120 min before the start"


def test_an_import_tells_in_json_what_became_of_each(run: Run) -> None:
    ran = run("restaurants", "import", "-", "--json", fed=documents(NEW, SAHIL))
    changes = [(row["id"], row["change"]) for row in ran.json]
    assert changes == [(NEW.id, "added"), (SAHIL.id, "unchanged")]
    assert ran.err == "Added 1, changed 0, left 1 as they were.\n"


def test_a_dry_run_of_an_import_keeps_nothing(run: Run) -> None:
    (run.folder / "new.json").write_text(documents(NEW))
    ran = run("restaurants", "import", "new.json", "--dry-run")
    assert ran.cells == [["yeni", "Yeni", "added"]]
    assert ran.err.endswith("This was a dry run: nothing was saved.\n")
    assert len(slugs(run)) == 2


def test_an_import_tells_what_it_had_to_assume(run: Run) -> None:
    run("restaurants", "import", "-", fed='[{"name": "Yeni", "id": "a", "slug": "yeni"}]').ends(
        Status.OK, "Warning: [0].timezone: No time zone given: Asia/Baku is assumed.\n"
    )


def test_one_wrong_document_keeps_all_out_and_every_problem_is_told(run: Run) -> None:
    bad = {"venues": [*json_from_restaurants([NEW]), {"phone": 5}]}
    ran = run("restaurants", "import", "-", fed=json.dumps(bad))
    assert ran.status == Status.REFUSED
    assert ran.err.splitlines() == [
        "venues[1].name: This field is required.",
        "venues[1].phone: Must be text of at most 4000 characters.",
    ]
    assert len(slugs(run)) == 2


def test_every_conflict_of_an_import_is_told_and_nothing_is_taken(run: Run) -> None:
    book_at(run, IN_A_MONTH)
    smaller = a_restaurant(tables=SAHIL.tables[1:])
    namesake = a_restaurant(id="a", slug=CAY_EVI.slug)
    ran = run("restaurants", "import", "-", fed=documents(NEW, smaller, namesake))
    assert ran.status == Status.CONFLICT
    first, second, last = ran.err.splitlines()
    assert first.startswith("sahil-bagi: Table t1 has 1 booking that is not over.")
    assert second.startswith("isti-cay-evi: The slug isti-cay-evi belongs to")
    assert last.startswith("Nothing was changed. Restaurants in conflict (2): sahil-bagi,")
    assert len(slugs(run)) == 2


def test_a_booking_that_new_rules_refuse_is_told_and_is_a_finding(run: Run) -> None:
    book_at(run, IN_A_MONTH)
    closed = a_restaurant(hours=some_hours(special={f"{IN_A_MONTH:%Y-%m-%d}": ""}))
    rehearsed = run("restaurants", "import", "-", "--dry-run", fed=documents(closed))
    ran = run("restaurants", "import", "-", "--json", fed=documents(closed))
    for each in (rehearsed, ran):
        assert each.status == Status.FINDING
        assert f"party of 2, r1: The restaurant is closed on {IN_A_MONTH:%Y-%m-%d}." in each.err
    ((stranded,),) = [each["stranded"] for each in ran.json]
    assert (stranded["id"], stranded["reasons"][0]["code"]) == ("r1", "closed_that_day")


def test_another_zone_needs_a_flag_while_guests_are_to_come(run: Run) -> None:
    book_at(run, IN_A_MONTH)
    moved = documents(a_restaurant(timezone="Europe/London"))
    run("restaurants", "import", "-", fed=moved).ends(Status.CONFLICT, "--allow-zone-change")
    run("restaurants", "import", "-", "--allow-zone-change", fed=moved).ends(
        Status.FINDING, "Its guest was given a time in Asia/Baku"
    )


@pytest.mark.parametrize(
    ("arguments", "fed", "said"),
    [
        (["nowhere.json"], "", "No such file"),
        (["."], "", "Is a directory"),
        (["-"], "[1,", "Line 1, column 4 is not valid JSON"),
        ([], "", "Missing argument 'FILE'"),
    ],
)
def test_an_import_refuses_a_file_that_cannot_be_read(
    arguments: list[str], fed: str, said: str, run: Run
) -> None:
    run("restaurants", "import", *arguments, fed=fed).ends(Status.REFUSED, said)


def test_an_import_of_an_export_changes_nothing(run: Run) -> None:
    exported = run("restaurants", "export").out
    assert json.loads(exported) == json_from_restaurants([SAHIL, CAY_EVI])
    taken = run("restaurants", "import", "-", fed=exported)
    assert {row[2] for row in taken.cells} == {"unchanged"}


def test_an_export_goes_to_the_file_that_is_named(run: Run) -> None:
    ran = run("restaurants", "export", CAY_EVI.slug, "--output", "one.json")
    assert ran == (Status.OK, "", "Wrote 1 restaurant to one.json.\n")
    assert json.loads(Path("one.json").read_text()) == json_from_restaurants([CAY_EVI])


def test_validating_a_good_file_needs_no_database(bare: Run) -> None:
    ran = bare("restaurants", "validate", "-", "--data-dir", "no", fed=documents(SAHIL, CAY_EVI))
    assert ran == (Status.OK, "", "2 restaurants, nothing wrong.\n")
    assert bare("restaurants", "validate", "-", "--json", fed="[]").json == []
    assert list(bare.folder.iterdir()) == []


def test_validating_prints_every_problem(run: Run) -> None:
    ran = run("restaurants", "validate", "-", fed='[{"slug": "A"}, 5]')
    assert ran.status == Status.FINDING
    assert ran.cells == [
        ["[0].name", "This field is required."],
        ["[0].slug", "Must be 1 to 120 of the characters a–z, 0–9 and -."],
        ["[1]", "Must be an object."],
    ]
    coded = run("restaurants", "validate", "-", "--json", fed="[5]")
    assert coded.status == Status.FINDING
    assert coded.json == [
        {"field": "[0]", "code": "field_not_an_object", "problem": "Must be an object."}
    ]
    ran = run("restaurants", "validate", "-", fed="{")
    assert ran.status == Status.FINDING
    assert ran.cells[0][1].startswith("Line 1, column 2 is not valid JSON")


def test_removing_asks_and_without_an_answer_does_nothing(run: Run) -> None:
    ran = run("restaurants", "remove", SAHIL.slug)
    assert ran.status == Status.REFUSED
    assert ran.err.startswith("This removes Sahil Bağı (sahil-bagi). Go on?\n")
    assert len(slugs(run)) == 2


def test_one_without_reservations_is_removed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "nigar")
    ran = run("restaurants", "remove", SAHIL.slug, "--yes")
    assert (ran.status, ran.err) == (Status.OK, "Sahil Bağı is gone.\n")
    assert slugs(run) == ["isti-cay-evi"]
    told = run("restaurants", "remove", CAY_EVI.slug, "--yes", "--json").json
    assert told == {"id": CAY_EVI.id, "slug": CAY_EVI.slug, "outcome": "removed"}
    journal = run.rows("select actor_kind, actor, action from audit")
    assert journal == [("cli", "nigar", "restaurant.removed")] * 2


def test_one_with_a_past_is_hidden_and_comes_back_by_its_export(run: Run) -> None:
    run.store(lambda tx: book(tx, a_reservation(status="completed")))
    assert "is hidden from guests" in run("restaurants", "remove", SAHIL.id, "--yes").err
    assert slugs(run) == ["isti-cay-evi"]
    exported = run("restaurants", "export", SAHIL.slug).out
    assert run("restaurants", "import", "-", fed=exported).cells[0][2] == "changed"
    assert len(slugs(run)) == 2


def test_one_with_guests_to_come_stays(run: Run) -> None:
    book_at(run, IN_A_MONTH)
    run("restaurants", "remove", SAHIL.slug, "--yes").ends(
        Status.CONFLICT, "The restaurant has reservations that are not over: 1."
    )


def test_missing_samples_are_added_once(run: Run) -> None:
    dry, first, second = run("seed", "--dry-run"), run("seed"), run("seed")
    assert dry.err.endswith("This was a dry run: nothing was saved.\n")
    assert dry.cells == first.cells
    assert {row[1] for row in first.cells} == {"added"}
    assert first.err.startswith(f"Added {len(first.cells)} sample restaurants; 0 were here before")
    assert second.status == Status.OK
    assert second.cells == [[slug, "kept"] for slug, _ in first.cells]
    assert len(slugs(run)) == 2 + len(first.cells)


def test_a_sample_is_kept_out_and_named_where_its_slug_is_taken(run: Run) -> None:
    slug = run("seed", "--dry-run").cells[0][0]
    run("restaurants", "import", "-", fed=documents(a_restaurant(id="own", slug=slug)))
    ran = run("seed", "--json")
    assert {"slug": slug, "outcome": "kept_out"} in ran.json
    warning = "Warning: 1 was kept out, because restaurants of yours have these slugs"
    assert f"{warning}: {slug}." in ran.err
