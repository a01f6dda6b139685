"""`contacts.upsert`: contacts made when the address is new, updated where their attributes differ."""

from __future__ import annotations

import polars as pl

from ops.diff import drift
from ops.jobs.base import DUPLICATES, Action, Finished, Job, State, Steps, Verb
from ops.jobs.contacts_create import EMAIL, MODE
from ops.leat.records import Contact, ContactRef
from ops.leat.requests import FindOrCreateContact, FindOrCreateContactFast, UpdateContact


class UpsertContacts(Job):
    """Make each address exist with the row's attributes."""

    name = "contacts.upsert"
    summary = "Create the contacts that are new and update the attributes that differ on the others."
    fields = (EMAIL,)
    needs = (("email",),)
    options = (DUPLICATES, MODE)

    def verb(self) -> pl.Expr:
        """New addresses create; others update what differs, or are the same."""
        known = pl.when("changes").then(pl.lit(Verb.UPDATE.value)).otherwise(pl.lit(Verb.SAME.value))
        return pl.when("found").then(known).otherwise(pl.lit(Verb.CREATE.value))

    def writes(self) -> pl.Expr:
        """Find-or-create for a new one, and the update when something differs."""
        return (pl.col("verb") == Verb.CREATE.value).cast(pl.UInt32) + pl.col("changes").cast(pl.UInt32)

    def work(self, action: Action) -> Steps:
        """Find or create a new one; then set what differs."""
        if action.verb is Verb.UPDATE and action.target is not None:
            yield UpdateContact(action.target, action.after)
            return Finished(State.DONE, action.target)
        if self.set["mode"] == "fast":
            made: ContactRef = yield FindOrCreateContactFast(action.key)
            if action.after:
                yield UpdateContact(made.uuid, action.after, fresh=True)
            return Finished(State.DONE, made.uuid)
        contact: Contact = yield FindOrCreateContact(action.key, tuple(action.after))
        if drift({}, action.after, contact.values, self.kinds) != "as wanted":
            yield UpdateContact(contact.uuid, action.after)
        return Finished(State.DONE, contact.uuid)
