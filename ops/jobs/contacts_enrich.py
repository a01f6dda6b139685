"""`contacts.enrich`: what the account knows of the file's contacts, as columns added to the file; writes nothing."""

from __future__ import annotations

import re
from collections.abc import Generator, Mapping
from typing import Any

import polars as pl

from ops.errors import OptionError
from ops.jobs.base import Action, Finished, Job, Party, State, Steps, Verb
from ops.jobs.fields import CONTACT_UUID, EMAIL, IDENTIFIER, NO_TARGET, absent, is_on, switch
from ops.jobs.options import DUPLICATES, JobOptions, Option, Premises
from ops.leat.bodies import is_credential
from ops.leat.records import Contact, CreditBalance, Identifier, PrepaidBalance, Tier
from ops.leat.requests import GetContact, GetCreditBalance, GetIdentifiers, GetPrepaidBalance, GetTier, Read

BALANCES = switch("balances", "add credit_balance and prepaid_balance_in_cents")
TIER = switch("tier", "add tier, by its name")
IDENTIFIERS = switch("identifiers", "add identifiers, joined with ;")
_GONE = "not found: the contact has gone since the plan"
ATTRIBUTES = Option("attributes", "attributes of the contact to add, by name, with commas between")


class EnrichContacts(Job):
    """Add what the account knows."""

    name = "contacts.enrich"
    summary = "Add balances, tier, identifiers and attributes of the file's contacts as columns; writes nothing."
    undo = "it writes nothing, so that there is nothing to undo"
    fields = (CONTACT_UUID, EMAIL, IDENTIFIER)
    takes_attributes = False
    needs = (("uuid",), ("email",), ("identifier",))
    verifies = False
    options = (BALANCES, TIER, IDENTIFIERS, ATTRIBUTES, DUPLICATES)
    unique = ("email", "uuid", "identifier")
    key = ("email", "uuid", "identifier")
    parties = (Party(uuid="uuid", email="email", identifier="identifier"),)

    @classmethod
    def settle(cls, options: JobOptions, premises: Premises) -> JobOptions:
        """Balances, tier and identifiers when nothing is asked for; attributes must be the account's."""
        values = dict(options.values)
        names = _names(values.get("attributes"))
        known = {one.name for one in premises.attributes}
        for name in names:
            if name not in known or is_credential(name):
                raise OptionError(f"attributes: the account has no attribute {name!r} to read.", option="attributes")
        if names:
            values["attributes"] = ",".join(names)
        elif not any(is_on(options, one.name) for one in (BALANCES, TIER, IDENTIFIERS)):
            values |= {one.name: "true" for one in (BALANCES, TIER, IDENTIFIERS)}
        return JobOptions(values)

    def verb(self) -> pl.Expr:
        """A read."""
        return pl.lit(Verb.READ.value)

    def hold(self) -> pl.Expr:
        """A contact that the account does not know, or knows twice."""
        return absent()

    def writes(self) -> pl.Expr:
        """None."""
        return pl.lit(0, pl.UInt32)

    def reads(self) -> pl.Expr:
        """What is asked for."""
        asked = 2 * is_on(self.set, "balances") + is_on(self.set, "tier") + is_on(self.set, "identifiers")
        return pl.lit(asked + bool(self._attributes), pl.UInt32)

    @property
    def _attributes(self) -> tuple[str, ...]:
        return _names(self.set.values.get("attributes"))

    def columns(self) -> tuple[str, ...]:
        """As asked for."""
        found: list[str] = []
        if is_on(self.set, "balances"):
            found += ["credit_balance", "prepaid_balance_in_cents"]
        found += [name for name in ("tier", "identifiers") if is_on(self.set, name)]
        return (*found, *(name for name in self._attributes if name not in found))

    def steps(self, action: Action) -> Steps:
        """Each of the things asked for."""
        uuid = action.target
        if uuid is None:
            return Finished(State.HELD, None, NO_TARGET)
        found: dict[str, Any] = {}
        if self._attributes:
            contact: Contact | None = yield GetContact(uuid, self._attributes)
            if contact is None:
                return Finished(State.HELD, uuid, _GONE)
            found |= contact.values
        if is_on(self.set, "balances"):
            credit: CreditBalance | None = yield GetCreditBalance(uuid)
            prepaid: PrepaidBalance | None = yield GetPrepaidBalance(uuid)
            if credit is None or prepaid is None:
                return Finished(State.HELD, uuid, _GONE)
            found |= {"credit_balance": credit.balance, "prepaid_balance_in_cents": prepaid.balance_in_cents}
        if is_on(self.set, "tier"):
            tier: Tier | None = yield GetTier(uuid)
            found["tier"] = tier.name if tier is not None else None
        if is_on(self.set, "identifiers"):
            identifiers: list[Identifier] | None = yield GetIdentifiers(uuid)
            if identifiers is None:
                return Finished(State.HELD, uuid, _GONE)
            found["identifiers"] = [one.value for one in identifiers]
        return Finished(State.DONE, uuid, columns=_only(found, self.columns()))

    def look_again(self, action: Action) -> Generator[Read[Any], Any, None]:
        """Nothing is written, so that there is nothing to look at before."""
        _ = action
        yield from ()


def _names(text: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for name in re.split(r"[,;\s]+", text or "") if name))


def _only(found: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found.get(name) for name in names}
