"""`contacts.anonymous`: contacts that are known by an identifier alone, such as a loyalty card."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import polars as pl

from ops.jobs.base import Action, Finished, Job, Party, Proof, State, Steps, Verb
from ops.jobs.fields import IDENTIFIER
from ops.jobs.options import DUPLICATES
from ops.leat.records import ContactRef, Identifier
from ops.leat.requests import CreateAnonymous, FindIdentifier, Read


class CreateAnonymousContacts(Job):
    """One anonymous contact a row."""

    name = "contacts.anonymous"
    summary = "Create anonymous contacts, each known by an identifier; identifiers that exist are held."
    undo = "an update does not unmake a contact; contacts.delete erases it by its uuid, for good"
    fields = (IDENTIFIER,)
    takes_attributes = False
    needs = (("identifier",),)
    options = (DUPLICATES,)
    unique = ("identifier",)
    key = ("identifier",)
    parties = (Party(identifier="identifier"),)

    def verb(self) -> pl.Expr:
        """Every row that is not held creates."""
        return pl.lit(Verb.CREATE.value)

    def hold(self) -> pl.Expr:
        """An identifier that leads to a contact."""
        taken = pl.lit("exists: the identifier belongs to a contact of the account")
        inactive = pl.lit("inactive: the account has this identifier, but not in use")
        state = pl.col("now.@identifier")
        return pl.when(state == "linked").then(taken).when(state == "inactive").then(inactive)

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def steps(self, action: Action) -> Steps:
        """Create it."""
        contact: ContactRef = yield CreateAnonymous(action.key)
        return Finished(State.DONE, contact.uuid)

    def verify(self, action: Action, ended: Finished) -> Proof:
        """See that the identifier leads to the contact."""
        found: Identifier | None = yield FindIdentifier(action.key)
        if found is None or found.contact is None:
            return "the identifier leads to no contact"
        return None if found.contact.uuid == ended.uuid else "the identifier leads to another contact"

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that the identifier still leads nowhere."""
        found: Identifier | None = yield FindIdentifier(action.key)
        if found is None or found.contact is None:
            return None
        return Finished(State.HELD, found.contact.uuid, "exists: the identifier has been linked since the plan")
