"""A column of cells into the values to send, with what is wrong with a cell and what looks damaged.

Which column is read as which field is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from ops.fields.choices import boolean_reader, choice_reader, choices_reader
from ops.fields.contact_keys import contact_key_reader
from ops.fields.damage import SUSPECT, damage_of, lost_zeros
from ops.fields.dates import date_reader, date_time_reader
from ops.fields.emails import email_reader
from ops.fields.kinds import Field, Kind
from ops.fields.numbers import cents_reader, number_reader
from ops.fields.phones import id_reader, phone_reader, url_reader
from ops.fields.reading import ParseOptions, Reader, Reading
from ops.fields.text import CONTROL, bare, control_message, json_text, quoted, shown

_NOTES = {"index": pl.UInt32, "severity": pl.String, "kind": pl.String, "message": pl.String}
_NOT_DAMAGED = {Kind.NUMBER, Kind.CENTS, Kind.DATE, Kind.DATE_TIME, Kind.BOOLEAN, Kind.CHOICE, Kind.CHOICES}
"""A cell that was understood as one of these is what it seems."""
_IN_NUMBERS = {Kind.NUMBER, Kind.CENTS}
"""Kinds that read a number of the file otherwise than a text."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A column as read; a cell with an error has no value, a warning leaves it its value."""

    value: pl.Series
    """JSON text of what is sent; null where blank or wrong."""
    notes: pl.DataFrame
    """One line per cell that has something to say: `index` (0-based), `severity`, `kind`, `message`."""

    @property
    def problem(self) -> pl.Series:
        """The error of each cell, or null."""
        return self._spread("error").alias("problem")

    @property
    def warning(self) -> pl.Series:
        """What looks damaged in each cell, or null."""
        return self._spread("warning").alias("warning")

    def _spread(self, severity: str) -> pl.Series:
        notes = self.notes.filter(pl.col("severity") == severity)
        return pl.repeat(None, len(self.value), dtype=pl.String, eager=True).scatter(notes["index"], notes["message"])


def _text_reader() -> Reader:
    """Any text, exactly as it stands."""
    raw = pl.col("raw")

    def doubt(cells: pl.DataFrame) -> Reading:
        return Reading.of(cells, value=json_text(raw), message=pl.lit(""), kind="text")

    return Reader(sure=~raw.str.contains(SUSPECT), value=quoted(raw), doubt=doubt)


_READERS: dict[Kind, Callable[[Field, ParseOptions], Reader]] = {
    Kind.EMAIL: lambda _, __: email_reader(),
    Kind.ID: lambda _, __: id_reader(),
    Kind.CONTACT: lambda _, __: contact_key_reader(),
    Kind.PHONE: lambda _, __: phone_reader(),
    Kind.DATE: lambda _, options: date_reader(options),
    Kind.DATE_TIME: lambda _, options: date_time_reader(options),
    Kind.NUMBER: lambda _, options: number_reader(options),
    Kind.CENTS: lambda _, options: cents_reader(options),
    Kind.BOOLEAN: lambda _, __: boolean_reader(),
    Kind.CHOICE: lambda field, _: choice_reader(field),
    Kind.CHOICES: lambda field, _: choices_reader(field),
    Kind.URL: lambda _, __: url_reader(),
    Kind.TEXT: lambda _, __: _text_reader(),
}


def parse(
    series: pl.Series, field: Field, options: ParseOptions | None = None, numbers: pl.Series | None = None
) -> Parsed:
    """Check and parse a column of text.

    Args:
        series: The cells.
        field: What they are read as.
        options: How texts write dates and numbers.
        numbers: Which cells were numbers in the file, as a workbook has them; None where none was.

    Raises:
        OptionError: The date format is not one.
    """
    reader = _READERS[field.kind](field, options or ParseOptions())
    frame = series.alias("raw").to_frame().select("raw", sure=reader.sure.fill_null(value=False))
    frame = frame.with_columns(value=pl.when("sure").then(reader.value))
    value = frame["value"].cast(pl.String)
    if field.kind not in _IN_NUMBERS:
        numbers = None
    number = pl.lit(value=False) if numbers is None else numbers
    rest = frame.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("index"), "raw", "sure", number=number).filter(
        ~pl.col("sure") & (pl.col("raw") != "")
    )
    notes = pl.DataFrame(schema=_NOTES)
    if len(rest):
        same = ["raw"] if numbers is None else ["raw", "number"]
        judged = _judge(rest.select("raw", "number").unique(same), field, reader)
        rest = rest.join(judged, on=same, how="left", maintain_order="left")
        value = value.scatter(rest["index"], rest["value"])
        notes = rest.filter(pl.col("message").is_not_null()).select(list(_NOTES))
    return Parsed(value.alias(series.name), _with_lost_zeros(notes, series, field))


def _judge(cells: pl.DataFrame, field: Field, reader: Reader) -> pl.DataFrame:
    """Each of some cells, `raw` and `number`, with its value, or its error, and its warning."""
    cells = cells.with_columns(text=bare(pl.col("raw")), control=pl.col("raw").str.contains(CONTROL))
    controls = cells.filter("control").select(
        "raw",
        "number",
        value=pl.lit(None, pl.String),
        message=control_message(pl.col("raw")),
        kind=pl.lit("control"),
        severity=pl.lit("error"),
    )
    blank = pl.lit(None, pl.String)
    empty = cells.filter(~pl.col("control") & (pl.col("text") == "")).select(
        "raw", "number", value=blank, message=blank, kind=blank, severity=blank
    )
    rest = cells.filter(~pl.col("control") & (pl.col("text") != ""))
    judged = rest.hstack(reader.doubt(rest.select("raw", "text", "number")).frame)
    judged = judged.with_columns(severity=pl.when(pl.col("message").is_not_null()).then(pl.lit("error")))
    if field.kind not in _NOT_DAMAGED:
        message, kind = damage_of(pl.col("text"), field)
        clean = pl.col("value").is_not_null()
        judged = judged.with_columns(warning=message, damage=kind).with_columns(
            message=pl.coalesce("message", pl.when(clean).then("warning")),
            kind=pl.coalesce("kind", pl.when(clean).then("damage")),
            severity=pl.coalesce("severity", pl.when(clean & pl.col("damage").is_not_null()).then(pl.lit("warning"))),
        )
    order = ("raw", "number", "value", "message", "kind", "severity")
    return pl.concat([controls.select(order), empty.select(order), judged.select(order)])


def _with_lost_zeros(notes: pl.DataFrame, series: pl.Series, field: Field) -> pl.DataFrame:
    """Add the warnings that only the whole column can give."""
    lost = lost_zeros(series, field)
    if lost is None or not lost.any():
        return notes
    index = lost.arg_true()
    seen = series.gather(index).alias("raw").to_frame().with_columns(index=index)
    more = seen.select(
        pl.col("index").cast(pl.UInt32),
        severity=pl.lit("warning"),
        kind=pl.lit("lost_zero"),
        message=pl.concat_str(shown(pl.col("raw")), pl.lit(" may have lost a zero at its front")),
    ).join(notes, on="index", how="anti")
    return pl.concat([notes, more.select(list(_NOTES))]).sort("index")
