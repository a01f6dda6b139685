"""`contacts.delete`: contacts erased for good, and watched until they are gone; no personal data is kept.

The plan and its run hold the row, the reference and, until the contact is gone, its uuid.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import polars as pl

from ops.diff import object_of
from ops.fields import Field, Kind
from ops.jobs.base import Action, Finished, Job, Party, Proof, State, Steps, Until, Verb
from ops.jobs.fields import CONTACT_UUID, EMAIL, NO_TARGET, absent, counted, euros, is_gone, now, now_number
from ops.jobs.options import DUPLICATES, Option
from ops.leat.records import Contact
from ops.leat.requests import CONTACT_NOT_FOUND, DeleteContact, GetContact, Read

TYPE = Option(
    "type",
    "GDPR removes every reference to personal data; DEFAULT keeps a detailed log; the balances are lost either way",
    choices=("GDPR", "DEFAULT"),
    required=True,
)
REFERENCE = Field("reference", Kind.TEXT, "Your reference", "your own number of the request; stays on the receipt")
LOST: Final = {
    "credit_balance": "@credit_balance",
    "prepaid_balance_in_cents": "@prepaid_balance_in_cents",
    "tier": "@tier",
}
"""What ends with a contact, and where it is read."""


class DeleteContacts(Job):
    """Erase contacts."""

    name = "contacts.delete"
    summary = "Erase contacts under the GDPR, or delete them, and watch until they are gone."
    undo = (
        "what is erased is gone, and no copy is kept; contacts.create makes a new contact, without the "
        "old one's balances"
    )
    fields = (CONTACT_UUID, EMAIL, REFERENCE)
    takes_attributes = False
    needs = (("uuid",), ("email",))
    options = (TYPE, DUPLICATES)
    guarded = frozenset({Verb.DELETE})
    destroys = True
    private = True
    kept = ("reference",)
    key = ("reference",)
    parties = (Party(uuid="uuid", email="email", looks=tuple(LOST.values())),)

    def verb(self) -> pl.Expr:
        """Every contact that was found."""
        return pl.lit(Verb.DELETE.value)

    def hold(self) -> pl.Expr:
        """A contact that the account does not know, or knows twice."""
        return absent()

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def reads(self) -> pl.Expr:
        """One look at least whether it is gone."""
        return pl.lit(1, pl.UInt32)

    def before(self) -> pl.Expr:
        """The balances and the tier that end with the contact."""
        return object_of({name: now(place) for name, place in LOST.items()})

    def after(self) -> pl.Expr:
        """Nothing of them."""
        return object_of({name: pl.lit("null") for name in LOST})

    def totals(self) -> dict[str, pl.Expr]:
        """What ends, over all rows."""
        return {
            "credit_balance": now_number(LOST["credit_balance"]),
            "prepaid_balance_in_cents": now_number(LOST["prepaid_balance_in_cents"]),
            "contacts_with_a_tier": (now(LOST["tier"]) != "null").cast(pl.Int64),
        }

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """What is lost."""
        credit = f"{totals['credit_balance']:,}"
        prepaid = euros(totals["prepaid_balance_in_cents"])
        tiers = totals["contacts_with_a_tier"]
        kind = self.set["type"]
        kept = (
            "no reference to personal data stays" if kind == "GDPR" else "DEFAULT keeps a detailed log; GDPR does not"
        )
        return [
            f"Lost with them for good: {credit} credits, {prepaid} of prepaid value, {counted(tiers, 'tier')}.",
            f"Type {kind}: {kept}.",
        ]

    def steps(self, action: Action) -> Steps:
        """Ask for the deletion, then wait until the contact is gone: accepted is not gone."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        yield DeleteContact(action.target, self.set["type"])
        yield Until("gone", GetContact(action.target), is_gone, "accepted, not confirmed gone")
        return Finished(State.DONE)

    def verify(self, action: Action, ended: Finished) -> Proof:
        """See that the contact is gone."""
        _ = ended
        contact: Contact | None = yield GetContact(action.target or "")
        return None if contact is None else "the contact is still there"

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that the contact is there, and that no more would be lost than the plan showed."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        contact: Contact | None = yield GetContact(action.target, tuple(LOST.values()))
        if contact is None:
            gone = "not found: the contact has gone since the plan"
            return Finished(State.HELD, None, gone, code=CONTACT_NOT_FOUND)
        for name, place in LOST.items():
            seen, there = action.before.get(name), contact.values.get(place)
            if seen != there:
                what = f"changed since the plan: {name} was {seen!r} and is now {there!r}"
                return Finished(State.HELD, None, what)
        return None
