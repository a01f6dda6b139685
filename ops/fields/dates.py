"""Dates and moments: ISO, or the one format that was chosen for the file; never a guess.

How a moment compares with the account's stands in `canonical.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from ops.errors import OptionError
from ops.fields.reading import NEVER, ParseOptions, Reader, Reading
from ops.fields.text import elementwise, quoted, shown, shown_text

ISO_DATE = r"^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})$"
ISO_MOMENT = (
    r"^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(:[0-5][0-9])?(\.[0-9]{1,6})?"
    r" ?(Z|z|[+-](?:[01][0-9]|2[0-3]):?[0-5][0-9])?)?$"
)
_MIDNIGHT = r"^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})[T ]00:00(?::00(?:\.0{1,6})?)?(?:Z|[+-]00:?00)?$"
_PARTS = {
    "%Y": ("year", "[1-9][0-9]{3}"),
    "%m": ("month", "[0-9]{1,2}"),
    "%d": ("day", "[0-9]{1,2}"),
    "%H": ("hour", "[0-9]{1,2}"),
    "%M": ("minute", "[0-9]{1,2}"),
    "%S": ("second", "[0-9]{1,2}"),
}
_LETTERS = re.compile(r"%-?.|Y+|J+|D+|M+|H+|S+", re.IGNORECASE)
_EPOCH = pl.date(1899, 12, 30)
"""Day 0 of a spreadsheet, as it counts after its invented 29 February 1900."""
_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """A chosen way of writing dates, as a pattern with a named group for each part."""

    text: str
    """As the person wrote it."""
    pattern: str
    order: tuple[str, ...]

    @property
    def contradicts_iso(self) -> bool:
        """Whether it reads what looks like ISO in another order, so that ISO is not understood beside it."""
        year, month, day = (self.order.index(part) for part in ("year", "month", "day"))
        return year < day < month

    def in_words(self) -> str:
        """The format read aloud with a date whose day and month cannot be mixed up."""
        words = "-".join(part for part in self.order if part in {"year", "month", "day"})
        example = self.text
        for token, value in zip(_tokens(self.text), self._example(), strict=True):
            example = example.replace(token, value, 1)
        return f"{words}: {example} is 4 {_MONTHS[2]} 2026"

    def _example(self) -> list[str]:
        values = {"year": "2026", "month": "03", "day": "04", "hour": "00", "minute": "00", "second": "00"}
        return [values[part] for part in self.order]


def _tokens(text: str) -> list[str]:
    return _LETTERS.findall(text)


def _strptime_token(token: str, seen: list[str]) -> str:
    """The strptime form of one token; `MM` after an hour means minutes."""
    if token.startswith("%"):
        return token.replace("-", "")
    letter = token[0].upper()
    if letter in "YJ":
        return "%Y" if len(token) == 4 else "%y"
    if len(token) > 2:
        return token
    if letter == "M":
        return "%M" if "hour" in seen and "minute" not in seen else "%m"
    return {"D": "%d", "H": "%H", "S": "%S"}[letter]


def date_format(text: str) -> DateFormat:
    """Read a format such as `DD-MM-YYYY`, `D/M/YYYY HH:MM` or `%d-%m-%Y`.

    Raises:
        OptionError: A part is unknown or missing, or the year has two digits.
    """
    seen: list[str] = []
    pattern, end = "", 0
    for match in _LETTERS.finditer(text):
        token = _strptime_token(match[0], seen)
        if token == "%y":  # noqa: S105 - a part of a format
            raise OptionError(f"A year of two digits ({shown_text(text)}) has two meanings: use YYYY.", option="dates")
        name, digits = _PARTS.get(token, ("", ""))
        if not name or name in seen:
            raise OptionError(
                f"{shown_text(text)} is not a date format. Write it as DD-MM-YYYY or %d-%m-%Y.",
                option="dates",
            )
        seen.append(name)
        pattern += re.escape(text[end : match.start()]) + f"(?P<{name}>{digits})"
        end = match.end()
    if not {"year", "month", "day"} <= set(seen):
        raise OptionError(
            f"The date format {shown_text(text)} needs a day, a month and a year, as in DD-MM-YYYY.",
            option="dates",
        )
    return DateFormat(text, f"^{pattern}{re.escape(text[end:])}$", tuple(seen))


def real_date(iso: pl.Expr) -> pl.Expr:
    """The ISO dates that the calendar has; null for the others."""
    return pl.when(iso.str.to_date("%Y-%m-%d", strict=False).is_not_null()).then(iso)


def _chosen_date(text: pl.Expr, chosen: DateFormat) -> pl.Expr:
    """Texts in the chosen format as ISO dates, with `T…` where it has a time."""
    part = {name: text.str.extract(chosen.pattern, index + 1) for index, name in enumerate(chosen.order)}
    two = {name: value.str.zfill(2) for name, value in part.items()}
    iso = pl.concat_str(part["year"], two["month"], two["day"], separator="-")
    if "hour" not in chosen.order:
        return iso
    minute, second = two.get("minute", pl.lit("00")), two.get("second", pl.lit("00"))
    return pl.concat_str(iso, pl.lit("T"), two["hour"], pl.lit(":"), minute, pl.lit(":"), second)


def _swapped(text: pl.Expr, *, month_first: bool) -> tuple[pl.Expr, pl.Expr]:
    """The date a text such as `3/4/2026` would be by one of its two readings, and the format of that."""
    pattern = r"^([0-9]{1,2})([-/. ])([0-9]{1,2})([-/. ])([1-9][0-9]{3})$"
    first, second = text.str.extract(pattern, 1).str.zfill(2), text.str.extract(pattern, 3).str.zfill(2)
    month, day = (first, second) if month_first else (second, first)
    names = ("MM", "DD") if month_first else ("DD", "MM")
    signs = [text.str.extract(pattern, 2), text.str.extract(pattern, 4)]
    form = pl.concat_str(pl.lit(names[0]), signs[0], pl.lit(names[1]), signs[1], pl.lit("YYYY"))
    return real_date(pl.concat_str(text.str.extract(pattern, 5), month, day, separator="-")), form


def _serial_date(text: pl.Expr) -> pl.Expr:
    """The date a spreadsheet means by a number of five digits."""
    days = text.str.extract(r"^([1-6][0-9]{4})(?:[.,][0-9]+)?$", 1).cast(pl.Int32)
    return (_EPOCH + pl.duration(days=days)).cast(pl.String)


def _choose_format(text: pl.Expr) -> pl.Expr:
    """Which format to choose for texts that are dates in another than ISO; null for the others."""
    day_first, day_form = _swapped(text, month_first=False)
    month_first, month_form = _swapped(text, month_first=True)
    slashes = r"^([1-9][0-9]{3}/[0-9]{2}/[0-9]{2})$"
    slashed = real_date(text.str.extract(slashes, 1).str.replace_all("/", "-"))
    choose = pl.lit(" is not YYYY-MM-DD: choose the date format ")
    both = pl.concat_str(
        pl.lit(" can be read in two ways: choose the date format "), day_form, pl.lit(" or "), month_form
    )
    return (
        pl.when(day_first.is_not_null() & month_first.is_not_null())
        .then(both)
        .when(day_first.is_not_null())
        .then(choose + day_form)
        .when(month_first.is_not_null())
        .then(choose + month_form)
        .when(slashed.is_not_null())
        .then(choose + pl.lit("YYYY/MM/DD"))
    )


def _why_no_date(text: pl.Expr, chosen: DateFormat | None) -> tuple[pl.Expr, pl.Expr]:
    """What is wrong with texts that are no dates, and the kind of it."""
    serial = _serial_date(text)
    probably = pl.concat_str(pl.lit(" is a spreadsheet's number for a date, probably "), serial)
    plain = pl.lit(f" is not a date ({'YYYY-MM-DD' if chosen is None else chosen.text})")
    choose = _choose_format(text) if chosen is None else pl.lit(None, pl.String)
    kind = pl.when(serial.is_not_null()).then(pl.lit("serial_date")).otherwise(pl.lit("date"))
    return pl.concat_str(shown(text), pl.coalesce(probably, choose, plain)), kind


def date_reader(options: ParseOptions) -> Reader:
    """Dates without a time: `YYYY-MM-DD`."""
    chosen = None if options.dates is None else date_format(options.dates)
    raw, text = pl.col("raw"), pl.col("text")
    iso_too = chosen is None or not chosen.contradicts_iso

    def doubt(cells: pl.DataFrame) -> Reading:
        iso = text.str.extract(ISO_DATE, 1)
        iso = pl.coalesce(iso, text.str.extract(_MIDNIGHT, 1)) if iso_too else pl.lit(None, pl.String)
        if chosen is not None:
            written = _chosen_date(text, chosen)
            iso = pl.coalesce(written.str.extract(r"^([^T]+?)(?:T00:00:00)?$", 1), iso)
        message, kind = _why_no_date(text, chosen)
        return Reading.of(cells, value=quoted(real_date(iso)), message=message, kind=kind)

    plain = raw.str.contains(ISO_DATE) & raw.str.to_date("%Y-%m-%d", strict=False).is_not_null()
    return Reader(sure=plain if iso_too else NEVER, value=quoted(raw), doubt=doubt)


def moment_text(text: pl.Expr) -> pl.Expr:
    """ISO moments as `YYYY-MM-DDTHH:MM:SS[.f][+HH:MM]`; null where they are none."""
    return elementwise(text, _moments)


def _moments(cells: pl.Series) -> pl.Series:
    parts = cells.str.extract_groups(ISO_MOMENT).struct.unnest()
    day, time, seconds, fraction, zone = (pl.col(name) for name in parts.columns)
    offset = zone.str.to_uppercase().str.replace("Z", "+00:00", literal=True)
    offset = offset.str.replace(r"^([+-][0-9]{2})([0-9]{2})$", "${1}:${2}")
    clock = (time.fill_null("00:00"), seconds.fill_null(":00"), fraction.fill_null(""), offset.fill_null(""))
    return parts.select(pl.concat_str(real_date(day), pl.lit("T"), *clock)).to_series()


def date_time_reader(options: ParseOptions) -> Reader:
    """Dates with a time: `YYYY-MM-DDTHH:MM:SS`, and the offset from UTC where the file has one."""
    chosen = None if options.dates is None else date_format(options.dates)
    text = pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        value = moment_text(text)
        if chosen is not None:
            written = moment_text(_chosen_date(text, chosen))
            value = written if chosen.contradicts_iso else pl.coalesce(written, value)
        message, kind = _why_no_date(text, chosen)
        return Reading.of(cells, value=quoted(value), message=message, kind=kind)

    return Reader(sure=NEVER, value=pl.col("raw"), doubt=doubt)


def dates_in_words(text: str) -> str:
    """A chosen format as a person reads it aloud, with an example.

    Raises:
        OptionError: It is not a date format.
    """
    return date_format(text).in_words()
