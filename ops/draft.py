"""A file's rows, checked and mapped for a job, before the account's contacts are known: what is to be looked up.

Reads nothing; `planner` does that with what is asked for here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from pathlib import Path
from typing import Final, cast

import polars as pl

from ops.diff import Attribute
from ops.errors import SheetError
from ops.fields import Field, Kind, ParseOptions
from ops.jobs.base import Job
from ops.jobs.options import JobOptions, Premises, check_options
from ops.leat.client import Timeouts
from ops.leat.pace import DEFAULT_RATE
from ops.leat.records import Named, Program
from ops.lookup import How, Identity, Wanted
from ops.mapping import Mapping as ColumnMapping
from ops.mapping import Rule
from ops.resolve import keys_of
from ops.rows import Policy, RowOptions, Rows, first_errors, make_rows
from ops.rows.make import is_own
from ops.sheet import NO_FILE, Sheet, written_by_export

WORTH: Final = 1_000
"""How many requests more a job that spends may take to see that two contacts share an address: a few minutes."""
_THOUSANDS: Final = r"^-?[1-9][0-9]{0,2}\.[0-9]{3}$"
SAFE_PROBLEMS: Final = ("missing", "blank", "duplicate")
"""Kinds of problems whose messages hold nothing of the row."""


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """How a plan is made.

    Attributes:
        options: The job's options, as text.
        dates: The format of date cells, when it is not ISO.
        decimal: The decimal mark of numbers in text cells; what is a number in the file needs none.
        lookup: `list` or `find` to choose how the account is read.
        rate: Requests per second; None for no limit.
        home: Whose runs are looked through for people who are to be erased; the default home when None.
        progress: Told reads done and reads to do.
    """

    options: Mapping[str, str] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    lookup: How = "auto"
    rate: float | None = DEFAULT_RATE
    timeouts: Timeouts = Timeouts()
    home: Path | None = None
    progress: Callable[[int, int], None] | None = None


@dataclass(frozen=True, slots=True)
class AccountView:
    """What planning reads of an account before it looks at a file: who it is and what it can hold."""

    name: str
    identity: Identity
    attributes: tuple[Field, ...]
    programs: tuple[Program, ...] = ()
    shops: tuple[Named, ...] = ()

    def fields(self, job: type[Job]) -> tuple[Field, ...]:
        """Where a column can be mapped to: the job's fields and, when the job takes them, the account's attributes.

        A field of the job goes before an attribute of the same name.
        """
        own = {one.name for one in job.fields}
        attributes = [one for one in self.attributes if one.name not in own] if job.takes_attributes else []
        return (*job.fields, *attributes)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file's rows, checked and mapped, before the account's contacts are known."""

    job: Job
    sheet: Sheet
    mapping: ColumnMapping
    rows: Rows
    rate: float | None = DEFAULT_RATE
    decimal: str | None = None

    def cells(self) -> pl.DataFrame:
        """The file's cells as a text file has them, which a run's own files are: numbers with the mark of the texts.

        So the refused rows are read by the same options as before. Where no mark was chosen, a number that might be
        taken for thousands gets a zero behind it. What an export has written is known again by itself.
        """
        frame, numbers = self.sheet.frame, self.sheet.numbers
        fields = {one.name: one for one in (*self.job.fields, *self.rows.fields)}
        pairs = [(pair, fields[pair.field]) for pair in self.mapping.columns if pair.field in fields]
        read = [
            pair.column
            for pair, field in pairs
            if field.kind in {Kind.NUMBER, Kind.CENTS}
            and pair.column in numbers.columns
            and not (is_own(pair, field) and written_by_export(frame, pair.column) is not None)
        ]
        return frame.with_columns(
            pl.when(numbers[name]).then(_as_text(pl.col(name), self.decimal)).otherwise(name).alias(name)
            for name in read
        )

    def names(self) -> dict[str, str]:
        """What each mapped column is called in the plan; see `kept_names`."""
        return kept_names(self.job, self.mapping)

    def wanted(self) -> Wanted:
        """The keys of the rows that may act or keep others from it, and what is read of whom they name."""
        right = pl.col("error").is_null()
        # Rows that are held for each other may share their contact with one that names it otherwise.
        wanted_too = pl.lit(policy(self.job.set) == "hold")
        live = self.rows.frame.filter(right & (wanted_too | pl.col("hold").is_null()))
        attributes = dict.fromkeys(attribute.name for attribute in self.job.attributes)
        wanted = Wanted(certain=_certainty(self.job), private=self.job.private)
        for party in self.job.looked_up():
            keys = keys_of(live, party)
            given = {name: keys[name].drop_nulls() for name in ("uuid", "identifier", "hash") if name in keys.columns}
            if party.card:
                wanted = replace(
                    wanted,
                    cards=_more(wanted.cards, given.get("uuid")),
                    hashes=_more(wanted.hashes, given.get("hash")),
                    card_values=(*wanted.card_values, *party.looks),
                )
                continue
            attributes |= dict.fromkeys(party.looks)
            if "uuid" in keys.columns:
                keys = keys.filter(pl.col("uuid").is_null())
            wanted = replace(
                wanted,
                uuids=_more(wanted.uuids, given.get("uuid")),
                identifiers=_more(wanted.identifiers, given.get("identifier")),
                emails=_more(wanted.emails, _addresses(keys) if "email" in keys.columns else None),
            )
        return replace(wanted, attributes=tuple(attributes))


def _more(keys: pl.Series, new: pl.Series | None) -> pl.Series:
    return keys if new is None else pl.concat([keys.alias("key"), new.alias("key")]).unique(maintain_order=True)


def _addresses(keys: pl.DataFrame) -> pl.Series:
    some = keys.unique("email.key", keep="first", maintain_order=True).drop_nulls("email.key")
    # The account may hold the other spelling of an internationalised host.
    otherwise = some.filter(pl.col("email").str.to_lowercase() != pl.col("email.key"))["email.key"]
    return pl.concat([some["email"], otherwise.alias("email")])


def draft_rows(job: type[Job], sheet: Sheet, mapping: ColumnMapping, view: AccountView, options: PlanOptions) -> Draft:
    """Check and map a file's rows; nothing is read.

    Raises:
        InputError: The mapping, an option or the file cannot be used.
    """
    if job.private:
        _refuse_addresses(sheet)
    cells = ParseOptions(options.dates, options.decimal)
    mapped = frozenset(pair.field for pair in mapping.columns)
    premises = Premises(view.programs, view.shops, view.attributes, mapped, cells, has_file=sheet.format != NO_FILE)
    chosen = job.settle(check_options(job, options.options), premises)
    row_options = RowOptions(options.dates, options.decimal, policy(chosen), job.unique)
    rows = make_rows(sheet, mapping, view.fields(job), row_options, job.row_needs(chosen))
    if job.private:
        rows = _without_values(rows, kept_names(job, mapping))
    attributes = tuple(Attribute(f.name, f.kind, rows.rules.get(f.name, Rule.OVERWRITE)) for f in rows.fields)
    return Draft(job(chosen, attributes), sheet, mapping, rows, options.rate, options.decimal)


def policy(options: JobOptions) -> Policy:
    """What to do with rows that share a key; the choices were checked with the options."""
    return cast(Policy, options["duplicates"])


def kept_names(job: Job | type[Job], mapping: ColumnMapping) -> dict[str, str]:
    """What each mapped column is called in the plan: by its header or, in a private job's, by its field.

    A header may name somebody, too. Only the columns that stay in the plan keep theirs.
    """
    if not job.private:
        return {pair.column: pair.column for pair in mapping.columns}
    names = {pair.column: pair.column for pair in mapping.columns if pair.field in job.kept}
    taken = set(names)
    for pair in mapping.columns:
        if pair.column not in taken:
            name = pair.field
            while name in names.values():
                name = f"({name})"
            names[pair.column] = name
    return names


def _refuse_addresses(sheet: Sheet) -> None:
    """See that the header names columns and not a person.

    Raises:
        SheetError: It holds an address.
    """
    for number, name in enumerate(sheet.columns, 1):
        if "@" in name:
            raise SheetError(
                f"{sheet.path.name}: the header of column {number} holds an e-mail address, so the first line seems to "
                "be a person, who would be passed over. Put a line with the columns' names above it, such as email.",
                file=str(sheet.path),
                column=number,
            )


def _without_values(rows: Rows, names: Mapping[str, str]) -> Rows:
    """The same rows with problems that say what is wrong and hold nothing of the row.

    Why a row is wrong is kept in the plan, so it is told under the names that columns have there.
    """
    told = pl.format("cannot be used ({}): look at the row in the file", "kind")
    message = pl.when(pl.col("kind").is_in(SAFE_PROBLEMS)).then("message").otherwise(told)
    problems = rows.problems.with_columns(message=message)
    # Of rows that share a key it is said, too; they are held, and not wrong.
    wrong = problems.filter(pl.col("kind") != "duplicate").with_columns(pl.col("column").replace(names))
    return replace(rows, problems=problems, frame=rows.frame.with_columns(first_errors(wrong, rows.frame.height)))


def _certainty(job: Job) -> float:
    """How many requests it is worth to see that an address leads to two contacts, which the job would take for one."""
    if job.destroys:
        return inf
    return WORTH if job.guarded else 0


def _as_text(number: pl.Expr, decimal: str | None) -> pl.Expr:
    """A number as a text that is read like it, with or without a mark for texts."""
    if decimal == ",":
        return number.str.replace(".", ",", literal=True)
    return number.str.replace(_THOUSANDS, "${0}0") if decimal is None else number
