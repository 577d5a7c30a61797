"""The sample restaurants, added by hand."""

from __future__ import annotations

from bakureserve.cli.exit_status import Status
from tests.cli.conftest import Run
from tests.cli.test_restaurants import documents, slugs
from tests.kit.builders import a_restaurant


def test_missing_samples_are_added_once(run: Run) -> None:
    dry, first, second = run("seed", "--dry-run"), run("seed"), run("seed")
    assert dry.err.endswith("This was a dry run: nothing was kept.\n")
    assert dry.cells == first.cells
    assert {row[1] for row in first.cells} == {"added"}
    assert first.err.startswith(f"Added {len(first.cells)} sample restaurants; 0 were here before")
    assert second.status == Status.OK
    assert second.cells == [[slug, "kept"] for slug, _ in first.cells]
    assert len(slugs(run)) == 2 + len(first.cells)


def test_a_sample_that_the_operator_removed_stays_away(run: Run) -> None:
    slug = run("seed").cells[0][0]
    run("restaurants", "remove", slug, "--yes")
    assert [slug, "kept"] in run("seed").cells
    assert run("restaurants", "show", slug).status == Status.NOT_FOUND


def test_a_sample_whose_slug_is_taken_is_kept_out_and_named(run: Run) -> None:
    slug = run("seed", "--dry-run").cells[0][0]
    run("restaurants", "import", "-", fed=documents(a_restaurant(id="own", slug=slug)))
    ran = run("seed", "--json")
    assert {"slug": slug, "outcome": "kept_out"} in ran.json
    warning = "Warning: 1 was kept out, because restaurants of yours have these slugs"
    assert f"{warning}: {slug}." in ran.err
