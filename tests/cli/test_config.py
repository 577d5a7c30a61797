"""`config show`: what is in effect, and nothing that is secret."""

from __future__ import annotations

import json
from pathlib import Path

from bakureserve.settings import TABLE
from tests.cli.process import run


def test_every_setting_is_shown_with_its_value_and_source(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("CURRENCY=EUR\n")

    done = run("config", "show", "--json", "--data-dir", "/srv/b", cwd=tmp_path, AUTH_BYPASS="yes")

    shown = {row["name"]: row for row in json.loads(done.stdout)}
    assert list(shown) == [row.name for row in TABLE]
    expected = {
        "DATA_DIR": ("/srv/b", "flag"),
        "DATABASE_URL": ("sqlite:////srv/b/bakureserve.db", "default"),
        "DEV": ("true", "environment (AUTH_BYPASS)"),
        "CURRENCY": ("EUR", ".env (CURRENCY)"),
        "PORT": ("8000", "default"),
    }
    for name, value_and_source in expected.items():
        assert (shown[name]["value"], shown[name]["source"]) == value_and_source
    assert {name: row["acts"] for name, row in shown.items()} == {
        row.name: row.acts for row in TABLE
    }


def test_no_form_of_it_leaks_a_secret(tmp_path: Path) -> None:
    secrets = {
        "GOMAP_GUID": "s3cr3t-guid",
        "MAPS_API_KEY": "s3cr3t-key",
        "REDIS_URL": "redis://:s3cr3t-password@redis.example:6379",
    }
    for form in ([], ["--json"]):
        done = run("config", "show", *form, cwd=tmp_path, **secrets)

        assert done.returncode == 0
        assert "s3cr3t" not in done.stdout + done.stderr
        assert "redis.example" in done.stdout


def test_a_pipe_gets_tab_separated_lines(tmp_path: Path) -> None:
    lines = run("config", "show", cwd=tmp_path).stdout.splitlines()

    assert "PORT\t8000\tdefault\t" in lines
    assert "AUTH0_DOMAIN\t\tdefault\t" in lines


def test_a_bad_value_is_one_sentence_and_status_2(tmp_path: Path) -> None:
    done = run("config", "show", cwd=tmp_path, PORT="eighty")

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == 'PORT is "eighty", and it must be a whole number from 0 to 65535.\n'


def test_nothing_is_created(tmp_path: Path) -> None:
    run("config", "show", cwd=tmp_path, DATA_DIR=str(tmp_path / "data"))

    assert list(tmp_path.iterdir()) == []
