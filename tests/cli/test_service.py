"""`service install`: a unit that is right, and that replaces nothing unasked."""

from __future__ import annotations

import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bakureserve.cli.status import Status
from bakureserve.cli.systemd import Unit
from bakureserve.domain.errors import Invalid
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.strange_files import STRANGE, as_it_lies, strange_file


def options(text: str) -> dict[str, list[str]]:
    """The unit's options, each with all of its values."""
    found: dict[str, list[str]] = {}
    for line in text.splitlines():
        name, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found


def a_unit(**fields: object) -> Unit:
    given: dict[str, object] = {
        "program": ("/opt/baku/bin/python", "-m", "bakureserve"),
        "account": "baku",
        "data_dir": Path("/srv/baku"),
        "writable": (Path("/srv/baku"),),
        "port": 8000,
        "stopping": 10.0,
    }
    return Unit(**given | fields)  # type: ignore[arg-type]


def test_it_runs_this_program_on_this_folder(run: Run, house_settings: Settings) -> None:
    ran = run("service", "install", "--user", "nobody")
    unit = options(ran.out)
    folder = str(house_settings.data_dir)
    assert shlex.split(unit["ExecStart"][0]) == [sys.executable, "-m", "bakureserve", "serve"]
    assert unit["RequiresMountsFor"] == [folder]
    assert unit["RestartPreventExitStatus"] == ["2 3 5 8 9 10"]
    assert unit["User"] == ["nobody"]
    assert unit["WorkingDirectory"] == [folder]
    assert unit["Environment"] == [f"DATA_DIR={folder}"]
    assert unit["Type"] == ["notify"]
    assert unit["TimeoutStopSec"] == ["40"]


def test_it_may_write_to_its_folder_and_nowhere_else(run: Run, house_settings: Settings) -> None:
    unit = options(run("service", "install").out)
    assert unit["ProtectSystem"] == ["strict"]
    assert unit["ReadWritePaths"] == [str(house_settings.data_dir)]
    assert unit["CapabilityBoundingSet"] == [""]
    elsewhere = options(run("service", "install", "--database-url", "sqlite:////mnt/b/x.db").out)
    assert elsewhere["ReadWritePaths"] == [f"{house_settings.data_dir} /mnt/b"]


def test_a_low_port_is_the_one_privilege_it_may_get() -> None:
    unit = options(a_unit(port=443).text())
    assert unit["AmbientCapabilities"] == ["CAP_NET_BIND_SERVICE"]


@pytest.mark.parametrize(
    ("folder", "said"),
    [
        ("/srv/baku", "DATA_DIR=/srv/baku"),
        ("/srv/two words", '"DATA_DIR=/srv/two words"'),
        ("/srv/100%", '"DATA_DIR=/srv/100%%"'),
        ('/srv/$HOME"\\', '"DATA_DIR=/srv/$$HOME\\"\\\\"'),
    ],
)
def test_any_folder_is_said_as_it_is(folder: str, said: str) -> None:
    assert options(a_unit(data_dir=Path(folder)).text())["Environment"] == [said]


def test_a_folder_that_would_add_a_line_is_refused() -> None:
    with pytest.raises(Invalid, match="unit_text"):
        a_unit(data_dir=Path("/srv/x\nExecStartPre=/bin/evil")).text()


def test_systemd_finds_nothing_wrong_with_it_where_it_can_be_asked(tmp_path: Path) -> None:
    text = a_unit(program=(sys.executable, "-m", "bakureserve"), account="root").text()
    assert text.count("[Service]") == 1
    if shutil.which("systemd-analyze"):
        file = tmp_path / "bakureserve.service"
        file.write_text(text)
        verified = subprocess.run(
            ["systemd-analyze", "verify", file], capture_output=True, text=True, check=False
        )
        assert (verified.returncode, verified.stderr) == (0, "")


class TestWrite:
    def write(self, run: Run, file: Path, *more: str) -> tuple[int, str]:
        ran = run("service", "install", "--write", "--file", str(file), "--user", "nobody", *more)
        return ran.status, ran.err

    def test_it_is_written_whole_and_the_next_step_is_told(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "reserve.service"
        status, said = self.write(run, file)
        assert status == Status.OK
        assert "systemctl enable --now reserve" in said
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert file.read_text() == run("service", "install", "--user", "nobody").out

    def test_one_that_says_the_same_is_left_alone(self, run: Run, tmp_path: Path) -> None:
        file = tmp_path / "reserve.service"
        self.write(run, file)
        before = file.stat().st_ino
        assert self.write(run, file)[0] == Status.OK
        assert file.stat().st_ino == before

    def test_one_that_says_something_else_is_replaced_only_when_told(
        self, run: Run, tmp_path: Path
    ) -> None:
        file = tmp_path / "reserve.service"
        file.write_text("[Service]\nExecStart=/bin/true\n")
        status, said = self.write(run, file)
        assert status == Status.CONFLICT
        assert "--force" in said
        assert "/bin/true" in file.read_text()
        assert self.write(run, file, "--force")[0] == Status.OK
        assert "bakureserve" in file.read_text()

    @pytest.mark.parametrize("kind", STRANGE)
    def test_it_takes_no_other_place_than_a_files(
        self, run: Run, tmp_path: Path, kind: str
    ) -> None:
        target = strange_file(tmp_path, kind)
        before = as_it_lies(target)
        assert self.write(run, target, "--force")[0] == Status.CONFLICT
        assert as_it_lies(target) == before

    def test_a_folder_that_is_not_there_is_named(self, run: Run, tmp_path: Path) -> None:
        assert self.write(run, tmp_path / "no" / "x.service")[0] == Status.NOT_FOUND


def test_settings_that_the_service_would_not_see_are_named_without_their_values(
    run: Run, monkeypatch: pytest.MonkeyPatch, house_settings: Settings
) -> None:
    monkeypatch.setenv("GOMAP_GUID", "top-secret")
    (house_settings.data_dir / ".env").write_text("CURRENCY=EUR\n")
    monkeypatch.setenv("PORT", "9000")
    ran = run("service", "install")
    (warned,) = [line for line in ran.err.splitlines() if "the service does not see" in line]
    assert "GOMAP_GUID" in warned
    assert "PORT" in warned
    assert f"{house_settings.data_dir}/.env" in warned
    assert "CURRENCY" not in ran.err
    assert "top-secret" not in ran.err + ran.out


def test_an_account_or_folder_that_does_not_exist_is_refused(run: Run, tmp_path: Path) -> None:
    by_nobody = run("service", "install", "--user", "no-such-account")
    nowhere = run("service", "install", "--data-dir", str(tmp_path / "nowhere"))

    assert (by_nobody.status, nowhere.status) == (Status.NOT_FOUND, Status.NOT_FOUND)
    assert "no-such-account" in by_nobody.err
    assert "nowhere" in nowhere.err
