"""`giftcards.enrich`: what the account knows of the file's gift cards, as columns added to the file; writes nothing."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import polars as pl

from ops.jobs.base import Action, Finished, Job, Party, State, Steps, Verb
from ops.jobs.fields import CARD_NOT_FOUND, CARD_UUID, HASH
from ops.jobs.options import DUPLICATES
from ops.leat.records import Card
from ops.leat.requests import GetCard, Read


class EnrichCards(Job):
    """Add what the account knows."""

    name = "giftcards.enrich"
    summary = "Add amount, state, expiry and programme of the file's gift cards as columns; writes nothing."
    undo = "it writes nothing, so that there is nothing to undo"
    fields = (CARD_UUID, HASH)
    takes_attributes = False
    needs = (("uuid",), ("hash",))
    verifies = False
    options = (DUPLICATES,)
    unique = ("uuid", "hash")
    key = ("uuid",)
    target_is = "card"
    parties = (Party(uuid="uuid", hash="hash", card=True),)

    def verb(self) -> pl.Expr:
        """A read."""
        return pl.lit(Verb.READ.value)

    def hold(self) -> pl.Expr:
        """A card that the account does not know."""
        return pl.when(~pl.col("found")).then(pl.lit(CARD_NOT_FOUND))

    def writes(self) -> pl.Expr:
        """None."""
        return pl.lit(0, pl.UInt32)

    def reads(self) -> pl.Expr:
        """The card."""
        return pl.lit(1, pl.UInt32)

    def columns(self) -> tuple[str, ...]:
        """What is added."""
        return ("amount_in_cents", "active", "expiration_date", "program")

    def steps(self, action: Action) -> Steps:
        """Read it."""
        if action.target is None:
            return Finished(State.HELD, None, CARD_NOT_FOUND)
        card: Card | None = yield GetCard(action.target)
        if card is None:
            return Finished(State.HELD, None, "not found: the card has gone since the plan")
        found = {name: getattr(card, name) for name in self.columns()}
        return Finished(State.DONE, card=card.uuid, columns=found)

    def look_again(self, action: Action) -> Generator[Read[Any], Any, None]:
        """Nothing is written, so that there is nothing to look at before."""
        _ = action
        yield from ()
