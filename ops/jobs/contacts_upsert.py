"""`contacts.upsert`: contacts made when the address is new, updated where their attributes differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ops.diff import Drift, drift
from ops.fields import canonical_value
from ops.jobs.base import Action, Finished, Job, State, Steps, Verb
from ops.jobs.contacts_create import EMAIL, MODE
from ops.jobs.options import DUPLICATES
from ops.leat.records import Contact, ContactRef
from ops.leat.requests import FindOrCreateContact, FindOrCreateContactFast, UpdateContact
from ops.mapping import Rule


class UpsertContacts(Job):
    """Make each address exist with the row's attributes."""

    name = "contacts.upsert"
    summary = "Create the contacts that are new and update the attributes that differ on the others."
    undo = ""
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

    def steps(self, action: Action) -> Steps:
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
        wanted = self.still_wanted(action.after, contact.values)
        seen = drift({}, wanted, contact.values, self.kinds)
        if isinstance(seen, Drift):
            what = f"exists: it has come into the account since the plan, with {seen.field} = {seen.now!r}; plan again"
            return Finished(State.HELD, contact.uuid, what)
        if seen == "as planned":
            yield UpdateContact(contact.uuid, wanted)
        return Finished(State.DONE, contact.uuid)

    def to_hold(self, action: Action, now: Mapping[str, Any]) -> dict[str, Any]:
        """What was left to write: a contact may have come with values."""
        wanted = super().to_hold(action, now)
        found = action.verb is Verb.CREATE and self.set["mode"] == "full"
        return self.still_wanted(wanted, now) if found else wanted

    def still_wanted(self, after: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
        """What is left to write when the contact came with values: its own, or the account's defaults.

        An attribute under `if_empty` keeps what it has.
        """
        careful = {a.name for a in self.attributes if a.rule is Rule.IF_EMPTY}
        kept = {name for name in careful if canonical_value(self.kinds[name], now.get(name)) is not None}
        return {name: value for name, value in after.items() if name not in kept}
