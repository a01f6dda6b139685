"""`contacts.create`: new contacts, with their attributes; an address that exists is held."""

from __future__ import annotations

from typing import Any

import polars as pl

from ops.diff import WANT, changing, object_of
from ops.fields import Field, Kind, json_text
from ops.jobs.base import Action, Finished, Job, State, Steps, Verb
from ops.jobs.options import DUPLICATES, Option
from ops.leat.records import ContactRef
from ops.leat.requests import CreateContact, UpdateContact

MODE = Option(
    "mode",
    "full fills in the system values of a new contact; fast is much quicker and leaves them empty",
    choices=("full", "fast"),
    default="full",
)
EMAIL = Field("email", Kind.EMAIL, "E-mail address", "the contact's address, as it is to be sent", required=True)
REFERRAL_CODE = Field("referral_code", Kind.TEXT, "Referral code", "the code the contact was referred with")


class CreateContacts(Job):
    """One new contact a row."""

    name = "contacts.create"
    summary = "Create contacts, with their attributes; addresses that exist are held."
    undo = "an update does not unmake a contact; contacts.delete erases it, for good"
    fields = (EMAIL, REFERRAL_CODE)
    needs = (("email",),)
    options = (DUPLICATES, MODE)

    def verb(self) -> pl.Expr:
        """Every row that is not held creates."""
        return pl.lit(Verb.CREATE.value)

    def hold(self) -> pl.Expr:
        """An address that the account has."""
        return pl.when("found").then(pl.lit("exists: the account has a contact with this address"))

    def writes(self) -> pl.Expr:
        """The create, and the update when there are attributes."""
        return 1 + pl.col("changes").cast(pl.UInt32)

    def after(self) -> pl.Expr:
        """The referral code goes with the create."""
        return object_of({"referral_code": json_text(pl.col("referral_code")), **changing(self.attributes, WANT)})

    def steps(self, action: Action) -> Steps:
        """Create, then set the attributes."""
        attributes: dict[str, Any] = dict(action.after)
        code = attributes.pop("referral_code", None)
        fast = self.set["mode"] == "fast"
        contact: ContactRef = yield CreateContact(action.key, code, fast=fast)
        if attributes:
            yield UpdateContact(contact.uuid, attributes, fresh=fast)
        return Finished(State.DONE, contact.uuid)
