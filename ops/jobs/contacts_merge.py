"""`contacts.merge`: a source contact goes up in a destination, for good; watched until the source is gone.

A row that merges a contact into itself, or rows that merge in a circle, are wrong; rows in a chain are held.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import polars as pl

from ops.diff import object_of
from ops.fields import Field, Kind, json_text
from ops.jobs.base import Action, Finished, Job, Party, Proof, State, Steps, Until, Verb
from ops.jobs.fields import NO_TARGET, absent, counted, euros, is_gone, now, now_number
from ops.jobs.options import DUPLICATES
from ops.leat.records import Contact
from ops.leat.requests import GetContact, MergeContacts, Read

SOURCE = Field("source", Kind.CONTACT, "Source", "the contact that ends, by uuid or e-mail address")
DESTINATION = Field("destination", Kind.CONTACT, "Destination", "the contact that stays, by uuid or e-mail address")
_LOOKS: Final = ("@email", "@credit_balance", "@prepaid_balance_in_cents", "@tier")
_NAMES: Final = {"email": "@email", "credit_balance": "@credit_balance"} | {
    "prepaid_balance_in_cents": "@prepaid_balance_in_cents",
    "tier": "@tier",
}
_SUMS: Final = frozenset({"@credit_balance", "@prepaid_balance_in_cents"})
_TO: Final = "destination."


class MergeDuplicates(Job):
    """Merge contacts."""

    name = "contacts.merge"
    summary = "Merge a source contact into a destination, for good, and watch until the source is gone."
    undo = "a merge cannot be taken apart; contacts.update corrects what the destination holds"
    fields = (SOURCE, DESTINATION)
    takes_attributes = False
    needs = (("source", "destination"),)
    options = (DUPLICATES,)
    unique = ("source",)
    key = ("source",)
    guarded = frozenset({Verb.MERGE})
    destroys = True
    unrepeatable = frozenset({"merge"})
    parties = (Party(either="source", looks=_LOOKS), Party(_TO, either="destination", looks=_LOOKS))

    def relate(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Which rows merge in a circle, and which begin where another ends."""
        live = pl.all_horizontal(pl.col("error", "hold", "conflict").is_null()) & _certain() & _certain(_TO)
        edges = rows.select("row", "target", to=pl.when(live).then("destination.target")).drop_nulls()
        edges = edges.filter(pl.col("target") != pl.col("to"))
        circles = _circles(edges)
        chain = edges["target"].filter(edges["target"].is_in(edges["to"].implode()))
        linked = pl.col("target").is_in(chain.implode()) | pl.col("destination.target").is_in(chain.implode())
        return rows.with_columns(
            (live & pl.col("target").is_in(circles.implode())).fill_null(value=False).alias("circle"),
            (live & linked).fill_null(value=False).alias("chain"),
        )

    def wrong(self) -> pl.Expr:
        """A contact into itself, and circles."""
        itself = pl.lit("wrong: source and destination are one contact")
        circle = pl.lit("wrong: the rows merge contacts in a circle")
        same = _certain() & _certain(_TO) & (pl.col("target") == pl.col("destination.target"))
        return pl.when(same).then(itself).when("circle").then(circle)

    def hold(self) -> pl.Expr:
        """A side that is not there or there twice, and chains."""
        chain = pl.lit("chain: a contact is merged in one row and merged into in another; run one after the other")
        source = pl.concat_str(pl.lit("source "), absent())
        destination = pl.concat_str(pl.lit("destination "), absent(_TO))
        return pl.coalesce(source, destination, pl.when("chain").then(chain))

    def verb(self) -> pl.Expr:
        """A merge."""
        return pl.lit(Verb.MERGE.value)

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def reads(self) -> pl.Expr:
        """The second look at the destination, whether the source is gone, and whether the destination is there."""
        return pl.lit(3, pl.UInt32)

    def before(self) -> pl.Expr:
        """Both sides as they are."""
        source = {f"source.{name}": now(place) for name, place in _NAMES.items()}
        destination = {_TO + name: now(place, _TO) for name, place in _NAMES.items()}
        return object_of({**source, **destination, "merged_into": pl.lit("null")})

    def after(self) -> pl.Expr:
        """What ends and what moves: the balances to the destination."""
        ends = {f"source.{name}": pl.lit("null") for name in _NAMES}
        both = {
            _TO + name: (now_number(place) + now_number(place, _TO)).cast(pl.String)
            for name, place in _NAMES.items()
            if place in _SUMS
        }
        stays = {_TO + name: now(place, _TO) for name, place in _NAMES.items() if place not in _SUMS}
        return object_of({**ends, **stays, **both, "merged_into": json_text(pl.col("destination.target"))})

    def totals(self) -> dict[str, pl.Expr]:
        """What moves."""
        return {
            "credit_balance": now_number("@credit_balance"),
            "prepaid_balance_in_cents": now_number("@prepaid_balance_in_cents"),
            "contacts_with_a_tier": (now("@tier") != "null").cast(pl.Int64),
        }

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """What moves and what ends, and the warning of the API's own page."""
        prepaid = euros(totals["prepaid_balance_in_cents"])
        tiers = totals["contacts_with_a_tier"]
        return [
            f"To move: {totals['credit_balance']:,} credits and {prepaid} of prepaid value.",
            f"To end: {counted(tiers, 'tier')}.",
            "A merge cannot be undone. Merge only with the consent of a person who holds both addresses.",
        ]

    def steps(self, action: Action) -> Steps:
        """Ask for the merge, wait until the source is gone, and see that the destination is there."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        destination = str(action.after["merged_into"])
        yield MergeContacts(action.target, destination)
        yield Until("merged", GetContact(action.target), is_gone, "merge accepted, not confirmed")
        yield Until("kept", GetContact(destination), _is_there, "the source is gone, the destination is not to be seen")
        return Finished(State.DONE, destination)

    def verify(self, action: Action, ended: Finished) -> Proof:
        """See that the source is gone and the destination there."""
        source: Contact | None = yield GetContact(action.target or "")
        if source is not None:
            return "the source is still there"
        destination: Contact | None = yield GetContact(ended.uuid or str(action.after["merged_into"]))
        return None if destination is not None else "the destination is not there"

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that both sides are there."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        for side, uuid in (("source", action.target), ("destination", str(action.after["merged_into"]))):
            contact: Contact | None = yield GetContact(uuid)
            if contact is None:
                return Finished(State.HELD, None, f"{side} not found: it has gone since the plan")
        return None


def _certain(prefix: str = "") -> pl.Expr:
    """Whether a side is there, and only once."""
    return pl.col(prefix + "found") & (pl.col(prefix + "times") == 1)


def _circles(edges: pl.DataFrame) -> pl.Series:
    """The contacts that rows merge in a circle: where one still is after more steps than there are rows.

    Args:
        edges: `target` and where it goes, `to`; each target once.
    """
    reach = edges.select("target", "to")
    steps = 1
    while reach.height and steps <= edges.height:
        onward = reach.rename({"target": "to", "to": "further"})
        reach = reach.join(onward, on="to", how="inner").select("target", to="further")
        steps *= 2
    return reach["to"].unique()


def _is_there(contact: Contact | None) -> bool:
    return contact is not None
