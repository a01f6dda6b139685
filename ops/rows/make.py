"""`make_rows`: every row of a sheet with its keys, the values to write, and its problems.

A bad row never stops the others; whether a key exists in the account is for the planner.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import polars as pl

from ops.errors import MappingError
from ops.fields import Field, Kind, Parsed, ParseOptions, email_key, parse
from ops.fields.dates import date_format
from ops.fields.text import BLANK, bare, shown_text
from ops.mapping import MappedColumn, Mapping, Rule
from ops.rows.duplicates import Policy, hold_duplicates
from ops.sheet import Sheet, written_by_export

_PROBLEMS = {
    "row": pl.UInt32,
    "column": pl.String,
    "kind": pl.String,
    "severity": pl.String,
    "message": pl.String,
}
_TYPED = {Kind.CENTS, Kind.NUMBER, Kind.BOOLEAN, Kind.DATE, Kind.DATE_TIME, Kind.CHOICE, Kind.CHOICES}
"""Kinds whose values are not the file's own text."""
_WHAT = {"email": "e-mail", "uuid": "uuid"}


@dataclass(frozen=True, slots=True)
class RowOptions:
    """How the file's texts write dates and numbers, and what rows may not share."""

    dates: str | None = None
    decimal: str | None = None
    duplicates: Policy = "hold"
    unique: tuple[str, ...] = ("email", "uuid")
    """Fields whose values must not stand in two rows, so far as they are mapped."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a sheet in order, and what is to be said about them."""

    frame: pl.DataFrame
    """One line per row of the sheet.

    `row` (UInt32, 1-based), and `line` where the sheet has `lines`; each mapped field that is no attribute under
    its own name (text without blanks at its ends, an amount in whole cents; null if blank); `email.key` when
    `email` is mapped (null if wrong); `want.<attribute>` (JSON text to write; null leaves it alone, the text
    `null` clears it); `error` (why the row is invalid) and `hold` (why it is not safe to run), both null for most.
    """
    problems: pl.DataFrame
    """`row`, `column`, `kind`, `severity`, `message`; sorted by row.

    After an `error` the row does not run, a `warning` is only said.
    """
    fields: tuple[Field, ...]
    """The mapped attributes, in the mapping's order."""
    rules: dict[str, Rule]
    """How each of them is written."""


def make_rows(
    sheet: Sheet,
    mapping: Mapping,
    fields: Sequence[Field],
    options: RowOptions,
    needs: Sequence[tuple[str, ...]],
) -> Rows:
    """Check every row and say what it is to write.

    Args:
        sheet: The file.
        mapping: Which column is which field.
        fields: What the job and the account have.
        options: How values are written in the file, and what becomes of duplicates.
        needs: Alternatives of fields; a row that fills none of them is invalid.

    Raises:
        MappingError: The mapping does not fit, or none of the alternatives is mapped.
        OptionError: The date format or the decimal sign is none.
    """
    pairs = mapping.resolve(sheet.columns, fields)
    wanted = _mapped_needs(needs, [pair.field for pair, _ in pairs])
    if options.dates is not None:
        date_format(options.dates)
    read = ParseOptions(options.dates, options.decimal)

    def one(pair: tuple[MappedColumn, Field]) -> Parsed:
        return parse(sheet.frame[pair[0].column], pair[1], read, _numbers_of(sheet, *pair))

    with ThreadPoolExecutor(pl.thread_pool_size()) as pool:
        parsed = list(pool.map(one, pairs))
    row = pl.int_range(1, sheet.rows + 1, dtype=pl.UInt32, eager=True).alias("row")
    columns = [row] if sheet.lines is None else [row, sheet.lines.alias("line")]
    for (pair, field), cells in zip(pairs, parsed, strict=True):
        columns.extend(_columns_of(pair, field, cells, sheet.frame[pair.column]))
    frame = pl.DataFrame(columns)
    missing = _missing(frame, sheet, wanted, {pair.field: pair.column for pair, _ in pairs})
    problems = _problems(pairs, parsed, missing)
    frame = frame.with_columns(first_errors(problems, sheet.rows))
    shared = _shared(frame, options)
    holds = pl.coalesce(pl.lit(None, pl.String), *shared.values())
    frame = frame.with_columns(hold=holds)
    problems = pl.concat([problems, _duplicates(shared, mapping)]).sort("row", maintain_order=True)
    attributes = [(field, pair.rule) for pair, field in pairs if field.attribute]
    return Rows(
        frame,
        problems,
        tuple(field for field, _ in attributes),
        {field.name: rule for field, rule in attributes},
    )


def is_own(pair: MappedColumn, field: Field) -> bool:
    """Whether an export of the account has such a column: an attribute's, under its own name."""
    return field.attribute and pair.column == field.name


def _numbers_of(sheet: Sheet, pair: MappedColumn, field: Field) -> pl.Series | None:
    """Which cells of a mapped column no decimal mark has a say in; None where none is.

    Those that are numbers in the file and, of an export of the account, those of an attribute under its own name.
    """
    numbers = sheet.numbers_in(pair.column)
    written = written_by_export(sheet.frame, pair.column) if is_own(pair, field) else None
    if numbers is None or written is None:
        return written if numbers is None else numbers
    return numbers | written


def _mapped_needs(needs: Sequence[tuple[str, ...]], mapped: Sequence[str]) -> list[tuple[str, ...]]:
    """The alternatives that the mapping can fill."""
    usable = [each for each in needs if set(each) <= set(mapped)]
    if needs and not usable:
        raise MappingError(f"No column is mapped to {_in_words(needs)}: map one with COLUMN=FIELD.")
    return usable


def _in_words(needs: Sequence[tuple[str, ...]]) -> str:
    return " or ".join(" and ".join(each) for each in needs)


def _columns_of(pair: MappedColumn, field: Field, cells: Parsed, raw: pl.Series) -> list[pl.Series]:
    """What a mapped column adds to the frame."""
    wrong = cells.notes.filter(pl.col("severity") == "error")["index"]
    if field.attribute:
        value = cells.value
        if pair.rule is Rule.CLEAR:
            value = value.fill_null("null").scatter(wrong, None)
        return [value.alias(f"want.{field.name}")]
    if field.kind in _TYPED:
        return [cells.value.str.strip_prefix('"').str.strip_suffix('"').alias(field.name)]
    bared = raw.alias("raw").to_frame().select(text=bare(pl.col("raw")))
    text = bared.select(pl.when(pl.col("text") != "").then("text")).to_series().alias(field.name)
    if field.name != "email":
        return [text]
    return [text, email_key(text).scatter(wrong, None).alias("email.key")]


def _missing(
    frame: pl.DataFrame, sheet: Sheet, needs: Sequence[tuple[str, ...]], column_of: dict[str, str]
) -> pl.DataFrame:
    """The rows that fill none of the alternatives, and those that are blank altogether."""
    if not needs:
        return pl.DataFrame(schema=_PROBLEMS)
    filled = pl.any_horizontal(pl.all_horizontal(pl.col(each).is_not_null()) for each in needs)
    index = frame.select(~filled).to_series().arg_true()
    blank = pl.all_horizontal(pl.all().fill_null("").str.contains(BLANK))
    verb = "are" if len(needs) == 1 and len(needs[0]) > 1 else "is"
    lacking = frame[index].select(
        field=pl.coalesce(*(_lacking(each)[0] for each in needs), pl.lit(needs[0][0])),
        what=pl.coalesce(*(_lacking(each)[1] for each in needs), pl.lit(f"{_in_words(needs)} {verb} missing")),
    )
    return sheet.frame[index].select(
        row=frame["row"].gather(index),
        column=pl.when(~blank).then(lacking["field"].replace(column_of)),
        kind=pl.when(blank).then(pl.lit("blank")).otherwise(pl.lit("missing")),
        severity=pl.lit("error"),
        message=pl.when(blank).then(pl.lit("the row is blank")).otherwise(lacking["what"]),
    )


def _lacking(alternative: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
    """Of an alternative that a row fills in part: the first field it lacks, and what to say of it; else null."""
    in_part = pl.any_horizontal(pl.col(name).is_not_null() for name in alternative)
    absent = [pl.when(in_part & pl.col(name).is_null()).then(pl.lit(name)) for name in alternative]
    words = pl.concat_str(absent, separator=" and ", ignore_nulls=True)
    return pl.coalesce(absent), pl.when(in_part).then(pl.format("{} is missing", words))


def _problems(
    pairs: Sequence[tuple[MappedColumn, Field]], parsed: Sequence[Parsed], missing: pl.DataFrame
) -> pl.DataFrame:
    """All that is to be said about single cells and rows, in the order of rows."""
    notes = [
        cells.notes.select(
            row=(pl.col("index") + 1).cast(pl.UInt32),
            column=pl.lit(pair.column),
            kind="kind",
            severity="severity",
            message="message",
        )
        for (pair, _), cells in zip(pairs, parsed, strict=True)
    ]
    return pl.concat([missing, *notes]).sort("row", maintain_order=True)


def first_errors(problems: pl.DataFrame, rows: int) -> pl.Series:
    """The first error of each row, under its column's name."""
    first = problems.filter(pl.col("severity") == "error").unique("row", keep="first", maintain_order=True)
    names = {column: shown_text(column)[1:-1] for column in first["column"].unique().drop_nulls()}
    place = pl.col("column").replace(names) if names else pl.col("column")
    said = first.select(pl.coalesce(pl.concat_str(place, pl.lit(": "), "message"), "message")).to_series()
    none = pl.repeat(None, rows, dtype=pl.String, eager=True).alias("error")
    return none.scatter(first["row"] - 1, said)


def _shared(frame: pl.DataFrame, options: RowOptions) -> dict[str, pl.Series]:
    """Why rows are held for sharing a key, by the field they share; invalid rows take no part."""
    held: dict[str, pl.Series] = {}
    live = frame["error"].is_null()
    for field in options.unique:
        if field not in frame.columns:
            continue
        key = pl.col("email.key" if field == "email" else field)
        keyed = frame.select(pl.col("^(row|line)$"), key=pl.when(live).then(key))
        held[field] = hold_duplicates(keyed, "key", options.duplicates, f"the same {_WHAT.get(field, field)}")
        if options.duplicates != "hold":
            live &= held[field].is_null()
    return held


def _duplicates(shared: dict[str, pl.Series], mapping: Mapping) -> pl.DataFrame:
    """What is said about rows that are held."""
    said = [pl.DataFrame(schema=_PROBLEMS)]
    for field, held in shared.items():
        pair = mapping.of_field(field)
        index = held.is_not_null().arg_true()
        lines = pl.DataFrame({"row": (index + 1).cast(pl.UInt32), "message": held.gather(index)})
        said.append(
            lines.select(
                "row",
                column=pl.lit(pair.column if pair else None, pl.String),
                kind=pl.lit("duplicate"),
                severity=pl.lit("error"),
                message="message",
            )
        )
    return pl.concat(said).unique("row", keep="first", maintain_order=True)
