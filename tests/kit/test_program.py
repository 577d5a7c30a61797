from __future__ import annotations

import os
import pty
import sys
from pathlib import Path

from tests.kit.program import drain

ASKED_FOR_A_PASSWORD = """
import sys
from pathlib import Path
from tests.kit.program import run

run("migrate", "up", cwd=Path(sys.argv[1]), DATA_DIR=sys.argv[1])
asked = run(
    *"users add --name Aysel --email aysel@example.az".split(),
    cwd=Path(sys.argv[1]),
    DATA_DIR=sys.argv[1],
)
print("ended with", asked.returncode)
"""


def test_a_program_that_asks_for_a_password_does_not_read_the_terminal_of_the_tests(
    tmp_path: Path,
) -> None:
    child, terminal = pty.fork()
    if child == 0:
        os.execv(sys.executable, [sys.executable, "-c", ASKED_FOR_A_PASSWORD, str(tmp_path)])
    shown = drain(terminal)
    os.waitpid(child, 0)
    os.close(terminal)
    assert b"ended with 2" in shown
