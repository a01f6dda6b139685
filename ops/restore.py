"""What undoing a run means for each of its rows: column-wise, from the run's values before and after and those of now.

Pure; `undo` reads the run and the account, and writes the plan.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

import polars as pl

from ops.diff import CHANGED, CLEARED, NOW, WANT, Attribute, json_object, members_of
from ops.fields import Kind, canonical, json_text
from ops.jobs.base import State, Verb
from ops.lookup import Current
from ops.plan import INPUT

WRITTEN: Final = "written"
CREATED: Final = "created"
UNKNOWN: Final = "unknown"
"""What a run has done to a row, where it did anything; of other rows, the state they are in."""
DRIFTED: Final = "changed since the run"
_HELD: Final = {
    CREATED: "created by this run: no undo by an update; contacts.delete erases the contact, for good",
    UNKNOWN: "unknown outcome: settle the run first, then undo it",
}
_AT_REST: Final = {
    WRITTEN: "as before the run already",
    State.SAME.value: "nothing was done here: it was as wanted already",
    State.INVALID.value: "nothing was done here: the row was invalid",
    State.HELD.value: "nothing was done here: the row was held",
    State.REFUSED.value: "nothing was done here: the server refused it",
    State.PENDING.value: "nothing was done here yet: the row is pending",
}
_UNREAD: Final = "what the run changed here cannot be told from its plan"
_GONE: Final = "not found: the account has no such contact"
_MADE: Final = "find_or_create:done"
"""The step after which a row of an upsert has its contact, whatever came next."""
_WAS: Final = "was."
_SET: Final = "set."
_DRIFTS: Final = "drifts."
"""Prefixes of an attribute's columns: the JSON text from before the run, the one it wrote, and whether that changed."""
_SHOWN: Final = 80
"""So many characters of a value stand in a reason."""
_NUMBER: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"
_DAY: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def deeds(window: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """What a run did to each row.

    Args:
        window: Rows of `outcomes`.
        names: The attributes that the run's plan writes, in its order.

    Returns:
        `row`, `key`, `uuid`, `fate`, the input's columns and, of the written rows, `was.…`, `set.…` and `whole`.
    """
    rows = window.with_columns(fate=_fate())
    written = pl.col("fate") == WRITTEN
    was, was_whole = members_of(rows.select(pl.when(written).then("before")).to_series(), names)
    new, new_whole = members_of(rows.select(pl.when(written).then("after")).to_series(), names)
    cells = [name for name in rows.columns if name.startswith(INPUT)]
    own = rows.select("row", "key", "uuid", "fate", *cells, whole=was_whole & new_whole)
    was = was.rename(lambda name: _WAS + name)
    new = new.rename(lambda name: _SET + name)
    return pl.concat([own, was, new], how="horizontal") if names else own


def _fate() -> pl.Expr:
    """An attempt that nobody knows of goes before whatever was answered to another."""
    steps, status = pl.col("steps").fill_null(""), pl.col("status")
    doubtful = (status == State.UNKNOWN.value) | steps.str.contains(":unknown", literal=True)
    broken_off = status.is_in([State.REFUSED.value, State.PENDING.value])
    made = (status == State.DONE.value) | (broken_off & steps.str.contains(_MADE, literal=True))
    return (
        pl.when(doubtful)
        .then(pl.lit(UNKNOWN))
        .when((pl.col("verb") == Verb.CREATE.value) & made)
        .then(pl.lit(CREATED))
        .when(status == State.DONE.value)
        .then(pl.lit(WRITTEN))
        .otherwise(status)
    )


def restored(
    rows: pl.DataFrame, attributes: Sequence[Attribute], current: Current, writable: Collection[str]
) -> pl.DataFrame:
    """The actions that restore what was there before a run.

    Args:
        rows: Its `deeds`.
        attributes: What it wrote.
        current: The contacts it updated, as they are now.
        writable: The attributes that the account lets be written.

    Returns:
        `ACTION_COLUMNS` and `fate`, one line a row in the same order.
    """
    found = current.contacts.drop("email", "email.key").with_columns(found=pl.lit(value=True))
    names = {"uuid": list(current.refused), "said": list(current.refused.values())}
    refused = pl.DataFrame(names, schema=dict.fromkeys(names, pl.String))
    joined = rows.join(found, on="uuid", how="left", maintain_order="left")
    joined = joined.join(refused, on="uuid", how="left", maintain_order="left")
    compared = joined.with_columns(each for one in attributes for each in _compared(one))
    differs = [pl.col(CHANGED + one.name) for one in attributes]
    judged = compared.with_columns(
        hold=pl.coalesce(pl.col("fate").replace_strict(_HELD, default=None), _hold(attributes, writable)),
        changes=(pl.col("fate") == WRITTEN) & pl.any_horizontal(pl.lit(value=False), *differs),
    )
    held = pl.col("hold").is_not_null()
    acts = ~held & pl.col("changes")
    verb = pl.when(held).then(pl.lit(Verb.HELD.value)).when("changes").then(pl.lit(Verb.UPDATE.value))
    at_rest = pl.col("fate").replace_strict(_AT_REST, default=None)
    return judged.select(
        "row",
        "key",
        "fate",
        verb=verb.otherwise(pl.lit(Verb.SAME.value)),
        target="uuid",
        before=pl.when(acts).then(json_object(attributes, NOW)),
        after=pl.when(acts).then(json_object(attributes, WANT)),
        reason=pl.when(~acts).then(pl.coalesce("hold", at_rest)),
    )


def _compared(attribute: Attribute) -> list[pl.Expr]:
    """What is wanted of an attribute, whether that differs from now, and whether now is not what the run left."""
    name, kind = attribute.name, attribute.kind
    was, new, now = (pl.col(prefix + name) for prefix in (_WAS, _SET, NOW))
    there = canonical(kind, now)
    differs = new.is_not_null() & there.ne_missing(canonical(kind, was))
    return [
        pl.when(new.is_not_null()).then(_as_sent(kind, was)).alias(WANT + name),
        differs.alias(CHANGED + name),
        (differs & there.ne_missing(canonical(kind, new))).alias(_DRIFTS + name),
    ]


def _as_sent(kind: Kind, was: pl.Expr) -> pl.Expr:
    """A value as the account showed it, in the form in which values of its kind are sent."""
    form = canonical(kind, was)
    match kind:
        case Kind.BOOLEAN:
            fits, sent = form.is_in(["true", "false"]), form
        case Kind.NUMBER | Kind.CENTS:
            fits, sent = was.str.starts_with('"') & form.str.contains(_NUMBER), form
        case Kind.DATE:
            fits, sent = form.str.contains(_DAY), json_text(form)
        case _:
            fits, sent = pl.lit(value=False), was
    return pl.when(form.is_null()).then(pl.lit(CLEARED)).when(fits).then(sent).otherwise(was)


def _hold(attributes: Sequence[Attribute], writable: Collection[str]) -> pl.Expr:
    """Why a written row is not restored, or null."""
    words = pl.concat_str(list(_drifts(attributes)) or [pl.lit("")], separator="; ", ignore_nulls=True)
    lost = [
        pl.when(CHANGED + one.name).then(pl.lit(f"{one.name} cannot be written in this account any more"))
        for one in attributes
        if one.name not in writable
    ]
    said = pl.concat_str(pl.lit("the account refuses to look it up: "), "said")
    why = pl.coalesce(
        pl.when(~pl.col("whole")).then(pl.lit(_UNREAD)),
        said,
        pl.when(pl.col("found").is_null()).then(pl.lit(_GONE)),
        pl.when(words != "").then(pl.concat_str(pl.lit(f"{DRIFTED}: "), words)),
        *lost,
    )
    return pl.when(pl.col("fate") == WRITTEN).then(why)


def _drifts(attributes: Sequence[Attribute]) -> Iterator[pl.Expr]:
    """Each attribute that is neither as the run left it nor as it was before, with both values."""
    for one in attributes:
        parts = (pl.lit(f"{one.name} was set to "), _shown(pl.col(_SET + one.name)))
        now = (pl.lit(" by the run and is now "), _shown(pl.col(NOW + one.name)))
        yield pl.when(_DRIFTS + one.name).then(pl.concat_str(*parts, *now))


def _shown(value: pl.Expr) -> pl.Expr:
    """A value for a reason: JSON text, cut where it is long."""
    text = value.fill_null("null")
    cut = pl.concat_str(text.str.slice(0, _SHOWN), pl.lit("…"))
    long = text.str.len_chars() > _SHOWN
    return pl.when(text.is_in(["null", '""'])).then(pl.lit("empty")).when(long).then(cut).otherwise(text)
