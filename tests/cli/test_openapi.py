"""The description of the HTTP interface, without a server or a database."""

from __future__ import annotations

import json
from pathlib import Path

from bakureserve.cli.exit_status import Status
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.openapi import openapi_document
from tests.cli.conftest import Run


def test_the_description_is_the_servers_own_and_needs_no_database(bare: Run) -> None:
    ran = bare("openapi")
    assert (ran.status, ran.err) == (Status.OK, "")
    assert ran.json == json.loads(json.dumps(openapi_document(ENDPOINTS)))
    assert list(bare.folder.iterdir()) == []
    assert bare("openapi", "--output", "api.json") == (Status.OK, "", "Wrote api.json.\n")
    assert json.loads(Path("api.json").read_text()) == ran.json
