"""`giftcards.send`: gift cards that are there, mailed to contacts that are there."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from ops.diff import object_of
from ops.fields import Field, Kind, json_text
from ops.jobs.base import Action, Finished, Job, Party, State, Steps, Verb
from ops.jobs.fields import (
    CARD_NOT_FOUND,
    CARD_UUID,
    CONTACT,
    CUSTOM,
    EMAIL_UUID,
    HASH,
    absent,
    counted,
    euros,
    now,
    now_number,
)
from ops.jobs.mailing import LOOKS, TAG, UNSUBSCRIBED, doubtful, holds, unsubscribed, unsubscribed_now, with_merge_tags
from ops.jobs.options import DUPLICATES
from ops.leat.records import Card, Contact
from ops.leat.requests import GetCard, GetContact, Read, SendCard

_RECIPIENT = Field("email", Kind.EMAIL, "E-mail address", "finds the contact who gets the card")
_TO = "contact."
_INACTIVE = "inactive: the card cannot be used"


class SendCards(Job):
    """Mail gift cards."""

    name = "giftcards.send"
    summary = "Mail gift cards that exist to contacts that exist: each once."
    undo = "a mail cannot be called back; results.csv names the cards and who got them, to be dealt with in Leat itself"
    fields = (CARD_UUID, HASH, CONTACT, _RECIPIENT, CUSTOM)
    takes_attributes = False
    needs = (("uuid", "contact"), ("uuid", "email"), ("hash", "contact"), ("hash", "email"))
    verifies = False
    options = (EMAIL_UUID, UNSUBSCRIBED, DUPLICATES)
    unique = ("uuid", "hash")
    key = ("email", "contact")
    guarded = frozenset({Verb.SEND})
    unrepeatable = frozenset({"send"})
    target_is = "card"
    parties = (
        Party(uuid="uuid", hash="hash", card=True, looks=("amount_in_cents", "active", "expiration_date")),
        Party(_TO, uuid="contact", email="email", looks=LOOKS),
    )

    def relate(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The texts of each mail."""
        return with_merge_tags(rows)

    def verb(self) -> pl.Expr:
        """A mail."""
        return pl.lit(Verb.SEND.value)

    def hold(self) -> pl.Expr:
        """A card or a contact that is not there, a card that is not active, a contact that takes no mails."""
        card = pl.when(~pl.col("found")).then(pl.lit(CARD_NOT_FOUND))
        inactive = pl.when(pl.col("now.active") == "false").then(pl.lit(_INACTIVE))
        against = [unsubscribed(_TO)] if holds(self.set) else []
        return pl.coalesce(card, absent(_TO), inactive, *against)

    def warn(self) -> pl.Expr:
        """A contact who takes no mails, a card that has expired, and one with nothing on it."""
        until = pl.col("now.expiration_date").str.strip_chars('"').str.slice(0, 10)
        expired = pl.when(until < pl.lit(_today())).then(pl.format("the card could be used until {}", until))
        empty = pl.when(now_number("amount_in_cents") == 0).then(pl.lit("the card is mailed with nothing on it"))
        return pl.coalesce(unsubscribed(_TO), doubtful(_TO), expired, empty)

    def writes(self) -> pl.Expr:
        """One."""
        return pl.lit(1, pl.UInt32)

    def before(self) -> pl.Expr:
        """What is on the card."""
        return object_of({"amount_in_cents": now("amount_in_cents")})

    def after(self) -> pl.Expr:
        """The same, and who gets it."""
        mailed = {"mailed_to": json_text(pl.col("contact.target"))}
        return object_of({"amount_in_cents": now("amount_in_cents"), **mailed, TAG: pl.col(TAG)})

    def totals(self) -> dict[str, pl.Expr]:
        """The cards and what is on them."""
        return {"cards": pl.lit(1, pl.Int64), "amount_in_cents": now_number("amount_in_cents")}

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """How many mails, with how much in them."""
        worth = euros(totals["amount_in_cents"])
        return [f"{counted(totals['cards'], 'card')} worth {worth} in total to be mailed."]

    def steps(self, action: Action) -> Steps:
        """Mail it."""
        if action.target is None:
            return Finished(State.HELD, None, CARD_NOT_FOUND)
        contact = str(action.after["mailed_to"])
        tags: Mapping[str, Any] = action.after.get(TAG) or {}
        yield SendCard(action.target, contact, self.set.values.get("email_uuid"), tags)
        return Finished(State.DONE, contact, card=action.target)

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that the card holds what the plan showed, and that its contact takes the mail."""
        if action.target is None:
            return Finished(State.HELD, None, CARD_NOT_FOUND)
        card: Card | None = yield GetCard(action.target)
        if card is None:
            return Finished(State.HELD, None, "not found: the card has gone since the plan")
        seen = action.before.get("amount_in_cents")
        if card.amount_in_cents != seen:
            what = f"changed since the plan: the card held {seen} cents and now holds {card.amount_in_cents}"
            return Finished(State.HELD, None, what, card.uuid)
        if card.active is False:
            return Finished(State.HELD, None, _INACTIVE, card.uuid)
        contact: Contact | None = yield GetContact(str(action.after["mailed_to"]), LOOKS)
        if contact is None:
            return Finished(State.HELD, None, "not found: the contact has gone since the plan", card.uuid)
        why = unsubscribed_now(self.set, contact.values)
        return None if why is None else Finished(State.HELD, contact.uuid, why, card.uuid)


def _today() -> str:
    """The day in UTC, as the account writes it."""
    return datetime.now(UTC).date().isoformat()
