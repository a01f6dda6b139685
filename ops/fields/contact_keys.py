"""Cells that name a contact by its uuid or by its address, whichever is at hand.

What the contact is, is looked up elsewhere.
"""

from __future__ import annotations

import polars as pl

from ops.fields.emails import email_reader
from ops.fields.phones import id_reader
from ops.fields.reading import Reader, Reading


def contact_key_reader() -> Reader:
    """Addresses where there is an `@`, ids of the account elsewhere."""
    addresses, ids = email_reader(), id_reader()
    is_address = pl.col("raw").str.contains("@", literal=True)

    def doubt(cells: pl.DataFrame) -> Reading:
        split = cells.with_row_index("place").with_columns(address=pl.col("text").str.contains("@", literal=True))
        parts = []
        for reader, part in ((addresses, split.filter("address")), (ids, split.filter(~pl.col("address")))):
            read = reader.doubt(part.select("raw", "text")).frame
            parts.append(part.select("place").hstack(read))
        return Reading(pl.concat(parts).sort("place").drop("place"))

    sure = pl.when(is_address).then(addresses.sure).otherwise(ids.sure)
    return Reader(sure=sure, value=pl.when(is_address).then(addresses.value).otherwise(ids.value), doubt=doubt)
