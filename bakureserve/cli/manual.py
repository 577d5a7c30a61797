"""`bakureserve help`: help for a command, and the pages of the documentation."""

from __future__ import annotations

import posixpath
import re
import sys
from difflib import get_close_matches
from pathlib import Path
from textwrap import fill
from typing import Annotated

import typer

from bakureserve.cli.app import NOUNS, invoke

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_LINK = re.compile(r"\[(?P<text>[^]]+)\]\((?P<page>[\w./-]+(?=\.md))?(\.md)?(#[^)]*)?\)")
_COMMENT = re.compile(r"^<!--.*?-->\n", re.MULTILINE | re.DOTALL)
_PACKAGE = Path(__file__).parent.parent
_FOLDERS = (
    _PACKAGE / "manual",  # in a wheel
    _PACKAGE.parent / "docs",  # in a checkout
)


def pages() -> dict[str, Path]:
    """The pages by name: `operations`, or `deployment/nginx` in a folder."""
    folder = next((each for each in _FOLDERS if each.is_dir()), _FOLDERS[0])
    found = (file.relative_to(folder) for file in sorted(folder.rglob("*.md")))
    return {file.with_suffix("").as_posix(): folder / file for file in found}


def _completed(incomplete: str) -> list[str]:
    return [each for each in {*NOUNS, *pages()} if each.startswith(incomplete)]


Words = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="COMMAND_OR_PAGE",
        help="A command, or a page of the documentation.  [default: all commands and pages]",
        show_default=False,
        autocompletion=_completed,
    ),
]


@app.command("help")
def help_(words: Words = None) -> None:
    """Tell about the program, one of its commands, or print a page of its documentation.

    The pages are those of this version. A page that is called like a command is named with its
    ending: cli.md, eta.md.
    """
    named = " ".join(words or ())
    if not words:
        invoke(["--help"])
        listed = fill(", ".join(pages()), initial_indent="  ", subsequent_indent="  ")
        typer.echo(f"\nPages:\n{listed}")
    elif words[0] in NOUNS:
        raise typer.Exit(invoke([*words, "--help"]))
    elif (page := page_called(named)) is not None:
        _show(with_links_as_commands(pages()[page].read_text(encoding="utf-8"), page))
    else:
        near = get_close_matches(named, [*NOUNS, *pages()], n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise typer.BadParameter(f"There is no command or page '{named}'.{hint}")


def page_called(named: str) -> str | None:
    """The page by its name; for a folder its first page."""
    name = named.removesuffix(".md").rstrip("/")
    return next((page for page in (name, f"{name}/README") if page in pages()), None)


def with_links_as_commands(text: str, page: str) -> str:
    """A page's text without comments, which are for tests, and with links to other pages as the
    commands that print them.
    """

    def command(link: re.Match[str]) -> str:
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), link["page"] or page))
        if name == page or name not in pages():
            return link["text"]
        return f"{link['text']} (`bakureserve help {name}{'.md' if name in NOUNS else ''}`)"

    return _LINK.sub(command, _COMMENT.sub("", text))


def _show(page: str) -> None:
    """Print a page: as written in a pipe, laid out on a terminal."""
    if not sys.stdout.isatty():
        sys.stdout.write(page)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page, hyperlinks=False))
