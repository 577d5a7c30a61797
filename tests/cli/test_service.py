"""`service install`: a unit that is right, and that replaces nothing unasked."""

from __future__ import annotations

import shlex
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.cli.service import Unit
from bakureserve.domain.errors import Invalid
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


def test_the_unit_runs_this_program_on_this_folder_and_lets_it_write_nowhere_else(
    bare: Run,
) -> None:
    unit = options(bare("service", "install", "--user", "nobody").out)
    folder = str(bare.folder)
    assert shlex.split(unit["ExecStart"][0]) == [sys.executable, "-m", "bakureserve", "serve"]
    expected = {
        "RequiresMountsFor": folder,
        "RestartPreventExitStatus": "2 3 5 8 9 10",
        "User": "nobody",
        "WorkingDirectory": folder,
        "Environment": f"DATA_DIR={folder}",
        "Type": "notify",
        "TimeoutStopSec": "40",
        "ProtectSystem": "strict",
        "ReadWritePaths": folder,
        "CapabilityBoundingSet": "",
    }
    assert {name: unit[name] for name in expected} == {n: [v] for n, v in expected.items()}
    elsewhere = options(bare("service", "install", "--database-url", "sqlite:////mnt/b/x.db").out)
    assert elsewhere["ReadWritePaths"] == [f"{folder} /mnt/b"]


def test_a_low_port_is_the_one_privilege_the_unit_may_get() -> None:
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
def test_any_folder_is_written_into_the_unit_as_systemd_reads_it(folder: str, said: str) -> None:
    assert options(a_unit(data_dir=Path(folder)).text())["Environment"] == [said]


def test_a_folder_that_would_add_a_line_is_refused() -> None:
    with pytest.raises(Invalid, match="unit_text"):
        a_unit(data_dir=Path("/srv/x\nExecStartPre=/bin/evil")).text()


def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    text = a_unit(program=(sys.executable, "-m", "bakureserve"), account="root").text()
    assert text.count("[Service]") == 1
    if shutil.which("systemd-analyze"):
        file = tmp_path / "bakureserve.service"
        file.write_text(text)
        verified = subprocess.run(
            ["systemd-analyze", "verify", file], capture_output=True, text=True, check=False
        )
        assert (verified.returncode, verified.stderr) == (0, "")


def write(bare: Run, file: Path, *more: str) -> tuple[int, str]:
    ran = bare("service", "install", "--write", "--file", file, "--user", "nobody", *more)
    return ran.status, ran.err


def test_the_unit_is_written_once_and_the_next_step_is_told(bare: Run, tmp_path: Path) -> None:
    file = tmp_path / "reserve.service"
    status, said = write(bare, file)
    assert status == Status.OK
    assert "systemctl enable --now reserve" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert file.read_text() == bare("service", "install", "--user", "nobody").out
    before = file.stat().st_ino
    assert write(bare, file)[0] == Status.OK
    assert file.stat().st_ino == before


def test_a_unit_that_says_something_else_is_replaced_only_when_told_so(
    bare: Run, tmp_path: Path
) -> None:
    file = tmp_path / "reserve.service"
    file.write_text("[Service]\nExecStart=/bin/true\n")
    status, said = write(bare, file)
    assert status == Status.CONFLICT
    assert "--force" in said
    assert "/bin/true" in file.read_text()
    assert write(bare, file, "--force")[0] == Status.OK
    assert "bakureserve" in file.read_text()


@pytest.mark.parametrize("kind", STRANGE)
def test_the_unit_replaces_nothing_but_a_file(bare: Run, tmp_path: Path, kind: str) -> None:
    target = strange_file(tmp_path, kind)
    before = as_it_lies(target)
    assert write(bare, target, "--force")[0] == Status.CONFLICT
    assert as_it_lies(target) == before


def test_settings_that_the_service_would_not_see_are_named_without_their_values(
    bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOMAP_GUID", "top-secret")
    monkeypatch.setenv("PORT", "9000")
    Path(".env").write_text("CURRENCY=EUR\n")
    ran = bare("service", "install")
    (warned,) = [line for line in ran.err.splitlines() if "the service does not see" in line]
    for named in ("GOMAP_GUID", "PORT", f"{bare.folder}/.env"):
        assert named in warned
    assert "CURRENCY" not in ran.err
    assert "top-secret" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--user", "no-such-account"], "no-such-account"),
        (["--data-dir", "nowhere"], "nowhere"),
        (["--write", "--file", "no/x.service"], "no"),
    ],
)
def test_an_account_or_folder_that_does_not_exist_is_refused(
    bare: Run, options: list[str], said: str
) -> None:
    bare("service", "install", *options).ends(Status.NOT_FOUND, said)
