"""How a run ends: the exit status of each error, and the sentence on stderr."""

from __future__ import annotations

import errno
import sys
import traceback
from contextlib import suppress

import typer

from bakureserve.cli.exit_status import Status
from bakureserve.domain.errors import (
    Conflict,
    FieldProblem,
    Invalid,
    NotFound,
    ReserveError,
    SchemaMismatch,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    TooMany,
    Unavailable,
)
from bakureserve.locale import say
from bakureserve.settings import Settings, SettingsError, SettingsUnreadable, pasteable

# The nearest family in the error's ancestry counts, so that the base can stand for the rest.
STATUS_OF: dict[type[ReserveError], Status] = {
    ReserveError: Status.REFUSED,
    NotFound: Status.NOT_FOUND,
    Conflict: Status.CONFLICT,
    TooMany: Status.UNAVAILABLE,
    Unavailable: Status.UNAVAILABLE,
    SettingsUnreadable: Status.READ_ONLY,
    StoreBusy: Status.BUSY,
    StoreFull: Status.FULL,
    StoreReadOnly: Status.READ_ONLY,
    StoreCorrupt: Status.CORRUPT,
    SchemaMismatch: Status.SCHEMA,
}

STATUS_OF_ERRNO: dict[int, Status] = {
    errno.ENOSPC: Status.FULL,
    errno.EDQUOT: Status.FULL,
    errno.EROFS: Status.READ_ONLY,
    errno.EACCES: Status.READ_ONLY,
    errno.EPERM: Status.READ_ONLY,
}

_ADVICE = {
    Status.FULL: "Free some space there, then try again.",
    Status.READ_ONLY: "Check that this account may read and write it, then try again.",
}


def explain(error: Exception, *, debug: bool, settings: Settings | None = None) -> int:
    """Print what went wrong on stderr, and return the exit status.

    With `settings`, recommended commands find their data, and a failing database is named.
    """
    if debug:
        traceback.print_exception(error)
    status, sentence = ending(error)
    if settings is not None:
        sentence = _with_database_file(pasteable(sentence, settings), error, settings)
    if sentence:
        with suppress(OSError):  # the exit status says enough
            sys.stderr.write(f"{sentence}\n")
    return status


def _with_database_file(sentence: str, error: Exception, settings: Settings) -> str:
    """The sentence, with the database's file when the store failed; guests never see the path."""
    path = str(settings.database_path)
    is_of_database = isinstance(error, Unavailable) and error.code.startswith("store_")
    return f"{sentence} Its file: {path}" if is_of_database and path not in sentence else sentence


def ending(error: Exception) -> tuple[int, str]:
    """The exit status for an error, and its sentence."""
    match error:
        case typer.Abort():
            return Status.INTERRUPTED, "Stopped."
        case typer.TyperException():
            return _of_usage(error)
        case ReserveError():
            return _of_family(error), sentence_of(error)
        case OSError():
            return STATUS_OF_ERRNO.get(error.errno or 0, Status.UNAVAILABLE), _of_system(error)
        case UnicodeEncodeError():  # bytes of the command line that are no text
            return Status.REFUSED, f"{error.object!a} is not valid UTF-8. Give it in that encoding."
        case _:
            return Status.BUG, (
                f"The program failed because of a bug, {type(error).__name__}: {error}. "
                "Run it again with --debug to see where."
            )


def sentence_of(error: ReserveError) -> str:
    """The words for an error, in English; a line for each field that broke a rule."""
    if isinstance(error, SettingsError):
        return str(error)
    if isinstance(error, Invalid):
        return "\n".join(_of_problem(problem) for problem in error.problems)
    return say(error.code, error.params, "en")


def _of_problem(problem: FieldProblem) -> str:
    sentence = say(problem.code, problem.params, "en")
    return f"{problem.field}: {sentence}" if problem.field else sentence


def _of_family(error: ReserveError) -> Status:
    return next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)


def _of_usage(error: typer.TyperException) -> tuple[int, str]:
    """Typer's own complaint about the command line: its words, and where to read more."""
    say_it = getattr(error, "format_message", lambda: str(error))
    context = getattr(error, "ctx", None)
    is_help_itself = type(error).__name__ == "NoArgsIsHelpError"  # Typer does not export it
    hint = f" Try '{context.command_path} --help'." if context and not is_help_itself else ""
    return Status.REFUSED, f"{_as_sentence(say_it())}{hint}"


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", ")")) or "\n" in text else f"{text}."


def _of_system(error: OSError) -> str:
    what = error.strerror or str(error)
    told = f"{error.filename}: {what}." if error.filename else f"{what}."
    advice = _ADVICE.get(STATUS_OF_ERRNO.get(error.errno or 0, Status.UNAVAILABLE), "")
    return f"{told} {advice}".rstrip()
