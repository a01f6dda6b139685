"""What mailing a gift card needs of a row: its merge tags, and whether its contact takes such mails."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import polars as pl

from ops.diff import object_of
from ops.fields import json_text
from ops.jobs.options import JobOptions, Option

TAG: Final = "merge_tags"
LOOKS: Final = ("@subscriptions",)
"""What is read of a contact who is to get a mail."""
_ABOUT_CARDS: Final = r"(?i)gift|cadeau|geschenk"
"""Names of subscription types that are about gift cards; which type a mail belongs to, the API does not say."""
_AGAINST: Final = "unsubscribed: the contact takes no mails about gift cards"
_NONE: Final = "unsubscribed: the contact takes no mails of any kind; the server may refuse this one"
UNSUBSCRIBED: Final = Option(
    "unsubscribed",
    "contacts unsubscribed from the mails about gift cards, by the name of the subscription: hold their rows, or try "
    "all the same; those subscribed to nothing at all are warned of",
    choices=("hold", "send"),
    default="hold",
)


def with_merge_tags(rows: pl.DataFrame) -> pl.DataFrame:
    """Add `merge_tags`: the texts of a row's `custom.` columns as a JSON object, null when it has none."""
    tags = {name: json_text(pl.col(name)) for name in rows.columns if name.startswith("custom.")}
    texts = object_of(tags)
    return rows.with_columns(pl.when(texts != "{}").then(texts).alias(TAG))


def unsubscribed(prefix: str = "") -> pl.Expr:
    """Why a contact would not get a mail about gift cards, or null; the server refuses such mails.

    A contact that the account does not know yet begins with the account's own subscriptions.
    """
    about = _types(prefix).list.eval(
        pl.element().filter(pl.element().struct.field("name").str.contains(_ABOUT_CARDS)).struct.field("subscribed")
    )
    return pl.when((about.list.len() > 0) & ~about.list.any()).then(pl.lit(_AGAINST))


def doubtful(prefix: str = "") -> pl.Expr:
    """Why a contact may not get the mail, or null: no type is about gift cards, and it is subscribed to none."""
    every = _types(prefix).list.eval(pl.element().struct.field("subscribed"))
    return pl.when((every.list.len() > 0) & ~every.list.any()).then(pl.lit(_NONE))


def _types(prefix: str) -> pl.Expr:
    shape = pl.List(pl.Struct({"name": pl.String, "subscribed": pl.Boolean}))
    return pl.col(f"{prefix}now.@subscriptions").str.json_decode(shape)


def unsubscribed_now(options: JobOptions, values: Mapping[str, Any]) -> str | None:
    """`unsubscribed` of the values of one contact, read at this moment; None where the options do not mind."""
    types: list[Mapping[str, Any]] = values.get("@subscriptions") or []
    about = [one["subscribed"] for one in types if re.search(_ABOUT_CARDS, one["name"])]
    return _AGAINST if holds(options) and about and not any(about) else None


def holds(options: JobOptions) -> bool:
    """Whether rows of contacts who take no such mails are held."""
    return options["unsubscribed"] == "hold"
