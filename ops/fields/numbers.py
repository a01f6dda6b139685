"""Numbers and money: exact from text to text, in the file's own notation, never through a float.

A cell that was a number in the file is that number; a notation is what texts have.
Amounts are whole cents; what they are for is a job's business.
"""

from __future__ import annotations

import re
from decimal import Decimal

import polars as pl

from ops.fields.reading import NEVER, ParseOptions, Reader, Reading
from ops.fields.text import elementwise, shown

SCIENTIFIC = r"^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]{1,3}$"
_MINIMAL = r"^(?:0|-?[1-9][0-9]*)$"
_PLAIN = r"^[+-]?[0-9]+(?:\.[0-9]+)?$"
_ONE_THOUSAND_OR_ONE = r"^[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}$"
_NUMBER_LIKE = r"^[+-]?[0-9][0-9.,' \x{a0}\x{202f}\x{2019}]*$"
_MAX_EXPONENT = 400
_EXPONENT = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?[eE]([+-]?[0-9]{1,4})")
_PLAIN_ONE = re.compile(_PLAIN[1:-1])
_SPACES = "' \u00a0\u202f\u2019"
_NO_NUMBER = " is not a number"
_MOST_CENTS = 15
"""More digits than any amount has; a reference number in the wrong column is caught."""


def minimal(plain: pl.Expr) -> pl.Expr:
    """The shortest decimal text of texts such as `-007.50`."""
    unsigned = plain.str.strip_chars_start("+-")
    pointed = unsigned.str.contains(".", literal=True)
    short = pl.when(pointed).then(unsigned.str.strip_chars_end("0").str.strip_chars_end(".")).otherwise(unsigned)
    short = short.str.strip_chars_start("0")
    zero = pl.when((short == "") | short.str.starts_with(".")).then(pl.lit("0")).otherwise(pl.lit(""))
    minus = pl.when(plain.str.starts_with("-") & (short != "")).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(minus, zero, short)


def minimal_of(text: str) -> str | None:
    """The shortest decimal text of one number, exponents written out; None when it is not a number."""
    power = _EXPONENT.fullmatch(text)
    if power is None:
        if not _PLAIN_ONE.fullmatch(text):
            return None
    elif abs(int(power.group(1))) > _MAX_EXPONENT:
        return None
    long = f"{Decimal(text):f}"
    short = long.rstrip("0").rstrip(".") if "." in long else long
    return "0" if short in {"-0", "", "-"} else short


def canonical_numbers(text: pl.Series) -> pl.Series:
    """`minimal_of` column-wise; texts that are not numbers stay."""
    frame = text.alias("text").to_frame()
    plain = pl.col("text").str.contains(_PLAIN)
    done = frame.select(pl.when(plain).then(minimal(pl.col("text"))).otherwise("text")).to_series()
    powers = text.str.contains(SCIENTIFIC).fill_null(value=False)
    if powers.any():
        odd = text.filter(powers).unique().to_list()
        done = done.replace(odd, [minimal_of(number) or number for number in odd])
    return done


def _without_grouping(text: pl.Expr, decimal: str) -> pl.Expr:
    """Texts in a chosen notation as `1000.50`; null where they are not in it."""
    group = rf"(?:\.|[{_SPACES}])" if decimal == "," else rf"(?:,|[{_SPACES}])"
    pattern = rf"^[+-]?(?:[0-9]+|[0-9]{{1,3}}(?:{group}[0-9]{{3}})+)(?:{re.escape(decimal)}[0-9]+)?$"
    thousands = "." if decimal == "," else ","
    bare = text.str.replace_many([thousands, *_SPACES], [""] * (1 + len(_SPACES)))
    return pl.when(text.str.contains(pattern)).then(bare.str.replace(decimal, ".", literal=True))


def _plain(cells: pl.DataFrame, text: pl.Expr) -> pl.Expr:
    """Cells as `1000.50`: what was a number in the file as it is, an exponent written out, and texts as given."""
    if not cells["number"].any():
        return text
    number = elementwise(pl.col("text"), canonical_numbers)
    number = pl.when(number.str.contains(_PLAIN)).then(number)
    return pl.when("number").then(number).otherwise(text)


def _why_not(text: pl.Expr, decimal: str | None) -> pl.Expr:
    why: pl.Expr = pl.lit(_NO_NUMBER)
    if decimal is not None:
        why = pl.lit(f"{_NO_NUMBER} (as in {'1.000,50' if decimal == ',' else '1,000.50'})")
    else:
        doubtful = pl.lit(" can be read in more than one way: choose the decimal sign")
        why = pl.when(text.str.contains(_NUMBER_LIKE)).then(doubtful).otherwise(why)
    return (
        pl.when("number")
        .then(pl.lit(_NO_NUMBER))
        .when(text.str.contains(SCIENTIFIC))
        .then(pl.lit(" is scientific notation, not a number: write it out"))
        .otherwise(why)
    )


def number_reader(options: ParseOptions) -> Reader:
    """Numbers: JSON numbers in their shortest form."""
    raw, text = pl.col("raw"), pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        plain: pl.Expr
        if options.decimal is None:
            one_meaning = text.str.contains(_PLAIN) & ~text.str.contains(_ONE_THOUSAND_OR_ONE)
            plain = pl.when(one_meaning).then(text)
        else:
            plain = _without_grouping(text, options.decimal)
        message = pl.concat_str(shown(text), _why_not(text, options.decimal))
        return Reading.of(cells, value=minimal(_plain(cells, plain)), message=message, kind="number")

    return Reader(sure=raw.str.contains(_MINIMAL), value=raw, doubt=doubt)


def cents_reader(options: ParseOptions) -> Reader:
    """Amounts of money: whole cents, none below zero."""
    text = pl.col("text")

    def doubt(cells: pl.DataFrame) -> Reading:
        amount = text.str.replace(r"(?i)^(?:€|eur)\s*", "").str.replace(r"(?i)\s*(?:€|eur)$", "")
        frame = cells.with_columns(amount=amount)
        frame = frame.with_columns(plain=_plain(frame, _amount(pl.col("amount"), options.decimal)))
        whole = pl.col("plain").str.extract(r"^\+?([0-9]+)", 1)
        cents = pl.col("plain").str.extract(r"\.([0-9]{1,2})$", 1).fill_null("").str.pad_end(2, "0")
        fits = pl.col("plain").str.contains(r"^\+?[0-9]+(?:\.[0-9]{1,2})?$")
        exact = minimal(pl.when(fits).then(pl.concat_str(whole, cents)))
        value = pl.when(exact.str.len_bytes() <= _MOST_CENTS).then(exact)
        message = pl.concat_str(shown(text), _why_no_amount(options.decimal))
        return Reading.of(frame, value=value, message=message, kind="number")

    return Reader(sure=NEVER, value=pl.col("raw"), doubt=doubt)


def _amount(amount: pl.Expr, decimal: str | None) -> pl.Expr:
    """Amounts as `1000.50`; without a chosen notation only those with one meaning."""
    if decimal is not None:
        return _without_grouping(amount, decimal)
    one_meaning = amount.str.contains(r"^[+-]?[0-9]+(?:[.,][0-9]{1,2})?$")
    return pl.when(one_meaning).then(amount.str.replace(",", ".", literal=True))


def _why_no_amount(decimal: str | None) -> pl.Expr:
    plain, amount = pl.col("plain"), pl.col("amount")
    return (
        pl.when(amount.str.starts_with("-"))
        .then(pl.lit(" is below zero"))
        .when(plain.str.contains(r"\.[0-9]{3,}$"))
        .then(pl.lit(" has more than two decimals"))
        .when(plain.is_not_null())
        .then(pl.lit(" is too large for an amount"))
        .otherwise(_why_not(amount, decimal))
    )
