"""Options that every command understands, before its name or after it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from bakureserve.cli.examples import EXAMPLES, first_of_each, in_help

if TYPE_CHECKING:
    from bakureserve.settings import Settings

HELP = "help"
HELP_OPTIONS = ["-h", "--help"]
_NEGATIVE = re.compile(r"-\.?\d")


@dataclass
class Common:
    """The common options of this run. `flags` is keyed by field of `Settings`; `settings`
    are those in effect, once known."""

    flags: dict[str, object] = field(default_factory=dict)
    debug: bool = False
    settings: Settings | None = None


class Verbs(TyperGroup):
    """A group to which `help VERB` is `VERB --help`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] == HELP and HELP not in self.commands:
            return self._resolve_help(ctx, args[1:])
        return super().resolve_command(ctx, args)

    def _resolve_help(self, ctx: Any, verb: list[str]) -> Any:
        if verb:
            return self.resolve_command(ctx, [*verb, "--help"])
        typer.echo(self.get_help(ctx))
        raise typer.Exit


class FirstVerb(Verbs):
    """A group whose first verb is the default: `eta HERE THERE` is `eta way HERE THERE`. A place
    named like a verb needs the long form."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:
            args = self._with_verb(ctx, args)
        return super().parse_args(ctx, args)

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        offered = super().shell_complete(ctx, incomplete)
        for param in next(iter(self.commands.values())).params:
            if param.param_type_name == "argument":
                return offered + param.shell_complete(ctx, incomplete)
        return offered

    def _with_verb(self, ctx: Any, args: list[str]) -> list[str]:
        first = next(iter(self.commands))
        try:
            _, rest, _ = self.make_parser(ctx).parse_args(list(args))
        except typer.TyperException:  # an option of the verb, unknown to this group
            return [first, *args]
        before = args[: len(args) - len(rest)]
        if (rest and rest[0] in {HELP, *self.commands}) or {*HELP_OPTIONS} & {*before}:
            return args
        return [*before, first, *rest]


class AllowsNegativeNumbers(TyperCommand):
    """A command to which `-33.9,18.4` is a point south of the equator.

    Such an argument is passed on with a leading space, which its parser strips.
    """

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        return super().parse_args(
            ctx, [f" {each}" if _NEGATIVE.match(each) else each for each in args]
        )


def noun(help: str, *, cls: type[TyperGroup] = Verbs) -> typer.Typer:  # noqa: A002  # Typer's name
    """A group of verbs. A command without verbs is a Typer application with one command."""
    return typer.Typer(
        cls=cls,
        help=help,
        callback=_no_verb,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
    )


@contextmanager
def naming(ctx: Any) -> Iterator[None]:
    """Add the command to a usage error that lacks it, so that it names the help to read."""
    try:
        yield
    except typer.TyperException as error:
        if getattr(error, "ctx", None) is None:
            error.ctx = ctx  # type: ignore[attr-defined]  # as its other usage errors have it
        raise


def with_named_errors(command: Any) -> Any:
    """The command, and every command below it, with errors that name its help."""
    parse = command.parse_args

    def parse_args(ctx: Any, args: list[str]) -> list[str]:
        with naming(ctx):
            parsed: list[str] = parse(ctx, args)
            return parsed

    command.parse_args = parse_args
    for below in command.commands.values() if isinstance(command, TyperGroup) else ():
        with_named_errors(below)
    return command


def with_common_options(command: Any) -> Any:
    """The command and every command below it, with the common options that they lack.

    A group with a default verb gets none that the verb has itself.
    """
    own = {option.name for option in command.params}
    if isinstance(command, FirstVerb):
        own |= {option.name for option in next(iter(command.commands.values())).params}
    command.params.extend(option for option in common_options() if option.name not in own)
    if isinstance(command, TyperGroup):
        for below in command.commands.values():
            with_common_options(below)
    return command


def with_examples(command: Any, path: str) -> Any:
    """The command, and every command below it, with the examples that its help ends with."""
    below = command.commands if isinstance(command, TyperGroup) else {}
    for verb, each in below.items():
        with_examples(each, f"{path} {verb}")
    lines = first_of_each(path) if below else EXAMPLES.get(path, ())
    command.epilog = in_help(lines) if lines else None
    return command


def common_options() -> list[Any]:
    """New common options, for one command."""
    reader = typer.Typer(add_completion=False)
    reader.command()(_options)
    return list(typer.main.get_command(reader).params)


def _keep_flag(ctx: typer.Context, param: typer.CallbackParam, value: object) -> None:
    if value is not None:
        ctx.ensure_object(Common).flags[str(param.name)] = value


def _keep_debug(ctx: typer.Context, value: bool) -> None:
    ctx.ensure_object(Common).debug |= value


def _no_verb() -> None:
    """Do nothing before the verb."""


def _options(
    data_dir: Annotated[
        Path | None,
        typer.Option(
            callback=_keep_flag,
            expose_value=False,
            help="Folder of the database and everything else the server keeps.",
        ),
    ] = None,
    database_url: Annotated[
        str | None,
        typer.Option(callback=_keep_flag, expose_value=False, help="The database, if elsewhere."),
    ] = None,
    debug: Annotated[
        bool,
        typer.Option(
            "--debug",
            callback=_keep_debug,
            expose_value=False,
            is_eager=True,
            envvar="BAKURESERVE_DEBUG",
            help="Show where an error comes from.",
        ),
    ] = False,
) -> None:
    """Never called: Typer reads the options from its signature."""
