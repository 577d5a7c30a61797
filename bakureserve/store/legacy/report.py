"""What became of every row: counts for each file, and an entry for each row that needs a word."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO, Literal

import msgspec

from bakureserve.domain.errors import ReserveError
from bakureserve.store.legacy.files import FileName
from bakureserve.store.legacy.scratch import Spool

Outcome = Literal["imported", "unchanged", "adjusted", "rejected"]
Result = Literal["taken", "would_be_taken", "nothing_taken"]

EXAMPLES = 3


class Reason(msgspec.Struct, frozen=True):
    """A code of `docs/migration.md` with its parameters. Never holds anything personal."""

    code: str
    params: dict[str, Any] = {}


class ReportEntry(msgspec.Struct, frozen=True):
    """One row of the report. `position` counts from 0, `id` is the row's own where it has one."""

    file: FileName
    position: int
    id: str | None
    outcome: Outcome
    reasons: tuple[Reason, ...]


class FileReport(msgspec.Struct):
    """One file: read = imported + unchanged + adjusted + rejected.

    `path` is None for a file that is not there; `unread` are keys beside the rows.
    """

    file: FileName
    path: str | None
    bytes: int = 0
    sha256: str = ""
    read: int = 0
    imported: int = 0
    unchanged: int = 0
    adjusted: int = 0
    rejected: int = 0
    tables: int = 0
    unread: list[str] = []

    def counts(self) -> dict[str, int]:
        """How many rows came to what."""
        return {
            "read": self.read,
            "imported": self.imported,
            "unchanged": self.unchanged,
            "adjusted": self.adjusted,
            "rejected": self.rejected,
        }


class ReasonGroup(msgspec.Struct):
    """How often a reason was given for an outcome, and the first entries with it."""

    code: str
    outcome: Outcome
    count: int = 0
    examples: list[tuple[ReportEntry, Reason]] = []


class Report:
    """The report of one run. It needs no more memory for more entries."""

    def __init__(self) -> None:
        self.result: Result = "nothing_taken"
        self.error: Reason | None = None
        self.files: dict[FileName, FileReport] = {}
        self.groups: dict[tuple[str, Outcome], ReasonGroup] = {}
        self.entries: Spool[ReportEntry] = Spool(ReportEntry)

    def count(
        self,
        file: FileName,
        position: int,
        row_id: str | None,
        outcome: Outcome,
        reasons: Sequence[Reason] = (),
    ) -> None:
        """Count a row that was dealt with; with reasons it gets an entry."""
        counts = self.files[file]
        counts.read += 1
        setattr(counts, outcome, getattr(counts, outcome) + 1)
        if reasons:
            self._list(ReportEntry(file, position, row_id, outcome, tuple(reasons)))

    def refuse(self, error: ReserveError) -> None:
        """Nothing was taken, because of `error`."""
        self.result = "nothing_taken"
        self.error = Reason(error.code, error.params)

    @property
    def landed(self) -> int:
        """How many rows the run put into the store, or would."""
        return sum(file.imported + file.adjusted for file in self.files.values())

    @property
    def rejected(self) -> int:
        return sum(file.rejected for file in self.files.values())

    @property
    def is_clean(self) -> bool:
        """Whether every row was taken as it stood, and nothing in the files was left unread."""
        return not any(
            file.adjusted or file.rejected or file.unread for file in self.files.values()
        )

    def write_json(self, out: BinaryIO) -> None:
        """The whole report as JSON, one entry a line, however many there are."""
        head = {"result": self.result, "error": self.error, "files": list(self.files.values())}
        encode = msgspec.json.Encoder().encode
        out.write(encode(head)[:-1] + b',"rows":[')
        lead = b"\n"
        for entry in self.entries:
            out.write(lead + encode(entry))
            lead = b",\n"
        out.write(b"\n]}\n")

    def _list(self, entry: ReportEntry) -> None:
        self.entries.append(entry)
        for reason in entry.reasons:
            key = (reason.code, entry.outcome)
            group = self.groups.setdefault(key, ReasonGroup(reason.code, entry.outcome))
            group.count += 1
            if len(group.examples) < EXAMPLES:
                group.examples.append((entry, reason))

    def __iter__(self) -> Iterator[ReportEntry]:
        return iter(self.entries)
