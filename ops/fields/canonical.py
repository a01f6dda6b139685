"""The form in which two values of a kind are compared: the account's and the file's.

A canonical text is for comparing only; what is sent is never made from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import polars as pl

from ops.fields.choices import TRUTHS
from ops.fields.dates import ISO_MOMENT, moment_text
from ops.fields.emails import email_key, email_key_of
from ops.fields.kinds import Kind
from ops.fields.numbers import canonical_numbers, minimal_of
from ops.fields.text import bare, elementwise, strip_blanks

_DATE = r"(?s)^([1-9][0-9]{3}-[0-9]{2}-[0-9]{2})(?:[T ].*)?$"
_DATE_ONE = re.compile(_DATE)
_MOMENT_ONE = re.compile(ISO_MOMENT)
_INSTANT = "%Y-%m-%dT%H:%M:%S"
_YEARS = (1000, 9999)


def canonical(kind: Kind, json_text: pl.Expr) -> pl.Expr:
    """The comparison form of JSON texts; null for `null`, `""` and a missing text alike."""
    return elementwise(json_text, lambda cells: _canonical_cells(kind, cells))


def canonical_value(kind: Kind, value: object) -> str | None:
    """`canonical` of one decoded value."""
    if kind is Kind.CHOICES and isinstance(value, list | tuple):
        return _several(part for each in value for part in (_text_of(each) or "").split(";"))
    text = _text_of(value)
    return None if not text else _ONE.get(kind, _as_it_is)(text)


def _text_of(value: object) -> str | None:
    """A decoded value as text, the way `_texts` sees its JSON."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return minimal_of(str(value)) or str(value)
    encoded = msgspec.json.encode(value).decode()
    return None if encoded == "null" else (minimal_of(encoded) or encoded)


def _texts(cells: pl.Series) -> pl.Series:
    """JSON texts as the text they stand for: strings decoded, numbers in their shortest form."""
    frame = cells.alias("json").to_frame().with_columns(string=pl.col("json").str.starts_with('"'))
    inner = pl.col("json").str.strip_prefix('"').str.strip_suffix('"')
    text = frame.select(pl.when("string").then(inner).when(pl.col("json") != "null").then("json")).to_series()
    if not frame["string"].all(ignore_nulls=True):
        other = (~frame["string"] & text.is_not_null()).arg_true()
        if other.len():
            text = text.scatter(other, canonical_numbers(text.gather(other)))
    escaped = (frame["string"] & cells.str.contains("\\", literal=True)).arg_true()
    if escaped.len():
        array = "[" + ",".join(cells.gather(escaped).to_list()) + "]"
        text = text.scatter(escaped, pl.Series(msgspec.json.decode(array, type=list[str]), dtype=pl.String))
    return text


def _canonical_cells(kind: Kind, cells: pl.Series) -> pl.Series:
    text = _texts(cells)
    frame = text.alias("text").to_frame().select(text=pl.when(pl.col("text") != "").then("text"))
    match kind:
        case Kind.NUMBER | Kind.CENTS:
            done = canonical_numbers(frame.select(bare(pl.col("text"))).to_series())
            done = frame.select(pl.when(_number_like(done)).then(done).otherwise("text")).to_series()
        case Kind.BOOLEAN:
            words = bare(pl.col("text")).str.to_lowercase()
            truth = words.replace_strict(TRUTHS, default=None, return_dtype=pl.String)
            done = frame.select(pl.coalesce(truth, "text")).to_series()
        case Kind.DATE:
            done = frame.select(pl.coalesce(bare(pl.col("text")).str.extract(_DATE, 1), "text")).to_series()
        case Kind.DATE_TIME:
            done = frame.select(pl.coalesce(_instants(frame["text"]), "text")).to_series()
        case Kind.CHOICES:
            done = _sets(cells, frame["text"])
        case Kind.EMAIL:
            done = email_key(frame["text"])
        case _:
            done = frame["text"]
    return done.alias(cells.name)


def _number_like(text: pl.Series) -> pl.Series:
    return text.str.contains(r"^-?[0-9]+(?:\.[0-9]+)?$")


def _instants(text: pl.Series) -> pl.Series:
    """ISO moments in UTC; null where they are none."""
    frame = text.alias("text").to_frame().select(moment=moment_text(bare(pl.col("text"))))
    rest = pl.col("moment").str.slice(19)
    frame = frame.select(
        naive=pl.col("moment").str.slice(0, 19).str.to_datetime(_INSTANT, strict=False, time_unit="us"),
        fraction=rest.str.extract(r"^\.([0-9]+)", 1).fill_null("").str.pad_end(6, "0"),
        zone=rest.str.extract(r"([+-][0-9]{2}:[0-9]{2})$", 1),
    )
    hours, minutes = (pl.col("zone").str.slice(place, 2).cast(pl.Int32) for place in (1, 4))
    sign = pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1)
    ahead = (sign * (hours * 60 + minutes)).fill_null(0)
    frame = frame.select("fraction", instant=pl.col("naive") - pl.duration(minutes=ahead))
    written = pl.concat_str(pl.col("instant").cast(pl.String).str.slice(0, 19), pl.lit("."), "fraction", pl.lit("Z"))
    return frame.select(pl.when(pl.col("instant").dt.year().is_between(*_YEARS)).then(written)).to_series()


def _sets(cells: pl.Series, text: pl.Series) -> pl.Series:
    """Sets of options: joined ones column-wise, JSON lists each text once."""
    parts = pl.col("text").str.split(";")
    stripped = parts.list.eval(bare(pl.element()).filter(bare(pl.element()) != "")).list.unique().list.sort()
    joined = text.alias("text").to_frame().select(joined=stripped.list.join(";"))
    done = joined.select(pl.when(pl.col("joined") != "").then("joined")).to_series()
    lists = cells.str.starts_with("[").fill_null(value=False)
    if not lists.any():
        return done
    texts = cells.filter(lists).unique().to_list()
    forms = [canonical_value(Kind.CHOICES, msgspec.json.decode(one)) for one in texts]
    index = lists.arg_true()
    mapped = cells.gather(index).replace_strict(texts, forms, return_dtype=pl.String)
    return done.scatter(index, mapped)


def _several(parts: Any) -> str | None:
    return ";".join(sorted({part for part in map(strip_blanks, parts) if part})) or None


def _as_it_is(text: str) -> str | None:
    return text


def _number(text: str) -> str | None:
    return minimal_of(strip_blanks(text)) or text


def _truth(text: str) -> str | None:
    return TRUTHS.get(strip_blanks(text).lower(), text)


def _date(text: str) -> str | None:
    found = _DATE_ONE.fullmatch(strip_blanks(text))
    return found[1] if found else text


def _instant(text: str) -> str | None:
    found = _MOMENT_ONE.fullmatch(strip_blanks(text))
    if found is None:
        return text
    day, time, seconds, fraction, offset = found.groups()
    moment = f"{day}T{time or '00:00'}{seconds or ':00'}{(fraction or '.').ljust(7, '0')}"
    try:
        instant = datetime.strptime(moment, f"{_INSTANT}.%f").replace(tzinfo=_zone(offset)).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return instant.strftime("%Y-%m-%d %H:%M:%S.%fZ") if _YEARS[0] <= instant.year <= _YEARS[1] else text


def _zone(offset: str | None) -> timezone:
    if offset is None or offset in "Zz":
        return UTC
    digits = offset[1:].replace(":", "")
    distance = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-distance if offset[0] == "-" else distance)


_ONE: dict[Kind, Callable[[str], str | None]] = {
    Kind.NUMBER: _number,
    Kind.CENTS: _number,
    Kind.BOOLEAN: _truth,
    Kind.DATE: _date,
    Kind.DATE_TIME: _instant,
    Kind.CHOICES: lambda text: _several(text.split(";")),
    Kind.EMAIL: email_key_of,
}
