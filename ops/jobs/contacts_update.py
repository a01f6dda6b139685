"""`contacts.update`: the attributes that differ, on contacts that exist."""

from __future__ import annotations

import polars as pl

from ops.jobs.base import Action, Finished, Job, State, Steps, Verb
from ops.jobs.fields import CONTACT_UUID, EMAIL, NO_TARGET, absent
from ops.leat.requests import UpdateContact


class UpdateContacts(Job):
    """Set what differs; an unknown contact is held."""

    name = "contacts.update"
    summary = "Update the attributes that differ, on contacts found by uuid or e-mail address."
    undo = ""
    fields = (CONTACT_UUID, EMAIL)
    needs = (("uuid",), ("email",))

    def verb(self) -> pl.Expr:
        """Update what differs, or the same."""
        return pl.when("changes").then(pl.lit(Verb.UPDATE.value)).otherwise(pl.lit(Verb.SAME.value))

    def hold(self) -> pl.Expr:
        """A contact that the account does not know, or knows twice."""
        return absent()

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def steps(self, action: Action) -> Steps:
        """Set what differs."""
        if action.target is None:
            return Finished(State.HELD, None, NO_TARGET)
        yield UpdateContact(action.target, action.after)
        return Finished(State.DONE, action.target)
