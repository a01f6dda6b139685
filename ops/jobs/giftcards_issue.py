"""`giftcards.issue`: gift cards made, loaded and mailed, each a step of its own that happens once.

Without an amount a card is blank; without a mail it is only made, and its contact is left alone.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from typing import Any, Final

import polars as pl

from ops.advice import Advice, choose
from ops.diff import object_of
from ops.errors import OptionError
from ops.fields import Field, Kind, ParseOptions, json_text, parse
from ops.jobs.base import Action, Finished, Job, Party, Proof, State, Steps, Verb
from ops.jobs.fields import CONTACT, CUSTOM, EMAIL_UUID, absent, counted, euros, is_on, switch
from ops.jobs.mailing import LOOKS, TAG, UNSUBSCRIBED, doubtful, holds, unsubscribed, unsubscribed_now, with_merge_tags
from ops.jobs.options import DUPLICATES, JobOptions, Option, Premises
from ops.leat.records import Card, Contact, Program
from ops.leat.requests import (
    CreateCard,
    FindContact,
    FindOrCreateContact,
    GetCard,
    GetContact,
    PutValue,
    Read,
    SendCard,
)
from ops.named import choose_named

RECIPIENT = Field("email", Kind.EMAIL, "E-mail address", "who gets the card; made a contact when it is to be mailed")
AMOUNT = Field("amount", Kind.CENTS, "Amount", "the value put on the card, such as 25, 25.00 or 25,00")
PROGRAM = Option("program", "the gift card programme, by uuid or name", required=True, of="programs")
SHOP = Option("shop", "the shop that puts the value on the cards, by uuid or name; needed with an amount", of="shops")
FIXED = Option("amount", "the value of every card whose row has none, such as 25.00", of="amount")
COUNT = Option("count", "how many blank cards to make, without a file", of="count")
SEND = switch("send", "mail each card to its contact")
CODES = switch("codes", "read the cards again at the end and list their codes in codes.csv")
ADOPT = switch("adopt", "note the programme's cards before the first is made, so that a lost one can be found", "true")
MOST_CARDS: Final = 1_000_000
_COLUMN: Final = "amount.column"
"""Kept where amounts have a column, so that a row without one stands out."""
_LEAST, _MOST, _CARDS = "program.min", "program.max", "program.name"
"""What is kept of the programme beside its uuid."""


class IssueCards(Job):
    """Make gift cards."""

    name = "giftcards.issue"
    summary = "Make gift cards, put value on them and mail them: each once, and every doubt on a list."
    undo = "cards, value and mails cannot be called back; results.csv names the cards, to be dealt with in Leat itself"
    fields = (RECIPIENT, CONTACT, AMOUNT, CUSTOM)
    takes_attributes = False
    needs = (("email",), ("contact",))
    options = (PROGRAM, SHOP, FIXED, COUNT, SEND, EMAIL_UUID, UNSUBSCRIBED, CODES, ADOPT, DUPLICATES)
    unique = ("email", "contact")
    key = ("email", "contact")
    guarded = frozenset({Verb.ISSUE})
    unrepeatable = frozenset({"create_card", "put_value", "send"})
    makes_cards = True
    parties = (Party(uuid="contact", email="email"),)

    @classmethod
    def row_needs(cls, options: JobOptions) -> tuple[tuple[str, ...], ...]:
        """Nobody, for blank cards without a file."""
        return () if "count" in options.values else cls.needs

    @classmethod
    def blank_rows(cls, options: JobOptions) -> int:
        """The option `count`."""
        count = options.values.get("count")
        if count is None:
            needs = Advice(f"{cls.name} needs a file, or ", choose("count", "N"), " for N blank cards.")
            raise OptionError(needs, option="count")
        if not count.isdecimal() or not 1 <= int(count) <= MOST_CARDS:
            raise OptionError(f"count={count!r} is not a number of cards, 1 to {MOST_CARDS:,}.", option="count")
        return int(count)

    @classmethod
    def settle(cls, options: JobOptions, premises: Premises) -> JobOptions:
        """Programme and shop as uuids, the amount in cents, and what must go together."""
        values = dict(options.values)
        if "count" in values and premises.has_file:
            raise OptionError(
                "count is for blank cards, without a file; a file has a row for each card.", option="count"
            )
        if "count" in values and is_on(options, "send"):
            raise OptionError("Blank cards have nobody to be mailed to: give a file, or no send=true.", option="send")
        program = _program(values["program"], premises)
        values |= {"program": str(program.uuid), _CARDS: program.name or ""}
        values |= {
            name: str(limit)
            for name, limit in ((_LEAST, program.min_amount_in_cents), (_MOST, program.max_amount_in_cents))
            if limit is not None
        }
        if "amount" in values:
            values["amount"] = _cents(values["amount"], premises.cells, program)
        if "amount" in premises.mapped:
            values[_COLUMN] = "true"
        if "shop" in values:
            values["shop"] = choose_named("shop", values["shop"], {s.uuid: s.name for s in premises.shops if s.uuid})
        elif "amount" in values or "amount" in premises.mapped:
            names = ", ".join(shop.name or shop.uuid or "" for shop in premises.shops)
            needs = Advice("An amount needs ", choose("shop", "…"), f", the shop that puts it there: {names}.")
            raise OptionError(needs, option="shop")
        return JobOptions(values)

    def looked_up(self) -> tuple[Party, ...]:
        """The contact, and for a mail whether it takes mails; nobody for blank cards."""
        if "count" in self.set.values:
            return ()
        looks = LOOKS if self._sends else ()
        return (Party(uuid="contact", email="email", looks=looks),)

    @property
    def _sends(self) -> bool:
        return is_on(self.set, "send")

    def _amount(self) -> pl.Expr:
        """Cents, or null for a blank card."""
        fixed = self.set.values.get("amount")
        row = pl.col("amount").cast(pl.Int64, strict=False)
        return row if fixed is None else pl.coalesce(row, pl.lit(int(fixed), pl.Int64))

    def relate(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The texts of each mail."""
        return with_merge_tags(rows)

    def verb(self) -> pl.Expr:
        """A card."""
        return pl.lit(Verb.ISSUE.value)

    def wrong(self) -> pl.Expr:
        """An amount outside the programme's limits."""
        cents = self._amount()
        least, most = (int(self.set.values.get(name, limit)) for name, limit in ((_LEAST, 1), (_MOST, 10**15)))
        low = f"amount: below {euros(max(1, least))}, the least a card of this programme can get"
        high = f"amount: above {euros(most)}, the most a card of this programme can get"
        return pl.when(cents < max(1, least)).then(pl.lit(low)).when(cents > most).then(pl.lit(high))

    def hold(self) -> pl.Expr:
        """A contact given by a uuid that the account does not know, one that is there twice or takes no mails."""
        gone = pl.when(pl.col("contact").is_not_null() | (pl.col("times") > 1)).then(absent())
        return pl.coalesce(gone, unsubscribed()) if self._sends and holds(self.set) else gone

    def warn(self) -> pl.Expr:
        """A contact who takes no mails, and a card with nothing on it where others have something."""
        mailed = "is mailed" if self._sends else "is made"
        empty = pl.lit(f"the card {mailed} with nothing on it: the row has no amount")
        nothing = pl.when(self._amount().is_null()).then(empty)
        if self._sends:
            return pl.coalesce(unsubscribed(), doubtful(), nothing)
        return nothing if _COLUMN in self.set.values else super().warn()

    def writes(self) -> pl.Expr:
        """The contact when it is needed and not there, the card, its value, its mail."""
        contact = (~pl.col("found")).cast(pl.UInt32) if self._sends else pl.lit(0, pl.UInt32)
        return contact + 1 + self._amount().is_not_null().cast(pl.UInt32) + int(self._sends)

    def after(self) -> pl.Expr:
        """What the card gets, and the texts of its mail."""
        return object_of(
            {"amount_in_cents": self._amount().cast(pl.String), "mailed_to": self._mailed()} | self._tags()
        )

    def _mailed(self) -> pl.Expr:
        return json_text(pl.coalesce("email", "contact")) if self._sends else pl.lit(None, pl.String)

    def _tags(self) -> dict[str, pl.Expr]:
        return {TAG: pl.col(TAG)} if self._sends else {}

    def totals(self) -> dict[str, pl.Expr]:
        """The cards and their value."""
        cents = self._amount().fill_null(0)
        return {"cards": pl.lit(1, pl.Int64), "amount_in_cents": cents}

    def tell(self, totals: Mapping[str, int]) -> list[str]:
        """How many cards of which programme, worth how much."""
        cards, cents = totals["cards"], totals["amount_in_cents"]
        worth = f"worth {euros(cents)} in total" if cents else "with nothing on them"
        mailed = ", each mailed to its contact" if self._sends else ""
        program = self.set.values.get(_CARDS) or self.set["program"]
        return [f"{counted(cards, 'card')} of {program}, {worth}{mailed}."]

    def snapshot(self) -> str | None:
        """The programme, unless `adopt=false`."""
        return self.set["program"] if is_on(self.set, "adopt") else None

    def lists_codes(self) -> bool:
        """With `codes=true`."""
        return is_on(self.set, "codes")

    def steps(self, action: Action) -> Steps:
        """The contact when a mail needs it, the card, its value, the mail."""
        contact = action.target
        if self._sends and contact is None:
            found: Contact = yield FindOrCreateContact(action.key, LOOKS)
            contact, why = found.uuid, unsubscribed_now(self.set, found.values)
            if why is not None:
                # Before the card is made: its value would be on a card that cannot be mailed.
                return Finished(State.HELD, contact, why)
        card: Card = yield CreateCard(self.set["program"])
        cents: int | None = action.after.get("amount_in_cents")
        if cents:
            yield PutValue(card.uuid, cents, self.set["shop"], action.marker)
        if self._sends and contact is not None:
            tags: Mapping[str, Any] = action.after.get(TAG) or {}
            yield SendCard(card.uuid, contact, self.set.values.get("email_uuid"), tags)
        return Finished(State.DONE, contact, card=card.uuid)

    def verify(self, action: Action, ended: Finished) -> Proof:
        """See that the card holds exactly what was put on it; whether a mail went out cannot be read."""
        card: Card | None = yield GetCard(ended.card or "")
        if card is None:
            return "the card is not there"
        cents = action.after.get("amount_in_cents") or 0
        return None if card.amount_in_cents == cents else f"amount_in_cents is {card.amount_in_cents}, not {cents}"

    def look_again(self, action: Action) -> Generator[Read[Any], Any, Finished | None]:
        """See that the mail can be sent; without one there is nobody to look at."""
        if not self._sends:
            return None
        request = FindContact(action.key, LOOKS) if action.target is None else GetContact(action.target, LOOKS)
        contact: Contact | None = yield request
        if contact is None:
            gone = Finished(State.HELD, None, "not found: the contact has gone since the plan")
            return None if action.target is None else gone
        why = unsubscribed_now(self.set, contact.values)
        return None if why is None else Finished(State.HELD, contact.uuid, why)


def _program(given: str, premises: Premises) -> Program:
    """The programme that was asked for; it must be one that cards can be made of."""
    uuid = choose_named("program", given, {one.uuid: one.name for one in premises.programs if one.uuid})
    program = next(one for one in premises.programs if one.uuid == uuid)
    if program.active is False:
        raise OptionError(f"program={given!r}: {program.name} is not active.", option="program")
    return program


def _cents(text: str, cells: ParseOptions, program: Program) -> str:
    """The option `amount` in cents, by the notation of the file's amounts."""
    parsed = parse(pl.Series("amount", [text]), AMOUNT, cells)
    wrong = parsed.problem[0]
    value: str | None = parsed.value[0]
    if wrong is not None or value is None or int(value) == 0:
        raise OptionError(f"amount: {wrong or f'{text} puts nothing on a card'}; such as 25.00.", option="amount")
    least, most = program.min_amount_in_cents or 1, program.max_amount_in_cents
    if int(value) < least or (most is not None and int(value) > most):
        limits = f"from {euros(least)}" + (f" to {euros(most)}" if most is not None else "")
        raise OptionError(f"amount={text}: a card of {program.name} can get {limits}.", option="amount")
    return value
