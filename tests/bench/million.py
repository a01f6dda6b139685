"""Made-up people by the million: a file of them, and the account's contacts as planning would have listed them.

Some or all of the contacts have another first name than the file; the rest is the same.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ops.diff import NOW
from ops.draft import AccountView
from ops.fields import Field, Kind, email_key, json_text
from ops.lookup import Current, Identity

KINDS = {
    "firstname": Kind.TEXT,
    "lastname": Kind.TEXT,
    "address": Kind.TEXT,
    "phonenumber": Kind.PHONE,
    "birthdate": Kind.DATE,
    "city": Kind.TEXT,
    "postalcode": Kind.TEXT,
    "housenumber": Kind.NUMBER,
    "locale": Kind.TEXT,
    "remarks": Kind.TEXT,
    "vip": Kind.BOOLEAN,
}
"""The eleven attributes."""
VIEW = AccountView(
    "bench",
    Identity("http://127.0.0.1:9", (), ()),
    tuple(Field(name, kind, attribute=True) for name, kind in KINDS.items()),
)
"""An account that has them."""


def people(rows: int) -> pl.DataFrame:
    """The file's cells."""
    n = pl.int_range(rows)
    return pl.select(
        pl.format("uuid-{}", n).alias("uuid"),
        pl.format("person{}@example.org", n).alias("email"),
        pl.format("Jan{}", n % 977).alias("firstname"),
        pl.format("de Vries {}", n % 7919).alias("lastname"),
        pl.format("Kerkstraat {}", n % 300).alias("address"),
        pl.format("+316{}", n % 90_000_000 + 10_000_000).alias("phonenumber"),
        (pl.date(1960, 1, 1) + pl.duration(days=n % 15_000)).cast(pl.String).alias("birthdate"),
        pl.format("Stad{}", n % 500).alias("city"),
        pl.format("{} AB", n % 8_999 + 1_000).alias("postalcode"),
        (n % 250).cast(pl.String).alias("housenumber"),
        pl.lit("nl").alias("locale"),
        pl.format('opmerking {}, "klant"', n % 1_000).alias("remarks"),
        (n % 2 == 0).cast(pl.String).alias("vip"),
    )


def write_people(path: Path, rows: int, key: str) -> Path:
    """The file, its rows named by `email` or `uuid`."""
    people(rows).select(key, *KINDS).write_csv(path)
    return path


def write_contacts(path: Path, rows: int, *, every: int = 2, plain: bool = False) -> Path:
    """The contacts behind the file, in another order; `every`th has another first name.

    The values stand as JSON text under the names planning gives them, or, when `plain`, as in the file.
    """
    another = pl.when(pl.int_range(pl.len()) % every == 0).then(pl.lit("Piet")).otherwise("firstname")
    contacts = people(rows).with_columns(another.alias("firstname"))
    if not plain:
        texts = {
            NOW + name: pl.col(name) if kind in {Kind.NUMBER, Kind.BOOLEAN} else json_text(pl.col(name))
            for name, kind in KINDS.items()
        }
        contacts = contacts.select("uuid", "email", **texts)
    contacts.sample(fraction=1.0, shuffle=True, seed=1).write_parquet(path)
    return path


def listed(path: Path) -> Current:
    """The contacts as planning has them once they are listed."""
    contacts = pl.read_parquet(path)
    return Current(contacts.with_columns(email_key(pl.col("email")).alias("email.key")), "list", "listed before")
