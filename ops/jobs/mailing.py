"""What mailing a gift card needs of a row: its merge tags, and whether its contact takes such mails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from ops.diff import object_of
from ops.fields import json_text

TAG: Final = "merge_tags"
LOOKS: Final = ("@subscriptions",)
"""What is read of a contact who is to get a mail."""
_ABOUT_CARDS: Final = r"(?i)gift|cadeau|geschenk"
"""Names of subscription types that are about gift cards; which type a mail belongs to, the API does not say."""
_AGAINST: Final = "unsubscribed: the contact takes no mails about gift cards"
_NONE: Final = "unsubscribed: the contact takes no mails at all"


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
    against, none = pl.lit(_AGAINST), pl.lit(_NONE)
    return (
        pl.when((about.list.len() > 0) & ~about.list.any())
        .then(against)
        .when((about.list.len() == 0) & (every.list.len() > 0) & ~every.list.any())
        .then(none)
    )


def unsubscribed_now(values: Mapping[str, Any]) -> str | None:
    """`unsubscribed` of the values of one contact, read at this moment."""
    types: list[Mapping[str, Any]] = values.get("@subscriptions") or []
    about = [one["subscribed"] for one in types if re.search(_ABOUT_CARDS, one["name"])]
    every = [one["subscribed"] for one in types]
    if about:
        return None if any(about) else _AGAINST
    return _NONE if every and not any(every) else None
