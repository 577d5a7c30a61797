from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.ci_rules import SKIPPED_IN_CI

ROOT = Path(__file__).parent.parent

PASSES = "def test_it(record_property):\n    record_property('parties', 7)\n"
SKIPS = f"import pytest\n{PASSES}@pytest.mark.skip\ndef test_other(): pass\n"
LACKS_A_MODULE = "import pytest\npytest.importorskip('no_such_module')\n"
FAILS = f"{PASSES}def test_other(): assert False\n"
EXPECTED_TO_FAIL = f"import pytest\n{PASSES}@pytest.mark.xfail\ndef test_other(): assert False\n"


def run(folder: Path, modules: list[str], ci: str) -> subprocess.CompletedProcess[str]:
    """Pytest with the rules alone, on `test_0.py`, `test_1.py` and so on."""
    for number, module in enumerate(modules):
        (folder / f"test_{number}.py").write_text(module)
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "tests.kit.ci_rules", str(folder)],
        cwd=folder,
        env=kept | {"PYTHONPATH": str(ROOT), "CI": ci, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("modules", "ci", "status"),
    [
        pytest.param([SKIPS], "true", 1, id="a skip in CI fails"),
        pytest.param([SKIPS], "", 0, id="a skip elsewhere does not"),
        pytest.param([SKIPS], "false", 0, id="CI=false is elsewhere"),
        pytest.param([PASSES, LACKS_A_MODULE], "true", 1, id="a skipped module in CI fails"),
        pytest.param([EXPECTED_TO_FAIL], "true", 0, id="an expected failure is no skip"),
        pytest.param([FAILS], "true", 1, id="a failure stays one"),
    ],
)
def test_a_run_is_judged(tmp_path: Path, modules: list[str], ci: str, status: int) -> None:
    ended = run(tmp_path, modules, ci)
    told = ended.stdout
    assert ended.returncode == status, told
    assert (SKIPPED_IN_CI in told) == (ci == "true" and "skip" in "".join(modules))
    if (modules, ci) == ([SKIPS], "true"):
        assert "  test_0.py::test_other\n" in told
        assert "test_0.py::test_it: parties 7\n" in told
