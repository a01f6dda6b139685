"""`leatops show`: the rows of a plan as lines for people or for scripts, a window in memory at a time.

The plan itself is read by the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import polars as pl

from app.changes import change_lines
from app.cli.exits import ExitCode
from app.cli.output import Output
from app.cli.session import Session
from app.cli.words import STYLES
from ops.errors import SheetError
from ops.plan import ACTION_COLUMNS, Plan
from ops.sheet import Sheet, read_sheet


@dataclass(frozen=True, slots=True)
class ShowFlags:
    """The flags of `leatops show`, as click parsed them."""

    verbs: tuple[str, ...] = ()
    limit: int | None = None
    input_file: Path | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """One row of a plan; `changes` holds before and after of each field, before None without a contact."""

    row: int
    verb: str
    key: str | None
    target: str | None
    changes: dict[str, tuple[Any, Any]]
    reason: str | None
    cells: dict[str, str | None] | None = None

    def document(self) -> dict[str, Any]:
        """The shape scripts rely on."""
        found = {
            "row": self.row,
            "verb": self.verb,
            "key": self.key,
            "target": self.target,
            "changes": self.changes,
            "reason": self.reason,
        }
        return found if self.cells is None else found | {"input": self.cells}


def show(session: Session, path: Path, flags: ShowFlags) -> ExitCode:
    """Write the rows that were asked for to stdout."""
    out = session.out
    plan = Plan.load(path)
    plan.verify()
    sheet = _input(plan, flags)
    told = 0
    for one in islice(shown_rows(plan, flags.verbs, sheet), flags.limit):
        told += 1
        if session.json:
            out.line(one.document())
        else:
            write_row(out, one)
    total = sum(plan.counts.get(verb, 0) for verb in flags.verbs) if flags.verbs else plan.meta.rows
    named = " or ".join(dict.fromkeys(flags.verbs))
    deeds = bool(flags.verbs) and _DEEDS.issuperset(flags.verbs)
    what = f"rows to {named}" if deeds else f"{named} rows" if named else "rows"
    out.say(f"Showing {told:,} of {total:,} {what}.")
    return ExitCode.DONE


_DEEDS = frozenset({"create", "update", "delete", "merge", "claim", "issue", "send", "read"})


def _input(plan: Plan, flags: ShowFlags) -> Sheet | None:
    if flags.input_file is None:
        return None
    sheet = read_sheet(flags.input_file, encoding=flags.encoding, delimiter=flags.delimiter, sheet=flags.sheet)
    if sheet.sha256 != plan.meta.source.sha256:
        raise SheetError(
            f"{flags.input_file} is not the file the plan was made from, or has changed since: their SHA-256 differ.",
            file=str(flags.input_file),
        )
    if sheet.rows != plan.meta.rows or not plan.meta.source.reads_like(sheet.columns):
        raise SheetError(
            f"{flags.input_file} reads differently from when the plan was made: give the same --encoding, "
            "--delimiter and --sheet.",
            file=str(flags.input_file),
        )
    return sheet


def shown_rows(plan: Plan, verbs: tuple[str, ...] = (), sheet: Sheet | None = None) -> Iterator[Shown]:
    """The rows of a plan in order, those of some verbs when they are given."""
    for window in plan.windows(ACTION_COLUMNS):
        chosen = window.filter(pl.col("verb").is_in(verbs)) if verbs else window
        cells = _cells(chosen, sheet)
        for values, own in zip(chosen.iter_rows(), cells, strict=True):
            row, done, key, target, before, after, reason = values
            yield Shown(row, done, key, target, _changes(before, after), reason, own)


def _cells(window: pl.DataFrame, sheet: Sheet | None) -> Iterator[dict[str, str | None] | None]:
    if sheet is None:
        return iter([None] * window.height)
    return sheet.frame[window["row"] - 1].iter_rows(named=True)


def _changes(before: str | None, after: str | None) -> dict[str, tuple[Any, Any]]:
    old = {} if before is None else json.loads(before)
    new = {} if after is None else json.loads(after)
    return {name: (old.get(name), value) for name, value in new.items()}


def write_row(out: Output, one: Shown) -> None:
    """A row as a line, and a line for each field below it."""
    row = (f"row {one.row}", "bold")
    out.write(row, "  ", (one.verb, STYLES.get(one.verb, "")), "  ", one.key or one.target or "")
    lines = change_lines(((name, *pair) for name, pair in one.changes.items()), verb=one.verb)
    wide = max((len(line.name) for line in lines), default=0)
    for line in lines:
        left = f"    {line.name:<{wide}}  "
        if line.before is None:
            out.write(left, (line.after, "dim" if line.stays else "green"))
        else:
            out.write(left, (line.before, "red"), " → ", (line.after, "green"))
    if one.reason:
        out.write("    ", (one.reason, "yellow"))
    for column, cell in (one.cells or {}).items():
        out.write("    ", (f"{column}: ", "dim"), "" if cell is None else cell)
