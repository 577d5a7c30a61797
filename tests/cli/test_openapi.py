"""The description of the HTTP interface, without a server or a database."""

from __future__ import annotations

import json
from pathlib import Path

from bakureserve.cli.status import Status
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.openapi import openapi_document
from tests.cli.conftest import Run
from tests.kit import program


def test_it_is_the_servers_own_and_needs_no_database(tmp_path: Path) -> None:
    ran = program.run("openapi", cwd=tmp_path, DATA_DIR="nowhere")

    assert (ran.returncode, ran.stderr) == (Status.OK, "")
    assert json.loads(ran.stdout) == json.loads(json.dumps(openapi_document(ENDPOINTS)))
    assert list(tmp_path.iterdir()) == []


def test_it_goes_to_a_file_when_one_is_named(run: Run, tmp_path: Path) -> None:
    ran = run("openapi", "--output", "openapi.json")

    assert (ran.status, ran.out, ran.err) == (Status.OK, "", "Wrote openapi.json.\n")
    assert json.loads((tmp_path / "openapi.json").read_text())["openapi"] == "3.1.0"
