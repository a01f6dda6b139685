"""What mailing a gift card needs of a row: its merge tags, and whether its contact takes such mails."""

from __future__ import annotations

from typing import Final

import polars as pl

from ops.diff import object_of
from ops.fields import json_text

TAG: Final = "merge_tags"
_ABOUT_CARDS: Final = r"(?i)gift|cadeau|geschenk"
"""Names of subscription types that are about gift cards; which type a mail belongs to, the API does not say."""


def with_merge_tags(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `merge_tags`: the texts of a row's `custom.` columns as a JSON object, null when it has none."""
    tags = {name: json_text(pl.col(name)) for name in rows.columns if name.startswith("custom.")}
    texts = object_of(tags)
    return rows.with_columns(pl.when(texts != "{}").then(texts).alias(TAG))


def unsubscribed(prefix: str = "") -> pl.Expr:
    """Why a contact would not get a mail about gift cards, or null; the server refuses such mails.

    A contact that the account does not know yet begins with the account's own subscriptions.
    """
    shape = pl.List(pl.Struct({"name": pl.String, "subscribed": pl.Boolean}))
    types = pl.col(f"{prefix}now.@subscriptions").str.json_decode(shape)
    about = types.list.eval(
        pl.element().filter(pl.element().struct.field("name").str.contains(_ABOUT_CARDS)).struct.field("subscribed")
    )
    every = types.list.eval(pl.element().struct.field("subscribed"))
    against = pl.lit("unsubscribed: the contact takes no mails about gift cards")
    none = pl.lit("unsubscribed: the contact takes no mails at all")
    return (
        pl.when((about.list.len() > 0) & ~about.list.any())
        .then(against)
        .when((about.list.len() == 0) & (every.list.len() > 0) & ~every.list.any())
        .then(none)
    )
