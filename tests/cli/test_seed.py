"""The sample restaurants, added by hand."""

from __future__ import annotations

from bakureserve.cli.status import Status
from tests.cli.conftest import Run
from tests.cli.test_restaurants import documents
from tests.kit.builders import a_restaurant


def test_what_is_missing_is_added_once(run: Run) -> None:
    first = run("seed")
    second = run("seed")

    assert (first.status, second.status) == (Status.OK, Status.OK)
    assert {row[1] for row in first.cells} == {"added"}
    assert {row[1] for row in second.cells} == {"kept"}
    assert [row[0] for row in first.cells] == [row[0] for row in second.cells]
    assert len(run("restaurants", "list").cells) == 2 + len(first.cells)


def test_it_says_how_many(run: Run) -> None:
    count = len(run("seed", "--dry-run").cells)

    assert run("seed").err.startswith(f"Added {count} sample restaurants; 0 were here before")


def test_a_dry_run_adds_nothing(run: Run) -> None:
    ran = run("seed", "--dry-run")

    assert ran.err.endswith("This was a dry run: nothing was kept.\n")
    assert len(run("restaurants", "list").cells) == 2


def test_what_the_operator_removed_stays_away(run: Run) -> None:
    slug = run("seed").cells[0][0]
    run("restaurants", "remove", slug, "--yes")

    assert [slug, "kept"] in run("seed").cells
    assert run("restaurants", "show", slug).status == Status.NOT_FOUND


def test_one_whose_slug_is_taken_is_kept_out_and_named(run: Run) -> None:
    slug = run("seed", "--dry-run").cells[0][0]
    run("restaurants", "import", "-", fed=documents(a_restaurant(id="own", slug=slug)))

    ran = run("seed", "--json")

    assert {"slug": slug, "outcome": "kept_out"} in ran.json
    assert f"Warning: 1 was kept out, because restaurants of yours have these slugs: {slug}." in (
        ran.err
    )
