"""`config show`: what is in effect, and nothing that is secret."""

from __future__ import annotations

import json
import signal
from pathlib import Path

from bakureserve.settings import TABLE
from tests.kit.processes import serving
from tests.kit.program import run
from tests.server.test_signals import wait_for


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


def test_a_name_that_no_setting_has_is_told_with_the_one_that_may_be_meant(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("PROT=8100\nCURRENCY=EUR\nDEBUG=1\n")
    kept = tmp_path / "data" / ".env"
    kept.write_text("smtp_hots=mail.example.az\nFAVOURITE_COLOUR=blue\n")

    done = run("config", "show", cwd=tmp_path, DATA_DIR="data")

    told = [line for line in done.stderr.splitlines() if "is no setting" in line]
    assert [line.partition(" is no")[0] for line in told] == [
        f"Warning: smtp_hots in {kept}",
        f"Warning: FAVOURITE_COLOUR in {kept}",
        "Warning: PROT in .env",
    ]
    assert [line.rpartition("Did you mean ")[2] for line in (told[0], told[2])] == [
        "SMTP_HOST?",
        "PORT?",
    ]
    assert "Did you mean" not in told[1]
    doctor = run("doctor", cwd=tmp_path, DATA_DIR="data")
    assert "PROT in .env is no setting, and has no effect. Did you mean PORT?" in doctor.stdout


class TestBesideARunningServer:
    def test_what_it_goes_by_is_told_where_that_differs(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("LOG_LEVEL=warning\nGOMAP_GUID=s3cr3t\n")
        with serving(tmp_path, CURRENCY="EUR") as server:
            (tmp_path / ".env").write_text("LOG_LEVEL=error\nGOMAP_GUID=an0ther\n")
            rows = self.differing(tmp_path)
            doctor = run("doctor", cwd=tmp_path, DATA_DIR=str(tmp_path)).stdout
            server.signal(signal.SIGHUP)
            wait_for(lambda: "reloaded" in server.said)
            reloaded = self.differing(tmp_path)

        assert (rows["CURRENCY"], rows["LOG_LEVEL"]) == ("EUR", "warning")
        assert not rows.keys() & {"DATA_DIR", "DATABASE_URL", "GOMAP_GUID"}
        (told,) = [line for line in doctor.splitlines() if "runs with others than these" in line]
        assert "PORT 0 (here 8000)" in told
        assert "LOG_LEVEL" not in reloaded
        assert "CURRENCY" in reloaded

    def differing(self, folder: Path) -> dict[str, str]:
        done = run("config", "show", "--json", cwd=folder, DATA_DIR=".")
        assert "an0ther" not in done.stdout + done.stderr
        rows = json.loads(done.stdout)
        return {row["name"]: value for row in rows for value in row["servers"].values()}

    def test_one_that_does_not_answer_is_told_and_not_waited_for(self, tmp_path: Path) -> None:
        with serving(tmp_path) as server:
            server.signal(signal.SIGSTOP)
            done = run("config", "show", "--json", cwd=tmp_path, DATA_DIR=".")
            server.signal(signal.SIGCONT)

        assert done.returncode == 0
        assert "was not asked" in done.stderr
        assert not any(row["servers"] for row in json.loads(done.stdout))
