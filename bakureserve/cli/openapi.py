"""`bakureserve openapi`: the description of the HTTP interface."""

from __future__ import annotations

import typer

from bakureserve.cli.files import OutputFile, written_to
from bakureserve.cli.output import emit_one, say

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def openapi(output: OutputFile = None) -> None:
    """Print the OpenAPI 3.1 document that the server answers at /openapi.json."""
    from bakureserve.server.app import ENDPOINTS
    from bakureserve.server.openapi import openapi_document

    with written_to(output):
        emit_one(openapi_document(ENDPOINTS), as_json=True)
    if output:
        say(f"Wrote {output}.")
