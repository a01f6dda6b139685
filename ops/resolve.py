"""A file's rows joined to the account: each party's uuid, what it holds now, and whether the keys of a row agree.

Column-wise and pure; what is read of the account is `lookup`'s business, what follows from it the planner's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from ops.diff import NOW
from ops.fields import email_key
from ops.jobs.base import Party
from ops.lookup import Current

_DIFFERENT: Final = "conflict: the e-mail address is not that of the contact of the uuid"
_DIFFERENT_HOLDER: Final = "conflict: the e-mail address is not that of the contact of the identifier"
_DIFFERENT_IDS: Final = "conflict: the identifier does not lead to the contact that the row names otherwise"
_DIFFERENT_CARDS: Final = "conflict: the hash does not lead to the card of the uuid"


def keys_of(rows: pl.DataFrame, party: Party) -> pl.DataFrame:
    """A party's keys under their general names, so far as the rows have them.

    Returns:
        Of `uuid`, `email` (as written), `email.key`, `identifier` and `hash` those that are mapped; one line a row.
    """
    text: dict[str, pl.Expr] = {}
    if party.either in rows.columns:
        both = pl.col(party.either)
        is_address = both.str.contains("@", literal=True)
        text["uuid"] = pl.when(~is_address).then(both)
        text["email"] = pl.when(is_address).then(both)
        text["email.key"] = email_key(pl.when(is_address).then(both))
    if party.email in rows.columns:
        text["email"], text["email.key"] = pl.col(party.email), pl.col(party.email + ".key")
    for name, field in (("uuid", party.uuid), ("identifier", party.identifier), ("hash", party.hash)):
        if field in rows.columns:
            text[name] = pl.col(field)
    return rows.select(**text)


def look_up(rows: pl.DataFrame, party: Party, current: Current) -> pl.DataFrame:
    """What the account has of a party: `target, found, times, conflict, now.…` behind its prefix, one line a row."""
    keys = keys_of(rows, party)
    found = _cards(keys, current) if party.card else _contacts(keys, current)
    if current.refused:
        found = _with_refusals(found, keys, current.refused)
    names = ["target", "found", "times", "conflict", *(name for name in found.columns if name.startswith(NOW))]
    return found.select(pl.col(name).alias(party.prefix + name) for name in names)


def _contacts(keys: pl.DataFrame, current: Current) -> pl.DataFrame:
    """Join contacts by uuid or address; the account's side is unique, so that a row stays one row.

    A uuid goes before an identifier and that before an address; all that are given must name one contact.
    """
    mismatch: pl.Expr = pl.lit(None, pl.String)
    different: pl.Expr = pl.lit(_DIFFERENT)
    if "identifier" in keys.columns:
        known = current.identifiers.rename({"uuid": "its.uuid", "value": "identifier", "state": NOW + "@identifier"})
        keys = keys.join(known, on="identifier", how="left", maintain_order="left")
        if "uuid" not in keys.columns:
            keys = keys.with_columns(uuid=pl.lit(None, pl.String))
        mismatch = _leads_elsewhere("identifier", _DIFFERENT_IDS)
        keys = keys.with_columns(pl.coalesce("uuid", "its.uuid").alias("uuid"), given=pl.col("uuid").is_not_null())
        different = pl.when("given").then(different).otherwise(pl.lit(_DIFFERENT_HOLDER))
    unique = current.contacts.drop("email").with_columns(pl.lit(value=True).alias("found"))
    by_email = unique.filter(pl.col("email.key").is_not_null())
    times = by_email.group_by("email.key").len("times")
    twice = times.filter(pl.col("times") > 1)
    by_email = by_email.unique("email.key", keep="first", maintain_order=True).rename({"uuid": "target"})
    if "uuid" not in keys.columns:
        joined = keys.join(by_email, on="email.key", how="left", maintain_order="left")
        joined = joined.join(twice, on="email.key", how="left", maintain_order="left")
        return _completed(joined, mismatch)
    if "email" not in keys.columns:
        joined = keys.join(unique.drop("email.key"), on="uuid", how="left", maintain_order="left")
        return _completed(joined.with_columns(target="uuid", times=pl.lit(1, pl.UInt32)), mismatch)
    addressed = keys.join(
        by_email.select("email.key", pl.col("target").alias("by_email")),
        on="email.key",
        how="left",
        maintain_order="left",
    ).join(twice, on="email.key", how="left", maintain_order="left")
    targeted = addressed.with_columns(pl.coalesce("uuid", "by_email").alias("target"))
    has_both = pl.col("uuid").is_not_null() & pl.col("email.key").is_not_null()
    joined = targeted.join(
        unique.rename({"uuid": "target", "email.key": "its.key"}),
        on="target",
        how="left",
        maintain_order="left",
    )
    differs = has_both & pl.col("found") & pl.col("its.key").ne_missing(pl.col("email.key"))
    by_uuid = pl.col("uuid").is_not_null()
    return _completed(
        joined.with_columns(times=pl.when(~by_uuid).then("times")),
        pl.coalesce(mismatch, pl.when(differs).then(different)),
    )


def _cards(keys: pl.DataFrame, current: Current) -> pl.DataFrame:
    """Join cards by uuid or hash."""
    mismatch: pl.Expr = pl.lit(None, pl.String)
    target: pl.Expr = pl.col("uuid") if "uuid" in keys.columns else pl.lit(None, pl.String)
    if "hash" in keys.columns:
        known = current.hashes.rename({"uuid": "its.uuid"})
        keys = keys.join(known, on="hash", how="left", maintain_order="left")
        mismatch = _leads_elsewhere("hash", _DIFFERENT_CARDS)
        target = pl.coalesce(target, pl.col("its.uuid"))
    unique = current.cards.rename({"uuid": "target"}).with_columns(pl.lit(value=True).alias("found"))
    joined = keys.with_columns(target=target, times=pl.lit(1, pl.UInt32))
    return _completed(joined.join(unique, on="target", how="left", maintain_order="left"), mismatch)


def _leads_elsewhere(key: str, why: str) -> pl.Expr:
    """Why a key does not agree with the target that the row has found: it leads to another one, or nowhere."""
    elsewhere = pl.col("its.uuid").ne_missing(pl.col("target"))
    return pl.when(pl.col(key).is_not_null() & pl.col("found") & elsewhere).then(pl.lit(why))


def _completed(joined: pl.DataFrame, conflict: pl.Expr) -> pl.DataFrame:
    return joined.with_columns(
        pl.col("found").fill_null(value=False),
        pl.col("times").fill_null(1),
        conflict.alias("conflict"),
    ).with_columns(pl.when("found").then("target").alias("target"))


def _with_refusals(found: pl.DataFrame, keys: pl.DataFrame, refused: Mapping[str, str]) -> pl.DataFrame:
    """Hold the rows whose key the account refused to look up, in its own words."""
    named = [name for name in ("uuid", "hash", "identifier", "email") if name in keys.columns]
    words = [keys[name].replace_strict(refused, default=None, return_dtype=pl.String).alias(name) for name in named]
    said = pl.DataFrame(words).select(pl.coalesce(named).alias("said")).to_series()
    why = pl.when(said.is_not_null()).then(pl.concat_str(pl.lit("the account refuses to look it up: "), said))
    return found.with_columns(pl.coalesce(why, "conflict").alias("conflict"))
