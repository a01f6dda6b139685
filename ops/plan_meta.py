"""What a plan says of itself inside its file: the job, the source, the account, how it was read, what was found.

The rows of a plan, and how it is written and checked, are `plan`'s business.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from ops.jobs import find_job

ENDINGS: Final = (".csv", ".tsv", ".tab", ".txt", ".xlsx", ".xlsm", ".parquet", ".json", ".jsonl", ".ndjson")
"""All that a private job's plan may hold of its file's name, which may name a person."""


def ending_of(name: str) -> str:
    """The ending of a file's name, if it is one of `ENDINGS`."""
    return next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")


class Source(msgspec.Struct, frozen=True):
    """The file a plan was made from."""

    name: str
    """Of a private job's file the ending alone."""
    sha256: str
    columns: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    width: int = 0
    """How many columns it has, of which a private job's plan does not name all."""

    def reads_like(self, columns: Sequence[str]) -> bool:
        """Whether columns may be those of this file, read as it was for the plan."""
        ours = set(self.columns)
        named = tuple(column for column in columns if column in ours)
        return named == self.columns and len(columns) == (self.width or len(self.columns))


class MappedField(msgspec.Struct, frozen=True):
    """A mapped column, as it was when the plan was made."""

    column: str
    field: str
    rule: str
    why: str


class Problem(msgspec.Struct, frozen=True):
    """Something about one cell or row; `kind` and `severity` are stable words."""

    row: int
    column: str | None
    kind: str
    message: str
    severity: str = "error"
    line: int | None = None
    """Where the row begins in the file; None where the file has no lines."""

    @property
    def odd_line(self) -> int | None:
        """The line, where it is not the one after the row's number, as it is below a header on line 1."""
        return None if self.line == self.row + 1 else self.line

    def document(self) -> dict[str, Any]:
        """The shape scripts rely on; the line stands in it when it is known."""
        shape = msgspec.structs.asdict(self)
        if self.line is None:
            del shape["line"]
        return shape


class Reads(msgspec.Struct, frozen=True):
    """How the account was read."""

    how: str
    why: str
    requests: int


class PlanMeta(msgspec.Struct, frozen=True):
    """What a plan is about; stored inside its file."""

    version: int
    job: str
    options: dict[str, str]
    mapping: tuple[MappedField, ...]
    kinds: dict[str, str]
    source: Source
    base_url: str
    shops: tuple[str, ...]
    programs: tuple[str, ...]
    account: str
    checksum: str
    made_at: float
    """Unix time."""
    rows: int
    verbs: dict[str, int]
    writes: int
    lookup: Reads
    rate: float | None
    problems: tuple[Problem, ...] = ()
    problem_counts: dict[str, int] = {}
    reads: int = 0
    """Reads of a run, apart from seeing who the account is."""
    totals: dict[str, int] = {}
    """What the acting rows come to, such as cents; the names are the job's."""
    traces: tuple[str, ...] = ()
    """Runs and plans of the home that held data of the people to be erased, when this was planned."""
    notes: tuple[str, ...] = ()
    """What a person must know before agreeing, in sentences."""
    undoes: str = ""
    """The run whose values from before it restores; empty for the plan of a file."""

    @property
    def made_from(self) -> str:
        """What was planned, in words: the file's name or, where no name is kept, its hash."""
        if not find_job(self.job).private:
            return self.source.name
        known = [*filter(None, [ending_of(self.source.name)]), f"SHA-256 {self.source.sha256[:8]}…"]
        return f"the input file ({', '.join(known)})"

    def binding(self) -> bytes:
        """What the checksum binds besides the actions, as canonical JSON."""
        bound = [
            self.version,
            self.job,
            sorted(self.options.items()),
            [(m.column, m.field, m.rule) for m in self.mapping],
            self.source.sha256,
            self.base_url,
            self.shops,
            self.programs,
            # What consent is given to is counted by these.
            sorted(self.verbs.items()),
            sorted(self.totals.items()),
            self.writes,
        ]
        if find_job(self.job).private:
            # The checksum leaves out what such a plan forgets: of one file, this tells the plans apart.
            bound.append(self.made_at)
        return msgspec.json.encode(bound)
