"""E-mail addresses: which texts are one, and when two are the same.

Whether an address receives mail is not asked here.
"""

from __future__ import annotations

import re
import string
from functools import lru_cache
from typing import overload

import idna
import polars as pl

from ops.fields.reading import Reader, Reading
from ops.fields.text import bare, elementwise, json_text, nfc, quoted, shown, strip_blanks

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_HOST = r"(?:[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*\.)+[A-Za-z][A-Za-z0-9-]*[A-Za-z0-9]"
_PLAIN = rf"^{_ATOM}(?:\.{_ATOM})*@{_HOST}$"
_PERHAPS = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_SURE_LENGTH = 64
"""Up to here no part can be too long, whatever the parts are."""
_LONGEST = 254
_LONGEST_LOCAL = 64
_LONGEST_LABEL = 63

_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)

_REASONS = (
    (r"[<>]", "write the address alone, without a name or brackets"),
    (r"[;,]", "only one address fits here"),
    (r"@.*@", "it has more than one @"),
    (r"^[^@]*$", "it has no @"),
    (r"^@", "nothing stands before the @"),
    (r"\s", "it has a space in it"),
    (r"@[^.]*$", "the part after the @ has no dot"),
)


@overload
def email_key(cells: pl.Series) -> pl.Series: ...
@overload
def email_key(cells: pl.Expr) -> pl.Expr: ...
def email_key(cells: pl.Series | pl.Expr) -> pl.Series | pl.Expr:
    """The form in which addresses are compared; null where blank.

    Blanks at the ends off, NFC, ASCII letters lower, the host as IDNA writes it. Not case folding: that
    makes one person of `weiß@…` and `weiss@…`.
    """
    return _keys(cells) if isinstance(cells, pl.Series) else elementwise(cells, _keys)


def email_key_of(address: str) -> str | None:
    """`email_key` of one address."""
    text = nfc(strip_blanks(address)).translate(_LOWER)
    if not text:
        return None
    local, at, host = text.rpartition("@")
    return f"{local}{at}{_host_key(host)}" if at and _is_odd(host) else text


def _is_odd(host: str) -> bool:
    return not host.isascii() or "xn--" in host


@lru_cache(maxsize=65_536)
def _host_key(host: str) -> str:
    """The host in ASCII; as it is when IDNA does not know it."""
    if len(host) > _LONGEST:
        return host
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        return host


def _keys(cells: pl.Series) -> pl.Series:
    name = cells.name
    frame = cells.alias("cell").to_frame().select(text=bare(pl.col("cell")))
    text = frame["text"]
    plain = (text.str.len_bytes() == text.str.len_chars()) & ~text.str.contains("(?i)xn--")
    lower = text.str.to_lowercase()
    odd = (~plain).arg_true()
    if odd.len():
        lower = lower.scatter(odd, _odd_keys(text.gather(odd)))
    return lower.to_frame("key").select(key=pl.when(pl.col("key") != "").then("key"))["key"].alias(name)


def _odd_keys(text: pl.Series) -> pl.Series:
    letters = (list(string.ascii_uppercase), list(string.ascii_lowercase))
    low = text.str.normalize("NFC").str.replace_many(*letters)
    parts = (
        low.alias("low")
        .to_frame()
        .with_columns(
            local=pl.col("low").str.extract(r"(?s)^(.*@)", 1),
            host=pl.col("low").str.extract(r"(?s)^.*@(.*)$", 1),
        )
    )
    hosts = parts["host"].drop_nulls().unique().to_list()
    known = pl.DataFrame(
        {"host": hosts, "key": [_host_key(host) if _is_odd(host) else host for host in hosts]},
        schema={"host": pl.String, "key": pl.String},
    )
    joined = parts.join(known, on="host", how="left", maintain_order="left")
    return joined.select(pl.coalesce(pl.col("local") + pl.col("key"), "low")).to_series()


def email_reader() -> Reader:
    """Addresses: most are plain ASCII and settled at once, the others go through the libraries."""
    raw = pl.col("raw")
    return Reader(
        sure=raw.str.contains(_PLAIN) & (raw.str.len_bytes() <= _SURE_LENGTH),
        value=quoted(raw),
        doubt=_read_doubtful,
    )


def _read_doubtful(cells: pl.DataFrame) -> Reading:
    text = pl.col("text")
    frame = cells.select(text, perhaps=text.str.contains(_PERHAPS))
    candidates = frame.filter("perhaps")["text"].unique().to_list()
    good = [candidate for candidate in candidates if is_email(candidate)]
    reason = pl.lit("")
    for pattern, words in reversed(_REASONS):
        reason = pl.when(text.str.contains(pattern)).then(pl.lit(f": {words}")).otherwise(reason)
    right = text.is_in(good) if good else pl.lit(False)
    message = pl.concat_str(shown(text), pl.lit(" is not an e-mail address"), reason)
    return Reading.of(frame, value=pl.when(right).then(json_text(text)), message=message, kind="email")


def is_email(address: str) -> bool:
    """Whether a text is an address; other scripts are welcome on both sides of the @."""
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415 - few files need it

    local, _, host = address.rpartition("@")
    if len(address) > _LONGEST or len(local.encode()) > _LONGEST_LOCAL:
        return False
    ascii_host = _host_key(host) if _is_odd(host) else host
    if not re.fullmatch(_HOST, ascii_host) or max(map(len, ascii_host.split("."))) > _LONGEST_LABEL:
        return False
    try:
        # The host has been judged: the library would refuse reserved ones such as `.test`.
        validate_email(f"{local}@example.com", check_deliverability=False, allow_smtputf8=True)
    except EmailNotValidError:
        return False
    return True
