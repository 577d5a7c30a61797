"""`config show`: what is in effect, and nothing that is secret."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from bakureserve.settings import TABLE
from tests.cli.conftest import Run
from tests.kit.processes import serving
from tests.kit.waiting import wait_for


@pytest.fixture
def bare(bare: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("DATA_DIR")
    return bare


def test_every_setting_is_shown_with_its_value_and_source(
    bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("CURRENCY=EUR\n")
    monkeypatch.setenv("AUTH_BYPASS", "yes")
    rows = bare("config", "show", "--json", "--data-dir", "/srv/b").json
    assert [row["name"] for row in rows] == [row.name for row in TABLE]
    shown = {row["name"]: (row["value"], row["source"]) for row in rows}
    assert shown.items() >= {
        ("DATA_DIR", ("/srv/b", "flag")),
        ("DATABASE_URL", ("sqlite:////srv/b/bakureserve.db", "default")),
        ("DEV", ("true", "environment (AUTH_BYPASS)")),
        ("CURRENCY", ("EUR", ".env (CURRENCY)")),
        ("PORT", ("8000", "default")),
    }


def test_no_form_of_it_leaks_a_secret(bare: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOMAP_GUID", "s3cr3t-guid")
    monkeypatch.setenv("MAPS_API_KEY", "s3cr3t-key")
    monkeypatch.setenv("REDIS_URL", "redis://:s3cr3t-password@redis.example:6379")
    for form in ([], ["--json"]):
        done = bare("config", "show", *form)
        assert done.status == 0
        assert "s3cr3t" not in done.out + done.err
        assert "redis.example" in done.out


def test_a_pipe_gets_tab_separated_lines_and_nothing_is_created(bare: Run) -> None:
    lines = bare("config", "show", "--data-dir", "data").out.splitlines()
    assert "PORT\t8000\tdefault\t" in lines
    assert "AUTH0_DOMAIN\t\tdefault\t" in lines
    assert list(bare.folder.iterdir()) == []


def test_a_name_that_no_setting_has_is_told_with_the_one_that_may_be_meant(bare: Run) -> None:
    kept = bare.folder / "data" / ".env"
    kept.parent.mkdir()
    kept.write_text("smtp_hots=mail.example.az\nFAVOURITE_COLOUR=blue\n")
    Path(".env").write_text(f"DATA_DIR={kept.parent}\nPROT=8100\nCURRENCY=EUR\nDEBUG=1\n")
    done = bare("config", "show")
    told = [
        line.partition("Warning: ")[2].partition(" is no setting")[::2]
        for line in done.err.splitlines()
        if "is no setting" in line
    ]
    assert [(name, more.partition("Did you mean ")[2]) for name, more in told] == [
        (f"smtp_hots in {kept}", "SMTP_HOST?"),
        (f"FAVOURITE_COLOUR in {kept}", ""),
        ("PROT in .env", "PORT?"),
    ]
    doctor = bare("doctor")
    assert "PROT in .env is no setting, and has no effect. Did you mean PORT?" in doctor.out


def differing(bare: Run) -> dict[str, str]:
    """What the running server goes by that these settings say otherwise."""
    done = bare("config", "show", "--json", "--data-dir", ".")
    assert "an0ther" not in done.out + done.err
    return {row["name"]: value for row in done.json for value in row["servers"].values()}


def test_what_a_running_server_goes_by_is_told_where_that_differs(bare: Run) -> None:
    Path(".env").write_text("LOG_LEVEL=warning\nGOMAP_GUID=s3cr3t\n")
    with serving(bare.folder, CURRENCY="EUR") as server:
        Path(".env").write_text("LOG_LEVEL=error\nGOMAP_GUID=an0ther\n")
        rows = differing(bare)
        doctor = bare("doctor", "--data-dir", str(bare.folder)).out
        server.signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in server.said)
        reloaded = differing(bare)
        server.signal(signal.SIGSTOP)
        stopped = bare("config", "show", "--json", "--data-dir", ".")
        server.signal(signal.SIGCONT)
    assert (rows["CURRENCY"], rows["LOG_LEVEL"]) == ("EUR", "warning")
    assert not rows.keys() & {"DATA_DIR", "DATABASE_URL", "GOMAP_GUID"}
    (told,) = [line for line in doctor.splitlines() if "runs with other settings" in line]
    assert "PORT 0 (here 8000)" in told
    assert "LOG_LEVEL" not in reloaded
    assert "CURRENCY" in reloaded
    assert (stopped.status, "was not asked" in stopped.err) == (0, True)
    assert not any(row["servers"] for row in stopped.json)
