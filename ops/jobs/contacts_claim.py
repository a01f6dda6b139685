"""`contacts.claim`: anonymous contacts get their address; where a contact has it already, the two merge for good."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any

import polars as pl

from ops.diff import object_of
from ops.fields import Field, Kind, email_key, email_key_of, json_text
from ops.jobs.base import Action, Finished, Job, Party, Proof, State, Steps, Until, Verb
from ops.jobs.fields import (
    CONTACT_UUID,
    IDENTIFIER,
    NO_TARGET,
    absent,
    counted,
    is_gone,
    is_on,
    now,
    now_number,
    switch,
)
from ops.jobs.options import DUPLICATES
from ops.leat.records import Contact
from ops.leat.requests import ClaimContact, FindContact, GetContact, Read

NEW_EMAIL = Field("email", Kind.EMAIL, "E-mail address", "the address the anonymous contact gets")
ALLOW_MERGE = switch(
    "allow_merge", "an address that a contact has already merges the two; true does it, and it cannot be undone"
)
_ANONYMOUS = ("@is_anonymous",)
_ITS_OWN = "its own: this is the address the account has made up for the anonymous contact, not a person's"
_ANOTHER = (
    "claimed, but the address leads to another contact: it came into the account meanwhile, and the two may have "
    "merged; look at both"
)
_MERGE = (
    "merge: a contact has this address already, and claiming it would merge the two for good; allow_merge=true does"
)


class ClaimContacts(Job):
    """Make known people of anonymous contacts."""

    name = "contacts.claim"
    summary = "Give anonymous contacts their e-mail address; an address that exists merges, and only when allowed."
    undo = (
        "a claimed contact does not become anonymous again, and merged ones stay one; contacts.update "
        "corrects what they hold"
    )
    fields = (CONTACT_UUID, IDENTIFIER, NEW_EMAIL)
    takes_attributes = False
    needs = (("uuid", "email"), ("identifier", "email"))
    options = (ALLOW_MERGE, DUPLICATES)
    unique = ("uuid", "identifier", "email")
    guarded = frozenset({Verb.MERGE})
    destroys = True
    parties = (
        Party(uuid="uuid", identifier="identifier", looks=("@is_anonymous", "@email", "@credit_balance")),
        Party("other.", email="email", looks=("@credit_balance",)),
    )

    def verb(self) -> pl.Expr:
        """A claim, or a merge where a contact has the address; the same where it is claimed already."""
        merges = pl.col("other.found") & (pl.col("other.target") != pl.col("target"))
        done = ~_is_anonymous() & _has_it()
        return (
            pl.when(done)
            .then(pl.lit(Verb.SAME.value))
            .when(merges)
            .then(pl.lit(Verb.MERGE.value))
            .otherwise(pl.lit(Verb.CLAIM.value))
        )

    def hold(self) -> pl.Expr:
        """A contact that is not there or not anonymous, and a merge that was not allowed."""
        known = pl.lit("not anonymous: the contact has an address already")
        merges = pl.col("other.found") & (pl.col("other.target") != pl.col("target"))
        twice = pl.format("ambiguous: the account has {} contacts with this address", pl.col("other.times"))
        forbidden = pl.lit(None, pl.String) if is_on(self.set, "allow_merge") else pl.lit(_MERGE)
        return (
            pl.when(absent().is_not_null())
            .then(absent())
            .when(~_is_anonymous() & ~_has_it())
            .then(known)
            .when(_is_anonymous() & _has_it())
            .then(pl.lit(_ITS_OWN))
            .when(pl.col("other.times") > 1)
            .then(twice)
            .when(_is_anonymous() & merges)
            .then(forbidden)
        )

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def reads(self) -> pl.Expr:
        """The second look at the address, and what shows that it worked."""
        return pl.when(pl.col("verb") == Verb.MERGE.value).then(3).otherwise(2)

    def before(self) -> pl.Expr:
        """Who it is now; for a merge, what both sides hold."""
        merges = pl.col("verb") == Verb.MERGE.value
        return object_of(
            {
                "email": now("@email"),
                "is_anonymous": now("@is_anonymous"),
                "merged_into": pl.when(merges).then(pl.lit("null")),
                "credit_balance": pl.when(merges).then(now("@credit_balance")),
                "merged_into.credit_balance": pl.when(merges).then(now("@credit_balance", "other.")),
            }
        )

    def after(self) -> pl.Expr:
        """Who it is to be; for a merge, into whom."""
        merges = pl.col("verb") == Verb.MERGE.value
        both = now_number("@credit_balance") + now_number("@credit_balance", "other.")
        return object_of(
            {
                "email": json_text(pl.col("email")),
                "is_anonymous": pl.lit("false"),
                "merged_into": pl.when(merges).then(json_text(pl.col("other.target"))),
                "credit_balance": pl.when(merges).then(pl.lit("null")),
                "merged_into.credit_balance": pl.when(merges).then(both.cast(pl.String)),
            }
        )

    def totals(self) -> dict[str, pl.Expr]:
        """How many merge."""
        return {"merges": (pl.col("verb") == Verb.MERGE.value).cast(pl.Int64)}

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """What merging means."""
        merges = totals["merges"]
        if not merges:
            return []
        return [
            f"{counted(merges, 'row')} with the address of a contact that is there: a merge, which cannot be undone."
        ]

    def steps(self, action: Action) -> Steps:
        """Claim, then read again: the answer shows values from before."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        email = str(action.after["email"])
        other = action.after.get("merged_into")
        yield ClaimContact(action.target, email, other)
        contact: Contact = yield Until("claimed", FindContact(email, _ANONYMOUS), _is_known, "claimed, not confirmed")
        if contact.uuid not in {action.target, other}:
            return Finished(State.UNKNOWN, contact.uuid, _ANOTHER)
        if action.verb is Verb.MERGE and isinstance(other, str):
            # Which of the two stays is not documented: the one that the address does not lead to must be gone.
            gone = action.target if contact.uuid != action.target else other
            yield Until("merged", GetContact(gone), is_gone, "merge accepted, not confirmed")
        return Finished(State.DONE, contact.uuid)

    def verify(self, action: Action, ended: Finished) -> Proof:
        """See that the address leads to the contact, and that it is a known person's."""
        contact: Contact | None = yield FindContact(str(action.after["email"]), _ANONYMOUS)
        if contact is None:
            return "the address leads to no contact"
        if contact.uuid not in {action.target, action.after.get("merged_into")} or contact.uuid != ended.uuid:
            return "the address leads to another contact"
        return "the contact is anonymous" if contact.is_anonymous else None

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that both sides are as the plan saw them."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        email = str(action.after["email"])
        contact: Contact | None = yield GetContact(action.target, _ANONYMOUS)
        if contact is None:
            return Finished(State.HELD, None, "not found: the contact has gone since the plan")
        if not contact.is_anonymous:
            if email_key_of(contact.email or "") == email_key_of(email):
                return Finished(State.SAME, contact.uuid, "already claimed when its turn came")
            return Finished(State.HELD, contact.uuid, "changed since the plan: the contact is not anonymous any more")
        other: Contact | None = yield FindContact(email, _ANONYMOUS)
        found = other.uuid if other is not None and other.uuid != action.target else None
        if found != action.after.get("merged_into"):
            what = "exists: a contact has come to have this address since the plan"
            gone = "changed since the plan: the contact with this address has gone"
            return Finished(State.HELD, contact.uuid, what if found is not None else gone)
        return None


def _is_anonymous() -> pl.Expr:
    return now("@is_anonymous") == "true"


def _has_it() -> pl.Expr:
    held = pl.col("now.@email").str.strip_prefix('"').str.strip_suffix('"')
    return email_key(held).eq_missing(pl.col("email.key"))


def _is_known(contact: Contact | None) -> bool:
    return contact is not None and not contact.is_anonymous
